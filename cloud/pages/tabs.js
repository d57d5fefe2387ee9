// SPDX-License-Identifier: GPL-2.0-or-later
// tabs.js - one tab of a browser has the exchange
//
// The browser drops the lock when the tab ends. Where it has none (a page without encryption), tabs ask each other.
'use strict';

let dropLock = null;
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('huddle') : null;

function lockLost() {
  dropLock = null;
  stopEngine();
  current = null;
  show(heading(_('This goes on in another tab')), paragraph(_('Another tab of this browser has taken it over.')),
    button(_('Go on here'), takeOver, true));
}

function hear({ data }) {
  if (data === 'anyone?' && dropLock) tabs.postMessage('here');
  else if (data === 'mine' && dropLock) lockLost();
}
tabs?.addEventListener('message', hear);

function askTabs(steal) {
  if (steal) tabs?.postMessage('mine');
  if (steal || !tabs) return Promise.resolve(true);
  return new Promise((done) => {
    tabs.addEventListener('message', ({ data }) => { if (data === 'here') done(false); });
    tabs.postMessage('anyone?');
    setTimeout(() => done(true), 300);
  });
}

// True: this tab has the exchange of the browser.
async function holdLock(steal = false) {
  if (dropLock) return true;
  if (!navigator.locks) {
    const alone = await askTabs(steal);
    if (alone) dropLock = () => {};
    return alone;
  }
  return new Promise((done) => {
    navigator.locks.request('huddle', steal ? { steal } : { ifAvailable: true }, (lock) => {
      done(lock !== null);
      return lock && new Promise((free) => { dropLock = free; });
    }).catch(lockLost);
  });
}

function releaseLock() {
  if (dropLock) dropLock();
  dropLock = null;
}

function showOtherTab() {
  show(heading(_('Huddle is open in another tab')),
    paragraph(_('An exchange goes on in one tab of a browser alone. Go back to that tab, or go on here.')),
    button(_('Go on here'), takeOver, true));
}

async function takeOver() {
  await holdLock(true);
  location.reload();
}
