// SPDX-License-Identifier: GPL-2.0-or-later
// engine.js - runs the engine (src/wasm) in a worker, so that the page never stands still
//
// It gives the engine time, chance, requests, storage and the Unicode database, and hands messages on. It decides
// nothing. In: {ask, call, values}, an export of the engine by its name; {look} for what was kept, {resume} it. Out: {ready}, {answered, value} for
// each ask, {looked}, {resumed} with whether there is something, {done} with the name of an outcome, {cards} of a record, {view} and {added} cards of an exchange, {refused},
// {described}, {forgotten}, {unkept}, {blocked}, {broken}. Under Node it only exports what tests run the engine with.
'use strict';

// in the order of HostProperty in src/wasm/host.h
const PROPERTIES = [
  /\p{Alphabetic}/u, /\p{White_Space}/u, /\p{Dash}/u, /\p{Punctuation}/u, /\p{Default_Ignorable_Code_Point}/u,
  /\p{Decimal_Number}/u, /\p{Script=Hiragana}/u, /\p{Script=Katakana}/u, /\p{Script=Han}/u, /\p{Script=Hangul}/u,
  /\p{Script=Common}/u,
];
const ANSWER_MAX = 524354; // ENVELOPE_RESPONSE_MAX
const OWN = -1; // PAGE_CARD_OWN of src/wasm/page-cards.h
const FIELDS = ['TITLE', 'ORG', 'TEL', 'EMAIL', 'ADR', 'URL', 'IMPP', 'BDAY', 'NOTE'];

// exports that return text
const TEXTS = new Set(['open', 'cloud', 'vcard', 'name', 'value', 'own_read', 'own_write', 'guest_link', 'guest_code',
  'guest_cloud', 'guest_url', 'guest_words', 'guest_consent', 'guest_code_text', 'guest_refusal', 'guest_state',
  'guest_error', 'guest_phrase', 'guest_level', 'guest_member_name', 'guest_other_word', 'guest_own_word']);

// what a view has of guest_flags, in the order of its bits
const FLAGS = ['opener', 'held', 'released', 'incomplete', 'closedElsewhere', 'missedElsewhere', 'codeElsewhere', 'secret'];

class Engine {
  // done: called with the name of an outcome, "" where it is OK; event: with a GuestEvent of src/wasm/page-guest.c;
  // keeper: {written, keep}, as keeper.js
  constructor({ done, event, keeper }) {
    this.done = done;
    this.event = event;
    this.keeper = keeper;
    this.timers = new Map();
    this.requests = new Map();
  }

  // The memory may have grown, and then its views are others.
  bytes(at, length) {
    return new Uint8Array(this.exports.memory.buffer, at, length);
  }

  text(at) {
    const all = new Uint8Array(this.exports.memory.buffer);
    return at === 0 ? null : new TextDecoder().decode(all.slice(at, all.indexOf(0, at)));
  }

  copyIn(bytes) {
    const at = this.exports.alloc(bytes.length);
    if (at === 0) throw new Error('out of memory');
    this.bytes(at, bytes.length).set(bytes);
    return at;
  }

  // Calls an export with texts, numbers, and bytes, whose number follows them. The copies are wiped: a link holds a
  // password.
  call(name, ...values) {
    const copies = [];
    const passed = values.flatMap((value) => {
      if (typeof value === 'number') return value;
      const bytes = typeof value === 'string' ? new TextEncoder().encode(`${value}\0`) : value;
      copies.push([this.copyIn(bytes), bytes.length]);
      const at = copies[copies.length - 1][0];
      return typeof value === 'string' ? at : [at, bytes.length];
    });
    try {
      const value = this.exports[name](...passed);
      return TEXTS.has(name) ? this.text(value) : value;
    } finally {
      for (const [at, length] of copies) {
        this.bytes(at, length).fill(0);
        this.exports.release(at);
      }
    }
  }

  async request(carriage, url, body, timeout) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeout);
    let status = 0, answer = new Uint8Array(0);
    this.requests.set(carriage, stop);
    await this.keeper.written; // what others will see is kept first
    try {
      const response = await fetch(url, { method: 'POST', body, signal: stop.signal, credentials: 'omit',
        referrerPolicy: 'no-referrer', redirect: 'error', cache: 'no-store' });
      answer = new Uint8Array(await response.arrayBuffer());
      status = response.status;
    } catch (error) {
      status = 0; // not reached, not allowed, or stopped: the engine tries again
    }
    clearTimeout(timer);
    if (this.requests.get(carriage) !== stop) return;
    this.requests.delete(carriage);
    if (answer.length > ANSWER_MAX) status = 0;
    const at = this.copyIn(status === 200 ? answer : new Uint8Array(1));
    this.exports.answer(carriage, status, at, answer.length);
    this.exports.release(at);
  }

  imports() {
    return {
      now: () => performance.now(),
      wall: () => Date.now(),
      random: (at, length) => {
        for (let i = 0; i < length; i += 65536) {
          crypto.getRandomValues(this.bytes(at + i, Math.min(65536, length - i)));
        }
      },
      timer: (timer, delay) => {
        this.timers.set(timer, setTimeout(() => {
          this.timers.delete(timer);
          this.exports.timer(timer);
        }, delay));
      },
      timer_stop: (timer) => {
        clearTimeout(this.timers.get(timer));
        this.timers.delete(timer);
      },
      send: (carriage, url, at, length, timeout) => {
        this.request(carriage, this.text(url), this.bytes(at, length).slice(), timeout);
      },
      send_stop: (carriage) => {
        const stop = this.requests.get(carriage);
        this.requests.delete(carriage);
        if (stop) stop.abort();
      },
      is: (property, character) => (character <= 0x10ffff &&
        PROPERTIES[property].test(String.fromCodePoint(character)) ? 1 : 0),
      fold: (character, at, max) => {
        const folded = String.fromCodePoint(character).normalize('NFKC').toLowerCase().normalize('NFKC');
        const points = Array.from(folded, (c) => c.codePointAt(0)).slice(0, max);
        new Uint32Array(this.exports.memory.buffer, at, points.length).set(points);
        return points.length;
      },
      done: (outcome) => this.done(this.text(outcome)),
      event: (event) => this.event(event),
      log: (line) => console.debug(this.text(line)),
      keep: (name, at, length) => this.keeper.keep(this.text(name), at === 0 ? null : this.bytes(at, length).slice()),
    };
  }

  // bytes: the module, or a response that brings it
  async start(bytes) {
    const nothing = () => 52; // ENOSYS: the C library has a standard output, and there is none
    const imports = { host: this.imports(),
      wasi_snapshot_preview1: { fd_close: nothing, fd_seek: nothing, fd_write: nothing } };
    const { instance } = await WebAssembly.instantiate(bytes, imports);
    this.exports = instance.exports;
    if (this.exports.start() !== 0) throw new Error('libsodium does not start');
  }

  values(card, property) {
    const all = [];
    for (let n = 0; ; n++) {
      const value = this.call('value', card, property, n);
      if (value === null) return all;
      all.push(value);
    }
  }

  card(i) {
    const picture = this.exports.picture(i);
    return { name: this.call('name', i), vcard: i === OWN ? '' : this.call('vcard', i),
      guest: i !== OWN && this.exports.guest(i) !== 0,
      values: Object.fromEntries(FIELDS.map((property) => [property, this.values(i, property)])),
      picture: picture === 0 ? null : this.bytes(picture, this.exports.length()).slice() };
  }

  // of a record
  cards() {
    return { members: this.exports.members(), cards: this.added(0) };
  }

  added(from) {
    return Array.from({ length: this.exports.cards() - from }, (unused, i) => this.card(from + i));
  }

  // What there is to see of an exchange.
  view() {
    const flags = this.exports.guest_flags();
    const list = (length, at) => Array.from({ length }, (unused, i) => at(i));
    return {
      state: this.call('guest_state'), error: this.call('guest_error'), code: this.call('guest_code_text'),
      count: this.exports.guest_count(), guests: this.exports.guest_guests(), remaining: this.exports.guest_remaining(),
      phrase: this.call('guest_phrase'), level: this.call('guest_level'), ownWord: this.call('guest_own_word'),
      flags: Object.fromEntries(FLAGS.map((name, bit) => [name, (flags & (1 << bit)) !== 0])),
      members: list(this.exports.guest_members(), (i) => ({ name: this.call('guest_member_name', i),
        progress: this.exports.guest_member_progress(i), guest: this.exports.guest_member_guest(i) !== 0 })),
      others: list(this.exports.guest_others(), (i) => ({ word: this.call('guest_other_word', i),
        members: this.exports.guest_other_members(i), flags: this.exports.guest_other_flags(i) })),
    };
  }
}

// Shows an exchange to the page: at most once for all that happens together.
class Viewer {
  constructor(post) {
    this.post = post;
    this.due = false;
    this.shown = 0; // cards
  }

  show(engine) {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      const added = engine.added(this.shown);
      this.due = false;
      this.shown += added.length;
      this.post({ view: engine.view(), added });
    });
  }
}

// What the page asks of the worker.
function serve(engine, keeper, viewer, post) {
  const look = async () => {
    for (const [name, bytes] of await keeper.open()) engine.call('recall', name, bytes);
    post({ looked: engine.exports.guest_found() !== 0 });
  };
  const resume = () => {
    const found = engine.exports.guest_resume() !== 0;
    if (found) viewer.show(engine);
    post({ resumed: found });
  };
  return ({ data }) => {
    if ('look' in data) look();
    else if ('resume' in data) resume();
    else if (data.call === 'card') post({ answered: data.ask, value: engine.card(OWN) });
    else post({ answered: data.ask, value: engine.call(data.call, ...data.values) });
  };
}

function work() {
  const post = (message) => postMessage(message);
  // Whoever serves the page says which clouds it may ask; the fetch itself only fails.
  addEventListener('securitypolicyviolation', () => post({ blocked: true }));
  const keeper = new Keeper(() => post({ unkept: true }));
  const viewer = new Viewer(post);
  const events = [() => post({ described: true }), () => viewer.show(engine),
    () => post({ refused: engine.call('guest_refusal') }), () => keeper.written.then(() => post({ forgotten: true }))];
  const engine = new Engine({ keeper, event: (event) => events[event](),
    done: (outcome) => post(outcome === '' ? { cards: engine.cards() } : { failed: outcome }) });
  fetch('engine.wasm')
    .then((response) => response.arrayBuffer())
    .then((bytes) => engine.start(bytes))
    .then(() => {
      onmessage = serve(engine, keeper, viewer, post);
      post({ ready: true });
    }, () => post({ broken: true }));
}

if (typeof module === 'object') module.exports = { Engine, serve };
else work();
