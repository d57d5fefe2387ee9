// SPDX-License-Identifier: GPL-2.0-or-later
// keeper.js - what the engine keeps for the time after a reload, in the browser's database
//
// Without storage the engine goes on with what is in memory. Names and bytes are the engine's (src/wasm/store.c).
'use strict';

function requested(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

class Keeper {
  // lost: called once, where nothing is kept any more
  constructor(lost) {
    this.lost = lost;
    this.base = null;
    this.full = false; // from now on it only forgets
    this.waiting = [];
    this.written = Promise.resolve();
  }

  // What is there, by name.
  async open() {
    try {
      const opening = indexedDB.open('huddle', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('kept');
      this.base = await requested(opening);
      const kept = this.base.transaction('kept').objectStore('kept');
      const [names, values] = await Promise.all([requested(kept.getAllKeys()), requested(kept.getAll())]);
      return names.map((name, i) => [name, values[i]]);
    } catch (error) {
      this.lose();
      return [];
    }
  }

  lose() {
    this.full = true;
    this.lost();
  }

  // bytes null: forgets it; all of it where the name is empty. What comes together is written together.
  keep(name, bytes) {
    if (this.waiting.push([name, bytes]) === 1) this.written = this.written.then(() => this.write());
  }

  async write() {
    const changes = this.waiting;
    this.waiting = [];
    if (this.base === null) return;
    try {
      if (!this.full) await this.change(changes);
    } catch (error) {
      this.lose(); // no room, or gone
    }
    if (this.full) await this.change(changes.filter(([, bytes]) => bytes === null)).catch(() => {});
  }

  change(changes) {
    return new Promise((done, failed) => {
      const writing = this.base.transaction('kept', 'readwrite', { durability: 'strict' });
      writing.oncomplete = done;
      writing.onabort = () => failed(writing.error);
      const kept = writing.objectStore('kept');
      for (const [name, bytes] of changes) {
        if (bytes !== null) kept.put(bytes, name);
        else if (name === '') kept.clear();
        else kept.delete(name);
      }
    });
  }
}

if (typeof module === 'object') module.exports.Keeper = Keeper;
