// SPDX-License-Identifier: GPL-2.0-or-later
// guest.js - the page of somebody who takes part: from a link or a code to the exchange
//
// own.js has the card that is given, tabs.js sees that one tab has the exchange, exchange.js shows it.
'use strict';

let asking = null; // who waits for the terms of the cloud

// ---- a code, where no link brought one ----

// The clouds that whoever serves the page names: the first is that of codes.
async function ownCloud() {
  const answer = await fetch('clouds.txt', { cache: 'no-store' });
  return answer.ok ? (await answer.text()).split('\n')[0].trim().replace(/\/+$/, '') : '';
}

async function takeCode(text) {
  if (/[:#]/.test(text)) return openLink(text);
  const complaint = await ask('guest_code', text);
  if (complaint.length > 1) return askCode(_('A word of the code is not in the list. Did you mean “%s”?').replace('%s', complaint.slice(1)));
  if (complaint === '?') return askCode(_('A word of the code is not in the list. Look at it again.'));
  if (complaint !== '') return askCode(_('A code is 4 to 8 digits, and perhaps two or three words.'));
  let url = '', identity;
  try {
    url = await ownCloud();
    if (url === '') return askCode(_('This page has no cloud for codes. Scan the QR code on somebody’s screen, or paste their link.'));
    identity = await (await fetch(`${url}/v1/identity`, { credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' })).text();
  } catch (error) {
    return askCode(navigator.onLine ? _('The cloud does not answer. Look whether you are online, and try again.') :
      _('This device is not online. Connect it, and try again.'));
  }
  return linkTaken(await ask('guest_cloud', url, identity, location.origin));
}

function askCode(complaint) {
  storedLink(null);
  const input = element('input', { id: 'code', autocomplete: 'off', autocapitalize: 'none', spellcheck: false });
  const told = typeof complaint === 'string';
  if (told) input.setAttribute('aria-describedby', 'complaint');
  input.onkeydown = ({ key }) => { if (key === 'Enter') takeCode(input.value.trim()); };
  show(heading(_('Exchange cards')),
    paragraph(_('People who meet agree on a code. Everybody with the same code gets everybody’s card.')),
    told ? complain(complaint) : null,
    element('p', { className: 'field' }, element('label', { htmlFor: 'code' }, _('Code or link')), input),
    button(_('Next'), () => takeCode(input.value.trim()), true),
    canScan() ? button(_('Scan a QR code'), scan) :
      paragraph(_('Or scan the QR code on somebody’s screen with the camera of your phone.'), 'quiet'));
}

async function linkTaken(complaint) {
  const url = await ask('guest_url');
  if (complaint === 'page of the cloud') {
    askCode(_('This page comes from the cloud itself, which must not see secret words. Agree on a code of digits alone, or take part with Huddle on a computer.'));
  } else if (complaint !== '') {
    askCode(`${_('This link cannot be used')}: ${_(complaint)}. ${_('Ask for it again.')}`);
  } else if (mixed(url)) {
    askCode(_('A browser lets no encrypted page ask a cloud without encryption. Take part with Huddle on a computer.'));
  } else askCard();
}

async function openLink(link) {
  storedLink(link);
  linkTaken(await ask('guest_link', link, location.origin));
}

// ---- the camera, where the browser itself reads QR codes ----

function canScan() {
  return 'BarcodeDetector' in window && navigator.mediaDevices !== undefined;
}

async function scan() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch (error) {
    askCode(_('The camera cannot be used here. Type the code, or scan it with the camera of your phone.'));
    return;
  }
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  const video = element('video', { srcObject: stream, muted: true, playsInline: true, ariaLabel: _('Camera') });
  show(heading(_('Scan a QR code')), video, button(_('Type the code instead'), () => { stop(); askCode(); }));
  const detector = new BarcodeDetector({ formats: ['qr_code'] });
  await video.play().catch(() => {});
  while (video.isConnected) {
    const found = await detector.detect(video).catch(() => []);
    if (found.length > 0 && video.isConnected) {
      stop();
      takeCode(found[0].rawValue.trim());
    }
    await new Promise((done) => { setTimeout(done, 200); });
  }
  stop();
}

// ---- the terms, and the start ----

async function askTerms() {
  if (!navigator.onLine) {
    refused('NoNetwork');
    return;
  }
  show(heading(_('One moment')), element('p', { className: 'wait' }, _('The cloud is asked for its terms.')));
  const described = new Promise((done) => { asking = done; });
  if (await ask('guest_describe') < 0) refused('Failed');
  await described;
  const [card, consent, url, cloudWords] = [await ask('card'), await ask('guest_consent'), await ask('guest_url'), await ask('guest_words')];
  show(heading(_('Do you agree?')),
    paragraph(own.receive ? _('The others get this, and nothing else:') : _('This is what everybody with the code gets:')),
    element('ul', { className: 'cards' }, cardItem(card, true)),
    paragraph(_('Cards are opened on the devices of those who take part; the cloud between them cannot read them. It keeps them, sealed, for some days: whoever takes part can let somebody who was absent open them.')),
    consent ? element('blockquote', { tabIndex: 0, dir: 'auto', role: 'region', ariaLabel: _('Terms of the cloud') }, consent) : null,
    element('p', { className: 'quiet' }, `${_('Cloud')}: `, element('bdi', {}, url), ' · ', element('bdi', {}, cloudWords)),
    'geolocation' in navigator && window.isSecureContext ? tick('place', _('Tell the cloud roughly where I am, so that it finds those near me'), false, takePlace) : null,
    button(_('Agree and take part'), takePart, true),
    button(_('Back'), () => askCard()));
}

function takePlace(on) {
  const told = document.getElementById('place');
  if (!on) return;
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    if (told.checked) ask('guest_fix', coords.latitude, coords.longitude, coords.accuracy);
  }, () => {
    told.checked = false;
    told.parentElement.append(element('span', { className: 'quiet' }, _('Your position is not allowed or not known. It works without.')));
  }, { timeout: 10000, maximumAge: 60000 });
}

async function takePart() {
  if (!await holdLock()) {
    showOtherTab();
    return;
  }
  show(heading(_('One moment')), element('p', { className: 'wait' }, _('You are being signed in for this exchange.')));
  navigator.wakeLock?.request('screen').catch(() => {}); // so that the phone does not lock while people wait
  if (await ask('guest_start') < 0) refused('Failed');
}

// ---- start ----

// A link came while cards of before are still here.
function askWhich(link) {
  show(heading(_('There is an exchange already')),
    paragraph(_('This browser still has another exchange or its cards. Go on with that, or forget it and take the new link.')),
    button(_('Go on with that'), () => { current = null; worker.postMessage({ resume: true }); }, true),
    button(_('Forget it, and take the new link'), async () => {
      await forgetExchange();
      stopEngine();
      cards = [];
      storedLink(link);
      location.replace(location.pathname);
    }));
}

async function begin() {
  readOwn();
  const link = takeLink();
  if (!await holdLock()) {
    showOtherTab();
    return;
  }
  worker.postMessage({ look: true });
  const { found } = await new Promise((done) => { looked = done; });
  if (found && link) askWhich(link);
  else if (found) worker.postMessage({ resume: true });
  else if (link) openLink(link);
  else askCode();
}
let looked = () => {};

// An exchange that goes on stops, until its user has chosen. What only this page has stays here.
function anotherLink() {
  if (unkept && current) history.replaceState(null, '', location.pathname);
  else location.reload();
}

function onMessage(data) {
  if ('ready' in data) begin();
  else if ('looked' in data) looked({ found: data.looked });
  else if ('resumed' in data && !data.resumed) askCode();
  else if ('view' in data) shown(data.view, data.added);
  else if ('described' in data) asking();
  else if ('refused' in data) refused(data.refused);
  else if ('forgotten' in data) forgotten();
  else if ('unkept' in data) keepsNothing();
  else if ('blocked' in data) askCode(_('Whoever serves this page does not let it ask that cloud. Take part with Huddle on a computer.'));
}

// The network or the screen is back: what waits is tried now.
function nudge() {
  if (worker && current && document.visibilityState === 'visible') ask('guest_nudge');
}
addEventListener('online', nudge);
document.addEventListener('visibilitychange', nudge);
