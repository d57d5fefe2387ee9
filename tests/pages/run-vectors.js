// SPDX-License-Identifier: GPL-2.0-or-later
// run-vectors.js PROGRAM.wasm [ARGUMENT…]: runs a program that was built for the engine, with the page's own host
'use strict';
const fs = require('fs');
const path = require('path');
const { Engine } = require(path.join(process.env.top_srcdir, 'cloud/pages/engine.js'));

const [program, ...args] = process.argv.slice(2);
const engine = new Engine({});
const argv = ['program', ...args].map((text) => Buffer.from(`${text}\0`));

function set(at, ...numbers) {
  numbers.forEach((n, i) => new DataView(engine.exports.memory.buffer).setUint32(at + 4 * i, n, true));
}

// what the C library wants of a system; Node's own aborts where the memory grows
const system = {
  args_sizes_get: (count, size) => {
    set(count, argv.length);
    set(size, Buffer.concat(argv).length);
    return 0;
  },
  args_get: (pointers, at) => {
    for (const [i, text] of argv.entries()) {
      set(pointers + 4 * i, at);
      engine.bytes(at, text.length).set(text);
      at += text.length;
    }
    return 0;
  },
  fd_write: (fd, parts, count, written) => {
    const view = new DataView(engine.exports.memory.buffer);
    let all = 0;
    for (let i = 0; i < count; i++) {
      const [at, length] = [view.getUint32(parts + 8 * i, true), view.getUint32(parts + 8 * i + 4, true)];
      fs.writeSync(fd, engine.bytes(at, length));
      all += length;
    }
    set(written, all);
    return 0;
  },
  proc_exit: (status) => process.exit(status),
};
const missing = { get: (known, name) => known[name] || (() => 52) };
const module_ = new WebAssembly.Module(fs.readFileSync(program));
const imports = { host: engine.imports(), wasi_snapshot_preview1: new Proxy(system, missing) };
const instance = new WebAssembly.Instance(module_, imports);
engine.exports = instance.exports;
instance.exports._start();
