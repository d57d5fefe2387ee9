// SPDX-License-Identifier: GPL-2.0-or-later
// browse.js - real browsers for a test: one JSON command a line, one JSON answer a line
//
// Each command may say who sits there; everybody has a browser context of their own, with its own storage.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const modules = path.join(process.env.HUDDLE_NODE_MODULES, 'node_modules');
const { chromium } = require(path.join(modules, 'playwright-core'));
const axe = fs.readFileSync(path.join(modules, 'axe-core/axe.min.js'), 'utf8');

const PATIENCE = Number(process.env.BROWSE_PATIENCE || 60000);
const people = new Map(); // who: {context, page, told}
const flags = (process.env.CHROMIUM_FLAGS || '').split(' ').filter((flag) => flag);
let browser;

// What a browser may lack or have wrong, before any script of the page runs.
const FAULTS = {
  storage: () => {
    for (const name of ['sessionStorage', 'localStorage', 'indexedDB']) {
      Object.defineProperty(window, name, { get: () => { throw new Error('off'); } });
    }
  },
  locks: () => Object.defineProperty(navigator, 'locks', { value: undefined }),
  // Chromium of Linux reads no QR codes; where one does, the camera is asked for
  scanner: () => { window.BarcodeDetector = class { detect() { return Promise.resolve([]); } }; },
  // and one that finds a code in what the camera sees
  finder: () => { window.BarcodeDetector = class { detect() { return Promise.resolve([{ rawValue: ' 5841\n' }]); } }; },
};

async function newPage(person) {
  person.page = await person.context.newPage();
  person.process = null;
  person.page.setDefaultTimeout(PATIENCE);
  if (process.env.BROWSE_LOG) person.page.on('console', (line) => console.error(line.text()));
  person.page.on('console', (line) => { // what the page's own policy forbids it
    if (line.type() === 'error' && line.text().includes('Content Security Policy')) person.told.errors.push(line.text());
  });
  person.page.on('pageerror', (error) => person.told.errors.push(String(error)));
  person.page.on('dialog', (dialog) => { person.told.errors.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
}

// Bytes in memory that a process shares with nobody; 0 where it has ended meanwhile.
function sizeOf(id) {
  try {
    return Number(/^RssAnon:\s*(\d+) kB$/m.exec(fs.readFileSync(`/proc/${id}/status`, 'utf8'))[1]) * 1024;
  } catch {
    return 0;
  }
}

// The same, of each process of the browser that has pages.
async function processSizes() {
  const line = await browser.newBrowserCDPSession();
  const { processInfo } = await line.send('SystemInfo.getProcessInfo');
  await line.detach();
  return new Map(processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => [id, sizeOf(id)]));
}

// The process of a page: the one that grows when the page takes memory. No load of the machine hides that.
async function processOf(page) {
  const taken = 128 << 20;
  const before = await processSizes();
  await page.evaluate((bytes) => { window.taken = new Uint8Array(bytes).fill(1); }, taken);
  const after = await processSizes();
  await page.evaluate(() => { delete window.taken; });
  const grown = [...before.keys()].filter((id) => after.get(id) - before.get(id) > taken / 2);
  if (grown.length !== 1) throw new Error(`${grown.length} processes have grown`);
  return grown[0];
}

// Does it in the light and in the dark; all that it has found.
async function inBoth(page, does) {
  const found = [];
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    found.push(...await does(scheme));
  }
  await page.emulateMedia({ colorScheme: null });
  return found;
}

const button = (page, name) => page.getByRole('button', { name, exact: true });

const commands = {
  // a fresh browser, as of somebody who was never here
  open: async (person, { who, url, language = 'en', width = 390, height = 844, faults = [], place = null }) => {
    if (person) await person.context.close();
    const context = await browser.newContext({ locale: language, viewport: { width, height }, acceptDownloads: true,
      serviceWorkers: 'block', reducedMotion: 'reduce', // what turns is drawn anew all the time, here by the processor
      ...(place ? { geolocation: { latitude: place[0], longitude: place[1], accuracy: 20 }, permissions: ['geolocation'] } : {}) });
    const made = { context, told: { requests: [], errors: [] } };
    people.set(who, made);
    context.on('request', (request) => made.told.requests.push(request.url()));
    for (const fault of faults) await context.addInitScript(FAULTS[fault]);
    await newPage(made);
    await made.page.goto(url);
  },
  tab: async (person, { url }) => {
    await newPage(person);
    await person.page.goto(url);
  },
  // back to the tab before, where there were two
  back: async (person) => { [person.page] = person.context.pages(); },
  goto: async ({ page }, { url }) => { await page.goto(url); },
  leave: async (person, { who }) => {
    await person.context.close();
    people.delete(who);
  },
  heading: async ({ page }, { is }) => {
    await page.locator('h1', { hasText: new RegExp(is) }).waitFor();
  },
  see: async ({ page }, { text }) => { await page.getByText(text).filter({ visible: true }).first().waitFor(); },
  shows: ({ page }, { text }) => page.getByText(text).filter({ visible: true }).first().isVisible(),
  click: async ({ page }, { name }) => { await button(page, name).click(); },
  fill: async ({ page }, { label, text }) => { await page.getByLabel(label, { exact: true }).fill(text); },
  filled: ({ page }, { label }) => page.getByLabel(label, { exact: true }).inputValue(),
  tick: async ({ page }, { label }) => { await page.getByLabel(label).check(); },
  // taps it, whatever becomes of it
  press: async ({ page }, { label }) => { await page.getByLabel(label).click(); },
  ticked: ({ page }, { label }) => page.getByLabel(label).isChecked(),
  upload: async ({ page }, { label, name, bytes }) => {
    await page.getByLabel(label).setInputFiles({ name, mimeType: '', buffer: Buffer.from(bytes, 'base64') });
  },
  type: async ({ page }, { text }) => { await page.getByRole('textbox').fill(text); },
  text: ({ page }) => page.locator('main').innerText(),
  html: ({ page }) => page.locator('main').innerHTML(),
  address: async ({ page }) => page.url(),
  language: ({ page }) => page.locator('html').getAttribute('lang'),
  told: async ({ told }) => told,
  reload: async ({ page }) => { await page.reload(); },
  offline: async ({ context }, { on }) => { await context.setOffline(on); },
  // as a phone does with a page whose screen is locked: neither the page nor its worker runs
  freeze: async (person, { on }) => {
    person.process ||= await processOf(person.page);
    process.kill(person.process, on ? 'SIGSTOP' : 'SIGCONT');
  },
  // what is in the browser's database, and in the storages of the tab
  kept: ({ page }) => page.evaluate(() => new Promise((done) => {
    const opening = indexedDB.open('huddle', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('kept');
    opening.onsuccess = () => {
      const names = opening.result.transaction('kept').objectStore('kept').getAllKeys();
      names.onsuccess = () => {
        opening.result.close();
        done([...names.result, ...Object.keys(sessionStorage)]);
      };
    };
  })),
  direction: async ({ page }, { is }) => { await page.evaluate((dir) => { document.documentElement.dir = dir; }, is); },
  width: ({ page }) => page.evaluate(() => document.documentElement.scrollWidth),
  resize: async ({ page }, { width, height }) => { await page.setViewportSize({ width, height }); },
  // pictures that a reader could show, and whether they could be decoded
  pictures: ({ page }) => page.evaluate(() => [...document.images].map((image) => image.naturalWidth)),
  keyboard: async ({ page }, { keys }) => { for (const key of keys) await page.keyboard.press(key); },
  save: async ({ page }, { name }) => {
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
    return { name: download.suggestedFilename(), content: fs.readFileSync(await download.path(), 'utf8') };
  },
  // what a page may not have, and why, in the light and in the dark
  axe: async ({ page }) => {
    await page.evaluate(axe);
    return inBoth(page, async () => {
      const { violations } = await page.evaluate(() => window.axe.run());
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
    });
  },
  screenshot: async ({ page }, { file }) => {
    await inBoth(page, async (scheme) => {
      await page.screenshot({ path: file.replace(/(?=\.png$)/, `-${scheme}`), fullPage: true });
      return [];
    });
  },
  // milliseconds until the page says something, on a slow line with a slow processor
  slow: async ({ page }, { url, heading }) => {
    const line = await page.context().newCDPSession(page);
    await line.send('Network.enable');
    await line.send('Network.emulateNetworkConditions',
      { offline: false, latency: 400, downloadThroughput: 50000, uploadThroughput: 50000 });
    await line.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    const start = Date.now();
    await page.goto(url);
    const paint = await page.evaluate(() => new Promise((done) => new PerformanceObserver((list) => {
      const first = list.getEntriesByName('first-contentful-paint')[0];
      if (first) done(first.startTime);
    }).observe({ type: 'paint', buffered: true })));
    await page.locator('h1', { hasText: new RegExp(heading) }).waitFor();
    return { paint: Math.round(paint), ready: Date.now() - start };
  },
  until: async ({ page }, { heading }) => {
    const start = Date.now();
    await page.locator('h1', { hasText: new RegExp(heading) }).waitFor();
    return Date.now() - start;
  },
  tap: async ({ page }, { name, heading }) => {
    const start = Date.now();
    await button(page, name).click();
    await page.locator('h1', { hasText: new RegExp(heading) }).waitFor();
    return Date.now() - start;
  },
};

// What the page of somebody shows, for whoever has waited in vain.
async function shown(person) {
  return person ? `The page says:\n${await person.page.locator('main').innerText({ timeout: 1000 }).catch(String)}` : '';
}

async function answer({ command, ...values }) {
  values.who = values.who || 'somebody';
  try {
    return { value: await commands[command](people.get(values.who), values) };
  } catch (error) {
    return { error: `${error}\n${await shown(people.get(values.who))}` };
  }
}

async function main() {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium-headless-shell',
    args: ['--no-sandbox', ...flags] });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line))));
  }
  await browser.close();
}

main();
