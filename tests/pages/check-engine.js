// SPDX-License-Identifier: GPL-2.0-or-later
// check-engine.js - see test-engine
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { Engine } = require(path.join(process.env.top_srcdir, 'cloud/pages/engine.js'));

const turns = async () => { for (let i = 0; i < 10; i++) await null; };
const asked = [], answered = [];
let body = new Uint8Array(3);
global.fetch = (url) => {
  asked.push(url);
  return Promise.resolve({ status: 200, arrayBuffer: () => Promise.resolve(body.buffer) });
};

// An engine whose exports are ours, with room at 1000.
function made(keeper) {
  const engine = new Engine({ keeper });
  const memory = new WebAssembly.Memory({ initial: 20 });
  const exported = { memory, alloc: () => 1000, release: () => {}, vcard: () => 0,
    answer: (carriage, status, at, length) => answered.push([carriage, status, length]) };
  engine.exports = exported;
  new Uint8Array(memory.buffer).set(new TextEncoder().encode('http://cloud\0'), 8);
  return engine;
}

async function sendsWhatIsKept() {
  let written;
  const engine = made({ written: new Promise((done) => { written = done; }) });
  engine.imports().send(7, 8, 100, 4, 1000);
  await turns();
  assert.deepStrictEqual(asked, [], 'it has sent before what was kept is written');
  written();
  await turns();
  assert.deepStrictEqual(asked.splice(0), ['http://cloud']);
  assert.deepStrictEqual(answered.splice(0), [[7, 200, 3]]);
}

async function staysStopped() {
  const engine = made({ written: Promise.resolve() });
  engine.imports().send(7, 8, 100, 4, 1000);
  engine.imports().send_stop(7);
  await turns();
  assert.deepStrictEqual(answered, [], 'it has answered what was stopped');
}

async function boundsAnswers() {
  const engine = made({ written: Promise.resolve() });
  body = new Uint8Array(524355);
  engine.imports().send(7, 8, 100, 4, 1000);
  await turns();
  assert.strictEqual(answered.splice(0)[0][1], 0, 'it takes an answer of any size');
}

function wipesTexts() {
  const engine = made({ written: Promise.resolve() });
  engine.call('vcard', 'secret');
  assert.ok(engine.bytes(1000, 7).every((byte) => byte === 0), 'a copy stays');
}

// ---- what the scripts have in the order of an enum, and words for each outcome ----

const source = (name) => fs.readFileSync(path.join(process.env.top_srcdir, name), 'utf8');
const found = (text, pattern) => Array.from(text.matchAll(pattern), ([, name]) => name);
const camel = (name) => name.toLowerCase().replace(/_(.)/g, (all, letter) => letter.toUpperCase());

function followsEnums() {
  const members = found(source('daemon/exchange/exchange.h').split('typedef enum MemberProgress')[1].split('}')[0], /\b(MEMBER_\w+)/g);
  const shown = source('cloud/pages/exchange.js');
  const table = shown.match(/^const MEMBER = \[(.*?)\];/ms)[1];
  assert.strictEqual(found(table, /('[^']*')/g).length, members.length, 'MEMBER is not MemberProgress');
  assert.ok(shown.includes(`const CARDED = ${members.indexOf('MEMBER_CARDED')}, DISPUTES = ${members.indexOf('MEMBER_DISPUTES')};`));
  const flags = found(source('src/wasm/page-guest-show.c').split('enum {')[1].split('}')[0], /FLAG_(\w+)/g);
  const own = found(source('cloud/pages/engine.js').match(/^const FLAGS = \[(.*?)\];/m)[1], /'(\w+)'/g);
  assert.deepStrictEqual(own, flags.map(camel), 'FLAGS are not the flags of the engine');
}

function hasWords() {
  const names = new Map(Array.from(source('daemon/base/outcome.c').matchAll(/\[(OUTCOME_\w+)\] =\s*\{ERROR "(\w+)"/g),
    ([, outcome, name]) => [outcome, name]));
  const outcomes = found(source('daemon/exchange/exchange-outcome.c'), /return (OUTCOME_\w+)/g).filter((outcome) => outcome !== 'OUTCOME_OK');
  const endings = found(source('cloud/pages/exchange.js').split('const ENDINGS')[1].split('};')[0], /^  (\w+):/gm);
  assert.ok(outcomes.length > 15);
  const without = outcomes.map((outcome) => names.get(outcome)).filter((name) => !endings.includes(name));
  assert.deepStrictEqual(new Set(without), new Set(['CloudRefused']), 'an ending has no words of its own');
}

async function main() {
  await sendsWhatIsKept();
  await staysStopped();
  await boundsAnswers();
  wipesTexts();
  followsEnums();
  hasWords();
  console.log('6 passed');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
