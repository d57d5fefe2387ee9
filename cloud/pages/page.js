// SPDX-License-Identifier: GPL-2.0-or-later
// page.js - what both pages have: words, drawing, cards, and the engine in its worker
//
// Pages draw, store and save; engine.js and what it runs decide. What comes from cards is only ever text. After this
// file comes record.js, the page of somebody who was absent, or what guest.js, that of somebody who takes part, needs and
// itself; each has onMessage and anotherLink, for a link that is put into the address of the open page.
'use strict';

const main = document.getElementById('main');
let words = {}; // of the reader's language; English where it is empty
let worker = null;
let asked = []; // those who wait for an answer of the engine

// The text in the reader's language; it is in the catalogue of src/po.
function _(text) {
  return words[text] || text;
}

// Puts a text into the catalogue.
const N_ = (text) => text;

// With {n} for the number. Our languages have one or two forms.
function ngettext(one, many, n) {
  const forms = words[one] ? [].concat(words[one]) : [one, many];
  return forms[Math.min(n === 1 ? 0 : 1, forms.length - 1)].replace('{n}', n);
}

// ---- drawing ----

function element(name, properties, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside.filter((part) => part !== null));
  return made;
}

function button(text, action, first) {
  return element('button', { type: 'button', className: first ? 'first' : '', onclick: action }, text);
}

// Replaces what is shown, and tells those who do not see it.
function show(...parts) {
  main.replaceChildren(...parts.filter((part) => part !== null));
  const heading = main.querySelector('h1');
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function heading(text) {
  document.title = `${text} – Huddle`;
  return element('h1', {}, text);
}

function paragraph(text, className = '') {
  return element('p', { className }, text);
}

// ---- the link, kept for this tab until it is closed, so that a reload goes on ----

function storedLink(change) {
  try {
    if (change === null) sessionStorage.removeItem(location.pathname);
    else if (change) sessionStorage.setItem(location.pathname, change);
    return sessionStorage.getItem(location.pathname) || '';
  } catch (error) {
    return ''; // storage is off
  }
}

// Out of the address, where a history would keep it and somebody would read it over a shoulder.
function takeLink() {
  if (location.hash.length < 2) return storedLink();
  const link = location.href;
  if (storedLink(link) === link) history.replaceState(null, '', location.pathname);
  return link;
}

// ---- saving ----

function save(name, cards) {
  const url = URL.createObjectURL(new Blob(cards.map((card) => card.vcard), { type: 'text/vcard;charset=utf-8' }));
  const link = element('a', { href: url, download: `${name.replace(/[^\p{L}\p{M}\p{N} ]/gu, '_').slice(0, 60)}.vcf` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// ---- cards ----

const FIELDS = [['TITLE', N_('Title')], ['ORG', N_('Organisation')], ['TEL', N_('Phone')], ['EMAIL', N_('E-mail')],
  ['ADR', N_('Address')], ['URL', N_('Web')], ['IMPP', N_('Chat')], ['BDAY', N_('Birthday')], ['NOTE', N_('Note')]];

function face(card) {
  if (!card.picture) return element('span', { className: 'face', ariaHidden: 'true' }, Array.from(card.name)[0] || '?');
  const url = URL.createObjectURL(new Blob([card.picture]));
  return element('img', { className: 'face', alt: '', src: url, onload: () => URL.revokeObjectURL(url),
    onerror: (event) => event.target.replaceWith(face({ ...card, picture: null })) });
}

// The name of a card or a member, and whether that is a guest.
function named({ name, guest }) {
  return [element('bdi', {}, name), guest ? element('span', { className: 'mark' }, _('guest')) : null]
    .filter((part) => part !== null);
}

// A value for people: days as vCard 4.0 writes them lack their dashes.
function shownValue(property, value) {
  return property === 'BDAY' ? value.replace(/^(\d{4}|--)(\d\d)(\d\d)$/, (day, year, month, rest) =>
    `${year === '--' ? year : `${year}-`}${month}-${rest}`) : value;
}

// own: of the reader, who does not save it.
function cardItem(card, own = false) {
  const list = element('dl', {});
  for (const [property, title] of FIELDS) {
    const values = card.values[property];
    if (values.length === 0) continue;
    list.append(element('dt', {}, _(title)), ...values.map((value) => element('dd', {}, element('bdi', {}, shownValue(property, value)))));
  }
  const alone = button(_('Save'), () => save(card.name, [card]));
  alone.ariaLabel = _('Save %s').replace('%s', () => card.name);
  return element('li', {}, face(card), element('div', {}, element('h2', {}, ...named(card)),
    list.children.length > 0 ? list : null, own ? null : alone));
}

// ---- the engine ----

// Calls an export of the engine. Asks nothing of the protocol: what becomes of it comes as a message.
function ask(call, ...values) {
  return new Promise((answer) => {
    worker.postMessage({ ask: asked.push(answer) - 1, call, values });
  });
}

// Ends the engine, and what it has in memory.
function stopEngine() {
  if (worker) worker.terminate();
  worker = null;
  asked = [];
}

function askBrowser() {
  stopEngine();
  show(heading(_('This browser cannot do it')),
    element('p', {}, _('This page needs a browser of the last few years that runs scripts and WebAssembly. Huddle on a computer opens the link, too.')));
}

// Trusted Types, where a browser has them: no text becomes a script, but for the one name of our worker.
const scripts = window.trustedTypes ? trustedTypes.createPolicy('huddle', { createScriptURL: (text) => text }) : null;

function startEngine() {
  const url = 'engine.js';
  try {
    worker = new Worker(scripts ? scripts.createScriptURL(url) : url);
  } catch (error) {
    askBrowser();
    return;
  }
  worker.onerror = askBrowser;
  worker.onmessage = ({ data }) => {
    if ('answered' in data) {
      asked[data.answered](data.value);
      delete asked[data.answered];
    } else if ('broken' in data) askBrowser();
    else onMessage(data);
  };
}

// ---- start ----

// Of the link, where there is one.
function mixed(url) {
  return location.protocol === 'https:' && url.startsWith('http:');
}

async function readWords() {
  const language = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) || 'en';
  if (!/^zh/i.test(language)) return;
  const response = await fetch('words-zh_CN.json');
  words = await response.json();
  document.documentElement.lang = 'zh-Hans';
}

readWords().catch(() => {}).then(startEngine);
addEventListener('hashchange', () => {
  if (location.hash.length > 1) anotherLink();
});
