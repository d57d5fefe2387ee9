// SPDX-License-Identifier: GPL-2.0-or-later
// page.js - what people see: the page of somebody who was absent
//
// It draws, stores and saves; engine.js and what it runs decide. What comes from cards is only ever text.
'use strict';

const main = document.getElementById('main');
let words = {}; // of the reader's language; English where it is empty
let worker = null;
let cloud = '';

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

// ---- the link, kept for this tab until it is closed, so that a reload goes on ----

function storedLink(change) {
  try {
    if (change === null) sessionStorage.clear();
    else if (change) sessionStorage.setItem('link', change);
    return sessionStorage.getItem('link') || '';
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

function cardItem(card) {
  const list = element('dl', {});
  for (const [property, title] of FIELDS) {
    const values = card.values[property];
    if (values.length === 0) continue;
    list.append(element('dt', {}, _(title)), ...values.map((value) => element('dd', {}, element('bdi', {}, value))));
  }
  const alone = button(_('Save'), () => save(card.name, [card]));
  alone.ariaLabel = _('Save %s').replace('%s', () => card.name);
  return element('li', {}, face(card),
    element('div', {}, element('h2', {}, element('bdi', {}, card.name)), list.children.length > 0 ? list : null, alone));
}

function forget() {
  worker.postMessage({ close: true });
  worker.terminate();
  worker = null;
  storedLink(null);
  show(heading(_('Forgotten')), element('p', {}, _('This browser has nothing of it any more, but for what you saved.')));
}

function showCards({ members, cards }) {
  const missing = members - cards.length;
  show(heading(ngettext('{n} card', '{n} cards', cards.length)),
    element('p', { className: 'quiet' }, _('Vouched for: these are the cards of whoever gave you the password, and of their group.')),
    missing > 0 ? element('p', {}, ngettext('{n} card is missing: somebody gave none, or the cloud left it out.',
      '{n} cards are missing: somebody gave none, or the cloud left them out.', missing)) : null,
    button(_('Save all'), () => save('huddle', cards), true),
    element('ul', { className: 'cards' }, ...cards.map(cardItem)),
    button(_('Forget these cards here'), forget));
}

// ---- before the cards ----

// What went wrong, by the name of the outcome, and whether trying again can help.
const FAILURES = {
  WrongPassword: [N_('There is no record with this number and password. Ask for the link again.'), false],
  Locked: [N_('Too many wrong passwords were tried. Try again in 15 minutes, or ask for the link again.'), true],
  Expired: [N_('This record has expired, and its cards are gone from the cloud. Ask those who were there for their cards.'), false],
  Revoked: [N_('Somebody of the group has revoked this record. Ask those who were there for their cards.'), false],
  UsedUp: [N_('This record has been fetched as often as its cloud allows. Ask those who were there for their cards.'), false],
  RecordRefused: [N_('What the cloud sent is not what the group deposited, so nothing of it is shown.'), false],
  NotRegistered: [N_('This cloud gives records only to people who have an account. Open the link with Huddle on a computer.'), false],
  CloudKeyChanged: [N_('What answers there is not the cloud of this link. Try in another network, or ask for the link again.'), true],
  CloudBusy: [N_('The cloud is busy. Try again in a minute.'), true],
  CloudUnreachable: [N_('The cloud does not answer. Look whether you are online, and try again.'), true],
  NoNetwork: [N_('This device is not online. Connect it, and try again.'), true],
  Failed: [N_('There is not enough memory for it. Close other tabs, and try again.'), true],
};
const OTHER_FAILURE = [N_('The cloud refuses. Try again later, or ask for the link again.'), true];

function showFailure(outcome) {
  const [text, again] = FAILURES[outcome.split('.').pop()] || OTHER_FAILURE;
  show(heading(_('No cards')), element('p', { className: 'bad' }, _(text)),
    again ? button(_('Try again'), fetchCards, true) : null,
    button(_('Use another link'), askLink));
}

function fetchCards() {
  if (!navigator.onLine) {
    showFailure('NoNetwork');
    return;
  }
  show(heading(_('Fetching…')), element('p', { className: 'wait' }, _('The password is being checked. This takes a few seconds.')));
  worker.postMessage({ fetch: true });
}

function offer() {
  show(heading(_('Cards that you missed')),
    element('p', {}, _('Somebody who exchanged cards sent you this link. The cards are opened here, in your browser: the cloud that keeps them cannot read them.')),
    element('p', { className: 'quiet' }, `${_('Cloud')}: `, element('bdi', {}, cloud)),
    button(_('Show the cards'), fetchCards, true));
}

function askLink(complaint) {
  storedLink(null);
  const input = element('textarea', { id: 'link', autocomplete: 'off', spellcheck: false, dir: 'ltr' });
  const told = typeof complaint === 'string';
  if (told) input.setAttribute('aria-describedby', 'complaint');
  show(heading(_('Cards that you missed')),
    told ? element('p', { className: 'bad', id: 'complaint' }, complaint) : null,
    element('label', { htmlFor: 'link' }, _('Paste the link that somebody sent you')), input,
    button(_('Open'), () => openLink(input.value.trim()), true));
}

function openLink(link) {
  storedLink(link);
  worker.postMessage({ open: link, page: location.origin });
}

function opened(complaint, address) {
  cloud = address;
  if (complaint === 'page of the cloud') {
    askLink(_('This page comes from the cloud itself, which must not see the password. Open the link with Huddle on a computer.'));
  } else if (complaint !== '') {
    askLink(`${_('This link cannot be used')}: ${_(complaint)}. ${_('Ask for it again.')}`);
  } else if (location.protocol === 'https:' && cloud.startsWith('http:')) {
    askLink(_('A browser lets no encrypted page ask a cloud without encryption. Open the link with Huddle on a computer.'));
  } else offer();
}

// ---- start ----

function onMessage({ data }) {
  const link = 'ready' in data && takeLink();
  if ('ready' in data) link ? openLink(link) : askLink();
  else if ('opened' in data) opened(data.opened, data.cloud);
  else if ('cards' in data) showCards(data.cards);
  else if ('failed' in data) showFailure(data.failed);
  else if ('blocked' in data) askLink(_('Whoever serves this page does not let it ask that cloud. Open the link with Huddle on a computer.'));
  else askBrowser();
}

function askBrowser() {
  show(heading(_('This browser cannot do it')),
    element('p', {}, _('This page needs a browser of the last few years that runs scripts and WebAssembly. Huddle on a computer opens the link, too: huddle fetch.')));
}

// Trusted Types, where a browser has them: no text becomes a script, but for the one name of our worker.
function workerUrl() {
  const url = 'engine.js';
  return window.trustedTypes ? trustedTypes.createPolicy('huddle', { createScriptURL: (text) => text }).createScriptURL(url) : url;
}

async function readWords() {
  const language = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) || 'en';
  if (!/^zh/i.test(language)) return;
  const response = await fetch('words-zh_CN.json');
  words = await response.json();
  document.documentElement.lang = 'zh-Hans';
}

function start() {
  try {
    worker = new Worker(workerUrl());
    worker.onmessage = onMessage;
    worker.onerror = askBrowser;
  } catch (error) {
    askBrowser();
  }
}

readWords().catch(() => {}).then(start);
addEventListener('hashchange', () => {
  if (worker && location.hash.length > 1) openLink(takeLink());
});
