// SPDX-License-Identifier: GPL-2.0-or-later
// own.js - the card of a guest: typed, or taken from a file; what of it the others get
'use strict';

// ---- drawing ----

function field(id, title, properties, onChange) {
  const input = element('input', { id, ...properties });
  input.addEventListener('input', () => onChange(input));
  return element('p', { className: 'field' }, element('label', { htmlFor: id }, title), input);
}

function tick(id, title, checked, onChange) {
  const input = element('input', { id, type: 'checkbox', checked });
  input.addEventListener('change', () => onChange(input.checked));
  return element('p', { className: 'tick' }, input, element('label', { htmlFor: id }, title));
}

// A button that looks for a file.
function chooser(id, title, accept, onFile) {
  const input = element('input', { id, type: 'file', accept, className: 'file' });
  input.addEventListener('change', () => input.files[0] && onFile(input.files[0]));
  return element('span', { className: 'chooser' }, input, element('label', { htmlFor: id, className: 'button' }, title));
}

function complain(text) {
  return text ? element('p', { className: 'bad', id: 'complaint' }, text) : null;
}

// ---- what is given: kept for this tab, and in the browser where the user wants that ----

const NOTHING = { name: '', phone: '', mail: '', picture: null, file: null, fields: null, receive: false, keep: false };
let own = { ...NOTHING };

// Bytes as text, for the storage of browsers.
const packed = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
const unpacked = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function storeOwn() {
  const text = JSON.stringify({ ...own, picture: own.picture && packed(own.picture), file: own.file && packed(own.file) });
  try {
    sessionStorage.setItem('own', text);
    if (own.keep) localStorage.setItem('own', text);
    else localStorage.removeItem('own');
  } catch (error) { /* storage is off, or full: it is typed again */ }
}

function readOwn() {
  try {
    const kept = JSON.parse(sessionStorage.getItem('own') || localStorage.getItem('own') || '{}');
    own = { ...NOTHING, ...kept, picture: kept.picture ? unpacked(kept.picture) : null, file: kept.file ? unpacked(kept.file) : null };
  } catch (error) {
    own = { ...NOTHING };
  }
}

// ---- own card ----

const PICTURE_MAX = 80000; // bytes; the first part of a card has room for them
const PRIVATE = ['ADR', 'BDAY', 'NOTE'];

// Made small, and a JPEG, whatever it was.
async function shrink(blob) {
  const picture = await createImageBitmap(blob);
  const scale = Math.min(1, 384 / Math.max(picture.width, picture.height));
  const canvas = element('canvas', { width: Math.max(1, Math.round(picture.width * scale)),
    height: Math.max(1, Math.round(picture.height * scale)) });
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
  for (const quality of [0.85, 0.6, 0.3]) {
    const made = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', quality); });
    if (made && made.size <= PICTURE_MAX) return new Uint8Array(await made.arrayBuffer());
  }
  throw new Error('too large');
}

async function takePicture(file) {
  try {
    own.picture = await shrink(file);
    storeOwn();
    askCard();
  } catch (error) {
    askCard(_('This picture cannot be read. Choose a photo in JPEG or PNG.'));
  }
}

async function takeFile(file) {
  const bytes = new Uint8Array(await file.slice(0, 1024 * 1024 + 1).arrayBuffer());
  const complaint = await ask('own_read', bytes);
  if (complaint !== '') {
    askCard(`${_('This file cannot be used')}: ${_(complaint)}.`);
    return;
  }
  const card = await ask('card');
  own.file = bytes;
  own.fields = FIELDS.map(([property]) => property).filter((property) => card.values[property].length > 0 && !PRIVATE.includes(property));
  if (card.picture) own.fields.push('PHOTO');
  storeOwn();
  askCard();
}

// Makes the own card in the engine, of what was typed or read. False: it has no name.
async function makeOwn() {
  if (own.file) {
    if (await ask('own_read', own.file) !== '') return false;
    const card = await ask('card');
    if (own.receive) return await ask('own_new', card.name) === 0;
    await ask('own_share', ['NICKNAME', ...own.fields].join(','));
    if (card.picture && own.fields.includes('PHOTO')) await ask('own_picture', await shrink(new Blob([card.picture])));
    return true;
  }
  if (await ask('own_new', own.name.trim()) !== 0) return false;
  if (own.receive) return true;
  if (own.phone.trim()) await ask('own_set', 'TEL', own.phone.trim());
  if (own.mail.trim()) await ask('own_set', 'EMAIL', own.mail.trim());
  if (own.picture) await ask('own_picture', own.picture);
  return true;
}

function typedFields() {
  const typed = (name) => (input) => { own[name] = input.value; storeOwn(); };
  return [
    field('name', _('Name'), { value: own.name, autocomplete: 'name', required: true, maxLength: 200 }, typed('name')),
    ...(own.receive ? [] : [
      field('phone', _('Phone'), { value: own.phone, type: 'tel', autocomplete: 'tel', maxLength: 60 }, typed('phone')),
      field('mail', _('E-mail'), { value: own.mail, type: 'email', autocomplete: 'email', maxLength: 200 }, typed('mail')),
      element('p', { className: 'row' }, own.picture ? face({ name: own.name, picture: own.picture }) : null,
        chooser('picture', own.picture ? _('Another picture') : _('Add a picture'), 'image/*', takePicture),
        own.picture ? button(_('Remove the picture'), () => { own.picture = null; storeOwn(); askCard(); }) : null),
    ]),
    element('p', { className: 'row' }, chooser('file', _('Take my card from a file (.vcf)'), '.vcf,.vcard,text/vcard,text/x-vcard', takeFile)),
  ];
}

function fileFields(card) {
  const choice = (property, title) => tick(`field-${property}`, title, own.fields.includes(property), (on) => {
    own.fields = own.fields.filter((other) => other !== property).concat(on ? [property] : []);
    storeOwn();
  });
  const offered = FIELDS.filter(([property]) => card.values[property].length > 0)
    .map(([property, title]) => choice(property, `${_(title)}: ${card.values[property].map((value) => shownValue(property, value)).join(', ').slice(0, 80)}`));
  return [
    element('p', { className: 'row' }, face(card), element('strong', {}, element('bdi', {}, card.name))),
    own.receive || offered.length === 0 ? null : element('fieldset', {}, element('legend', {}, _('What the others get')),
      ...offered, card.picture ? choice('PHOTO', _('Picture')) : ''),
    element('p', { className: 'row' }, button(_('Type my card instead'), () => { own.file = null; storeOwn(); askCard(); })),
  ];
}

async function askCard(complaint) {
  const card = own.file && await ask('own_read', own.file) === '' ? await ask('card') : null;
  if (!card) own.file = null;
  const code = await ask('guest_code_text');
  show(heading(_('Exchange cards')),
    element('p', { className: 'code' }, element('span', { className: 'quiet' }, _('Code')), element('bdi', {}, code)),
    paragraph(_('Everybody who exchanges with this code gets your card, and you get theirs.')),
    complain(complaint),
    ...[...(card ? fileFields(card) : typedFields()),
      tick('receive', _('Only receive: the others get no more than my name'), own.receive, (on) => { own.receive = on; storeOwn(); askCard(); }),
      tick('keep', _('Keep my card in this browser for the next time'), own.keep, (on) => { own.keep = on; storeOwn(); })]
      .filter((part) => part !== null),
    button(_('Next'), checkCard, true));
}

async function checkCard() {
  if (await makeOwn()) askTerms();
  else {
    await askCard(_('Type your name: the others see it.'));
    const name = document.getElementById('name');
    if (name) name.focus();
  }
}
