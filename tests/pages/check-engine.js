// SPDX-License-Identifier: GPL-2.0-or-later
// check-engine.js - see test-engine
'use strict';
const assert = require('assert');
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

async function main() {
  await sendsWhatIsKept();
  await staysStopped();
  await boundsAnswers();
  wipesTexts();
  console.log('4 passed');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
