// SPDX-License-Identifier: GPL-2.0-or-later
// browse.js - a real browser for a test: one JSON command a line, one JSON answer a line
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const modules = path.join(process.env.HUDDLE_NODE_MODULES, 'node_modules');
const { chromium } = require(path.join(modules, 'playwright-core'));
const axe = fs.readFileSync(path.join(modules, 'axe-core/axe.min.js'), 'utf8');

const PATIENCE = 30000;
let browser, page, told;

const commands = {
  // a fresh browser, as of somebody who was never here
  open: async ({ url, language = 'en', width = 390, height = 844, dark = false, storage = true }) => {
    if (page) await page.context().close();
    const context = await browser.newContext({ locale: language, viewport: { width, height }, acceptDownloads: true,
      colorScheme: dark ? 'dark' : 'light', serviceWorkers: 'block' });
    told = { requests: [], errors: [] };
    context.on('request', (request) => told.requests.push(request.url()));
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => told.errors.push(String(error)));
    page.on('dialog', (dialog) => { told.errors.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
    if (!storage) {
      await page.addInitScript(() => Object.defineProperty(window, 'sessionStorage', { get: () => { throw new Error('off'); } }));
    }
    await page.goto(url);
  },
  heading: async ({ is }) => {
    await page.locator('h1', { hasText: new RegExp(is) }).waitFor();
  },
  click: ({ name }) => page.getByRole('button', { name, exact: true }).click(),
  type: ({ text }) => page.getByRole('textbox').fill(text),
  text: () => page.locator('main').innerText(),
  html: () => page.locator('main').innerHTML(),
  address: async () => page.url(),
  language: () => page.locator('html').getAttribute('lang'),
  told: async () => told,
  reload: async () => { await page.reload(); },
  offline: ({ on }) => page.context().setOffline(on),
  direction: ({ is }) => page.evaluate((dir) => { document.documentElement.dir = dir; }, is),
  width: () => page.evaluate(() => document.documentElement.scrollWidth),
  // pictures that a reader could show, and whether they could be decoded
  pictures: () => page.evaluate(() => [...document.images].map((image) => image.naturalWidth)),
  keyboard: async ({ keys }) => { for (const key of keys) await page.keyboard.press(key); },
  save: async ({ name }) => {
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click()]);
    return { name: download.suggestedFilename(), content: fs.readFileSync(await download.path(), 'utf8') };
  },
  // what a page may not have, and why
  axe: async () => {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
  },
  screenshot: async ({ file }) => { await page.screenshot({ path: file, fullPage: true }); },
  // milliseconds until the page says something, on a slow line with a slow processor
  slow: async ({ url, heading }) => {
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
  tap: async ({ name, heading }) => {
    const start = Date.now();
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator('h1', { hasText: new RegExp(heading) }).waitFor();
    return Date.now() - start;
  },
};

async function main() {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { command, ...values } = JSON.parse(line);
    let answer;
    try {
      answer = { value: await commands[command](values) };
    } catch (error) {
      answer = { error: String(error) };
    }
    console.log(JSON.stringify(answer));
  }
  await browser.close();
}

main();
