// SPDX-License-Identifier: GPL-2.0-or-later
// serve-engine.js ENGINE.wasm: runs the pages' engine, for engine-guest.c, which says what the lines mean
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const source = (name) => path.join(process.env.top_srcdir, name);
const { Engine } = require(source('cloud/pages/engine.js'));

const DESCRIBED = 0, REFUSED = 2; // GuestEvent of src/wasm/page-guest.c
const [progress] = fs.readFileSync(source('daemon/exchange/exchange.h'), 'utf8').match(/enum MemberProgress \{.*?\}/s);
const MEMBER_REFUSED = progress.match(/\bMEMBER_\w+/g).indexOf('MEMBER_REFUSED');
const wasm = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const nothing = () => 52; // ENOSYS

const hex = (bytes) => Buffer.from(bytes).toString('hex') || '-';
const unhex = (text) => (text === '-' ? Buffer.alloc(0) : Buffer.from(text, 'hex'));

// The page's own host, but for what the world has.
class Guest extends Engine {
  constructor() {
    super({ event: (event) => this.events.push(event), keeper: { keep: () => {} } });
    this.events = [];
    this.said = [];
  }

  say(...words) {
    this.said.push(words.join(' '));
  }

  imports() {
    return {
      ...super.imports(),
      now: () => this.now,
      wall: () => this.wall,
      random: (at, length) => this.bytes(at, length).set(this.chance.update(Buffer.alloc(length))),
      timer: (timer, delay) => this.say('timer', timer, delay),
      timer_stop: (timer) => this.say('timer_stop', timer),
      send: (carriage, url, at, length, timeout) => this.say('send', carriage, timeout, hex(this.bytes(at, length))),
      send_stop: (carriage) => this.say('send_stop', carriage),
      log: () => {},
    };
  }

  load(seed) {
    const key = crypto.createHash('sha256').update(seed).digest();
    const wasi = { fd_close: nothing, fd_seek: nothing, fd_write: nothing };
    this.chance = crypto.createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
    this.exports = new WebAssembly.Instance(wasm, { host: this.imports(), wasi_snapshot_preview1: wasi }).exports;
    if (this.exports.start() !== 0) throw new Error('libsodium does not start');
  }

  must(name, ...values) {
    const complaint = this.call(name, ...values);
    if (complaint !== '' && complaint !== 0) throw new Error(`${name}: ${complaint}`);
  }

  // As somebody does who opens a link and agrees to the terms: see agree.
  press(seed, link, page, card) {
    this.load(unhex(seed));
    this.own = unhex(card);
    this.must('guest_link', unhex(link).toString(), unhex(page).toString());
    this.must('guest_describe');
  }

  agree() {
    this.must('own_read', this.own);
    this.exports.guest_fix(0, 0, 20);
    this.must('guest_start');
  }

  timer(timer) {
    this.exports.timer(Number(timer));
  }

  answer(carriage, status, text) {
    const bytes = unhex(text);
    const at = this.copyIn(bytes.length > 0 ? bytes : new Uint8Array(1));
    this.exports.answer(Number(carriage), Number(status), at, bytes.length);
    this.exports.release(at);
  }

  look() {
    const { state, error, members } = this.view();
    const refused = members.filter((member) => member.progress === MEMBER_REFUSED).length;
    this.say('seen', state || 'listening', error || '-', refused);
    for (const { vcard } of this.cards().cards) this.say('card', hex(vcard));
  }

  heed(event) {
    if (event === DESCRIBED) this.agree();
    if (event === REFUSED) throw new Error(`refused: ${this.call('guest_refusal')}`);
  }

  step(now, wall, verb, ...words) {
    this.now = now;
    this.wall = wall;
    this[verb](...words);
    while (this.events.length > 0) this.heed(this.events.shift());
    return `${[...this.said.splice(0), 'done'].join('\n')}\n`;
  }
}

const guests = new Map();

function heed(line) {
  const [number, now, wall, verb, ...words] = line.split(' ');
  if (verb === 'press') guests.set(number, new Guest());
  fs.writeSync(1, guests.get(number).step(Number(now), Number(wall), verb, ...words));
}

// Nothing happens between two lines, so they are waited for.
function serve() {
  const chunk = Buffer.alloc(1 << 16);
  let rest = '';
  for (let n = 1; n > 0;) {
    n = fs.readSync(0, chunk);
    const lines = (rest + chunk.toString('latin1', 0, n)).split('\n');
    rest = lines.pop();
    lines.forEach(heed);
  }
}

serve();
