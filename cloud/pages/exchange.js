// SPDX-License-Identifier: GPL-2.0-or-later
// exchange.js - what a guest sees of an exchange, from the first who waits to the cards
'use strict';

let cards = []; // that have come
let current = null; // {key, update, view} of what is shown
let unkept = false; // the browser keeps nothing for a reload

// What ended it or kept it from beginning, by the name of the outcome, and whether trying again can help.
const ENDINGS = {
  Alone: [N_('Nobody else has pressed this code. Agree on a code, and press at the same time.'), true],
  NotHeard: [N_('A group with this code has closed, and nobody of it is near you. Scan the QR code on the screen of somebody who is there.'), true],
  Missed: [N_('A group with this code has just closed near you. Ask them to start again with a new code.'), true],
  OtherCode: [N_('Somebody near you has pressed another code. Look at theirs, and start again.'), true],
  Ambiguous: [N_('Several groups have this code, and you fit more than one. Scan the QR code on the screen of somebody in yours.'), true],
  TooLate: [N_('You are too late: this group has closed. Agree on a new code.'), true],
  NoGuests: [N_('The people with this code take no guests, or this cloud takes none. Take part with Huddle on a computer, or ask them to let guests in.'), true],
  GroupRefused: [N_('What the cloud said does not fit together, so your card was not given to anybody. Try another cloud.'), true],
  NotProven: [N_('Nobody else has the same secret words. Compare them, and start again.'), true],
  CodeBurned: [N_('Wrong words were tried too often, so this code is spent. Nobody got your card. Agree on a new code.'), true],
  PhraseDiffers: [N_('Others see another phrase and have left. Somebody may sit in between: start again with secret words.'), true],
  Stalled: [N_('The others do not answer any more. Start again with them.'), true],
  NotSaved: [N_('This device has no room to keep the exchange, so it ended. Make room, and start again.'), true],
  CardTooLarge: [N_('Your card is too large. Leave the picture out, and start again.'), true],
  ConsentRequired: [N_('The cloud has changed its terms. Read them again.'), true],
  NetworkLogin: [N_('This network wants you to log in first. Do that, and start again.'), true],
  CloudTls: [N_('The cloud cannot be reached safely. Look whether the date of this device is right, and start again.'), true],
  CloudKeyChanged: [N_('What answers there is not the cloud of this link. Try in another network, or ask for the link again.'), true],
  CloudBusy: [N_('The cloud is busy. Try again in a minute.'), true],
  CloudUnreachable: [N_('The cloud does not answer. Look whether you are online, and try again.'), true],
  NoNetwork: [N_('This device is not online. Connect it, and try again.'), true],
  Failed: [N_('There is not enough memory for it. Close other tabs, and try again.'), true],
};
const OTHER_ENDING = [N_('The cloud refuses. Start again, or ask for another link.'), true];

function refused(outcome) {
  const [text] = ENDINGS[outcome.split('.').pop()] || OTHER_ENDING;
  current = null;
  show(heading(_('No exchange')), complain(_(text)), button(_('Start again'), again, true), button(_('Use another code'), startOver));
}

// With the same code and card.
async function again() {
  if (await makeOwn() && await ask('guest_code_text') !== '') askTerms();
  else startOver();
}

// Everything of the exchange is forgotten, here and at the cloud.
async function startOver() {
  await forgetExchange();
  location.replace(location.pathname);
}

function forgetExchange() {
  storedLink(null);
  return new Promise((done) => {
    forgotten = done;
    setTimeout(done, 5000); // without the cloud: it forgets by itself
    ask('guest_forget');
  });
}
let forgotten = () => {};

// in the order of MemberProgress in daemon/exchange/exchange.h
const MEMBER = ['', N_('knows the words'), '', '', N_('has left'), N_('has not proven the words'), N_('takes no part with you'),
  N_('sees another phrase'), N_('sent what does not fit')];
const CARDED = 3, DISPUTES = 7;

function memberItem(member) {
  const told = MEMBER[member.progress];
  return element('li', {}, ...(member.name ? named(member) : [element('span', { className: 'quiet' }, _('Somebody')),
    ...(member.guest ? named({ name: '', guest: true }).slice(1) : [])]),
  told ? element('span', { className: 'quiet' }, ` ${_(told)}`) : null);
}

// A list that changes only where what it shows does, so that a button does not vanish under a finger.
function livingList(className, item) {
  const list = element('ul', { className });
  let shown = '';
  list.update = (values) => {
    const now = JSON.stringify(values);
    if (now !== shown) list.replaceChildren(...values.map(item));
    shown = now;
  };
  return list;
}

// Seconds that are left, counted here; the engine says when they end.
function countdown(text) {
  const told = element('p', { className: 'quiet', role: 'timer', ariaLive: 'off' });
  let end = 0, timer = 0;
  const tell = () => {
    if (!told.isConnected) clearInterval(timer);
    told.textContent = end === 0 ? '' : text(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
  };
  told.update = (remaining) => {
    end = remaining < 0 ? 0 : performance.now() + remaining;
    clearInterval(timer);
    timer = setInterval(tell, 1000);
    tell();
  };
  return told;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = text === '';
}

function codeLine(view) {
  return element('p', { className: 'code' }, element('span', { className: 'quiet' }, _('Code')), element('bdi', {}, view.code));
}

function otherItem({ word, members, flags }) {
  const admit = (yes) => () => ask('guest_admit', word, yes ? 1 : 0);
  const [weAdmit, sameWord] = [(flags & 1) !== 0, (flags & 4) !== 0];
  return element('li', {}, paragraph(ngettext('{n} other person with this code sees the word “%s”.',
    '{n} others with this code see the word “%s”.', members).replace('%s', () => word)),
  sameWord ? paragraph(_('Two groups have this word: one of them has to start again.'), 'quiet') : null,
  weAdmit ? paragraph(_('You have said yes; they have to, too.'), 'quiet') : element('p', { className: 'row' },
    sameWord ? null : button(_('They belong to us'), admit(true)), button(_('I do not know them'), admit(false))));
}

function drawGathering(view) {
  const people = element('p', { className: 'count' }), stay = paragraph('', 'quiet'), elsewhere = element('p', { className: 'bad' });
  const word = element('p', {}), others = livingList('others', otherItem), close = button(_('Everybody is here'), () => ask('guest_close'), true);
  const left = countdown((seconds) => ngettext('The group closes in {n} second.', 'The group closes in {n} seconds.', seconds));
  show(heading(_('Waiting for the others')), codeLine(view), people, left, word, others, elsewhere,
    stay, close, button(_('Leave'), startOver));
  return (now) => {
    const guests = ` ${ngettext('{n} of them as a guest.', '{n} of them as guests.', now.guests + 1)}`; // we are one
    setText(people, now.count === 0 ? _('Looking for the cloud…') :
      now.count === 1 ? _('You are the first.') : ngettext('{n} is here.', '{n} are here.', now.count) + guests);
    setText(word, now.ownWord ? _('The word of your group is “%s”.').replace('%s', () => now.ownWord) : '');
    setText(elsewhere, now.flags.codeElsewhere ? _(ENDINGS.OtherCode[0]) : now.flags.missedElsewhere ? _(ENDINGS.Missed[0]) :
      now.flags.closedElsewhere ? _(ENDINGS.NotHeard[0]) : '');
    setText(stay, unkept ? _('This browser keeps nothing. Leave this page open until you have the cards.') : '');
    others.update(now.others);
    close.hidden = !now.flags.opener || now.count < 2;
    left.update(now.remaining);
  };
}

function drawChecking() {
  const members = livingList('members', memberItem);
  show(heading(_('Checking…')), element('p', { className: 'wait' }, _('The devices agree on keys. This takes a few seconds.')), members,
    button(_('Leave'), startOver));
  return (now) => members.update(now.members);
}

// The phrase, and what people say of it.
function comparison() {
  const spoken = element('bdi', {}), digits = element('bdi', {}); // the same, in words and in digits
  const phrase = element('p', { className: 'phrase' }, spoken, element('br', {}), digits), told = paragraph('', 'quiet');
  const same = button(_('It is the same'), () => ask('guest_confirm', 1)), differs = button(_('It differs'), () => ask('guest_confirm', 0));
  const box = element('section', { ariaLabel: _('Phrase') }, told, phrase, element('p', { className: 'row' }, same, differs));
  box.update = (now) => {
    box.hidden = now.phrase === '' && !now.flags.incomplete;
    setText(spoken, now.phrase.split(' / ')[0]);
    setText(digits, now.phrase.split(' / ')[1] || '');
    setText(told, now.flags.incomplete ? _('There is no phrase to compare: some came too late.') :
      now.level === 'compared' ? _('Compared: everybody sees this phrase.') : _('Does everybody see the same phrase? Then nobody sits in between.'));
    same.hidden = differs.hidden = now.phrase === '' || now.level === 'compared';
  };
  return box;
}

function drawReleasing() {
  const members = livingList('members', memberItem), phrase = comparison(), wait = element('p', { className: 'wait' }, _('The cards are coming.'));
  const left = countdown((seconds) => ngettext('Your card goes to them in {n} second.', 'Your card goes to them in {n} seconds.', seconds));
  const held = paragraph(''), hold = button(_('Wait'), () => ask('guest_hold', 1));
  const goOn = button(_('Go on'), () => ask('guest_hold', 0), true), leave = button(_('Leave, and give no card'), startOver);
  show(heading(_('Who is here')), members, phrase, left, held, wait, element('p', { className: 'row choice' }, hold, goOn), leave);
  return (now) => {
    members.update(now.members);
    phrase.update(now);
    left.update(now.flags.held || now.flags.released ? -1 : now.remaining);
    const disputed = now.level !== 'compared' && now.members.some(({ progress }) => progress === DISPUTES);
    setText(held, !now.flags.held ? '' : disputed ? _('Somebody sees another phrase, and has left. Compare yours with the others: your card waits.') :
      _('Your card waits until you go on.'));
    goOn.hidden = !now.flags.held || disputed;
    hold.hidden = now.flags.held || now.flags.released;
    wait.hidden = !now.flags.released;
    leave.hidden = now.flags.released;
  };
}

const LEVELS = {
  unchecked: N_('Unchecked: these cards are of whoever pressed the code.'),
  proven: N_('Proven: everybody here knows the secret words.'),
  compared: N_('Compared: everybody sees the same phrase.'),
};

function drawCards() {
  const level = paragraph('', 'quiet'), lost = paragraph('', 'bad'), missing = element('p', {}), phrase = comparison();
  const list = element('ul', { className: 'cards' }), title = heading(ngettext('{n} card', '{n} cards', cards.length));
  let drawn = 0;
  show(title, level, lost, missing, button(_('Save all'), () => save('huddle', cards), true), list, phrase,
    button(_('Forget these cards here'), forget));
  return (now) => {
    setText(title, ngettext('{n} card', '{n} cards', cards.length));
    setText(level, now.level in LEVELS ? _(LEVELS[now.level]) : '');
    setText(lost, unkept ? _('This browser keeps nothing. Save the cards before you leave this page.') : '');
    const absent = now.members.filter(({ progress }) => progress < CARDED).length;
    setText(missing, absent === 0 ? '' : ngettext('{n} card is still missing. It comes by itself while this page is open.',
      '{n} cards are still missing. They come by themselves while this page is open.', absent));
    phrase.update(now.state === '' ? { ...now, phrase: '' } : now);
    list.append(...cards.slice(drawn).map((card) => cardItem(card)));
    drawn = cards.length;
  };
}

async function forget() {
  await forgetExchange();
  stopEngine();
  releaseLock();
  try {
    sessionStorage.clear();
  } catch (error) { /* storage is off */ }
  show(heading(_('Forgotten')), element('p', {}, _('This browser has nothing of it any more, but for what you saved.')));
}

// The phrase differed: no card went out, and none came.
function showLeft() {
  current = null;
  show(heading(_('You have left the exchange.')), paragraph(_('Your card was not given to anybody.')),
    button(_('Start again'), again, true), button(_('Use another code'), startOver));
}

const SCREENS = { listening: ['gathering', drawGathering], gathering: ['gathering', drawGathering], opening: ['checking', drawChecking],
  proving: ['checking', drawChecking], releasing: ['releasing', drawReleasing], delivered: ['cards', drawCards] };

function shown(view, added) {
  cards.push(...added);
  storedLink(null); // a reload goes on with what the engine keeps
  if (view.state === 'failed') {
    refused(view.error);
    return;
  }
  if (view.state === 'left') {
    showLeft();
    return;
  }
  if (view.state === '' && cards.length === 0) return; // everything is forgotten, or nothing has begun
  const [key, draw] = SCREENS[view.state] || SCREENS.delivered;
  if (!current || current.key !== key) current = { key, update: draw(view) };
  current.view = view;
  current.update(view);
}

function keepsNothing() {
  unkept = true;
  current?.update(current.view);
}
