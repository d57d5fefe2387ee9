// SPDX-License-Identifier: GPL-2.0-or-later
// record.js - the page of somebody who was absent: from a link to the cards of its record
'use strict';

let cloud = '';

async function forget() {
  await ask('close');
  stopEngine();
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
    element('ul', { className: 'cards' }, ...cards.map((card) => cardItem(card))),
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
  ask('fetch').then((failed) => { if (failed < 0) showFailure('Failed'); });
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

async function openLink(link) {
  storedLink(link);
  const complaint = await ask('open', link, location.origin);
  cloud = await ask('cloud');
  if (complaint === 'page of the cloud') {
    askLink(_('This page comes from the cloud itself, which must not see the password. Open the link with Huddle on a computer.'));
  } else if (complaint !== '') {
    askLink(`${_('This link cannot be used')}: ${_(complaint)}. ${_('Ask for it again.')}`);
  } else if (mixed(cloud)) {
    askLink(_('A browser lets no encrypted page ask a cloud without encryption. Open the link with Huddle on a computer.'));
  } else offer();
}

function anotherLink() {
  if (worker) openLink(takeLink());
}

function onMessage(data) {
  const link = 'ready' in data && takeLink();
  if ('ready' in data) link ? openLink(link) : askLink();
  else if ('cards' in data) showCards(data.cards);
  else if ('failed' in data) showFailure(data.failed);
  else if ('blocked' in data) askLink(_('Whoever serves this page does not let it ask that cloud. Open the link with Huddle on a computer.'));
}
