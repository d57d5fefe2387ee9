// SPDX-License-Identifier: GPL-2.0-or-later
// engine.js - runs the engine (src/wasm) in a worker, so that the page never stands still
//
// It gives the engine time, chance, requests and the Unicode database, and hands messages on. It decides nothing.
// In: {open, page} with a link, {fetch}, {close}. Out: {ready}, {opened} with a complaint or "", {failed} with the name
// of an outcome, {cards}. Under Node it only exports what tests run the engine with.
'use strict';

// in the order of HostProperty in src/wasm/host.h
const PROPERTIES = [
  /\p{Alphabetic}/u, /\p{White_Space}/u, /\p{Dash}/u, /\p{Punctuation}/u, /\p{Default_Ignorable_Code_Point}/u,
  /\p{Decimal_Number}/u, /\p{Script=Hiragana}/u, /\p{Script=Katakana}/u, /\p{Script=Han}/u, /\p{Script=Hangul}/u,
  /\p{Script=Common}/u,
];
const ANSWER_MAX = 524354; // ENVELOPE_RESPONSE_MAX

class Engine {
  // done: called with the name of an outcome, "" where it is OK
  constructor(done) {
    this.done = done;
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

  // Calls an export with texts and numbers. The copies of texts are wiped: a link holds a password.
  call(name, ...values) {
    const copies = [];
    const passed = values.map((value) => {
      if (typeof value === 'number') return value;
      const bytes = new TextEncoder().encode(`${value}\0`);
      copies.push([this.copyIn(bytes), bytes.length]);
      return copies[copies.length - 1][0];
    });
    try {
      return this.exports[name](...passed);
    } finally {
      for (const [at, length] of copies) {
        this.bytes(at, length).fill(0);
        this.exports.release(at);
      }
    }
  }

  textOf(name, ...values) {
    return this.text(this.call(name, ...values));
  }

  async request(carriage, url, body, timeout) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeout);
    let status = 0, answer = new Uint8Array(0);
    this.requests.set(carriage, stop);
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
      const value = this.textOf('value', card, property, n);
      if (value === null) return all;
      all.push(value);
    }
  }

  card(i) {
    const picture = this.exports.picture(i);
    const card = { name: this.textOf('name', i), vcard: this.textOf('vcard', i), values: {},
      picture: picture === 0 ? null : this.bytes(picture, this.exports.length()).slice() };
    for (const property of ['TITLE', 'ORG', 'TEL', 'EMAIL', 'ADR', 'URL', 'IMPP', 'BDAY', 'NOTE']) {
      card.values[property] = this.values(i, property);
    }
    return card;
  }

  cards() {
    return { members: this.exports.members(),
      cards: Array.from({ length: this.exports.cards() }, (unused, i) => this.card(i)) };
  }
}

// What a page asks of the worker.
function serve(engine, post) {
  return ({ data }) => {
    if ('open' in data) post({ opened: engine.textOf('open', data.open, data.page), cloud: engine.textOf('cloud') });
    else if ('fetch' in data && engine.exports.fetch() < 0) post({ failed: 'org.huddle.Error.Failed' });
    else if ('close' in data) engine.exports.close();
  };
}

if (typeof module === 'object') module.exports = { Engine, serve };
else {
  // Whoever serves the page says which clouds it may ask; the fetch itself only fails.
  addEventListener('securitypolicyviolation', () => postMessage({ blocked: true }));
  const engine = new Engine((outcome) => postMessage(outcome === '' ? { cards: engine.cards() } : { failed: outcome }));
  fetch('engine.wasm')
    .then((response) => response.arrayBuffer())
    .then((bytes) => engine.start(bytes))
    .then(() => {
      onmessage = serve(engine, postMessage);
      postMessage({ ready: true });
    }, () => postMessage({ broken: true }));
}
