/**
 * Calls that reach a locked phone: Web Push, by the service worker (sw.js), which also keeps the page for when the phone
 * is offline. A browser that knows none of it, or a server that sends no messages, leaves the button hidden.
 */
import { Refusal } from './api.js';
import { language, wordsOf } from './language.js';
import { words as wordsOfStates } from './push.words.js';

/** @typedef {'offered' | 'on' | 'denied' | 'failed'} State */

/**
 * @typedef {object} Offer
 * @property {HTMLButtonElement} button hidden, and shown where there is something to tap or to know
 * @property {number} waitingId
 * @property {import('./api.js').Api} api of who may have this waiting told
 * @property {() => { readonly push: string }} words `push`: what is offered, in the language of the moment
 */

/** @param {Offer} offer */
export function offerPush(offer) {
  void begin(offer);
}

/** @param {Offer} offer */
async function begin({ button, waitingId, api, words }) {
  const registration = await register();
  if (registration === null) return;
  const tag = `waiting-${waitingId}`;
  closeShown(registration, tag);
  document.addEventListener('visibilitychange', () => closeShown(registration, tag));

  if (!('PushManager' in window) || !('Notification' in window)) return;
  const key = await keyOf(api);
  if (key === null) return;

  /** @type {State} */
  let state = 'offered';
  let busy = false;

  /** @param {State} [next] */
  function show(next = state) {
    state = next;
    button.hidden = false;
    button.textContent = state === 'offered' ? words().push : wordsOf(wordsOfStates)[state];
    // Not disabled: whoever has just tapped it would lose his place on the page.
    button.setAttribute('aria-disabled', String(state === 'on' || state === 'denied'));
  }

  const subscribe = async () => {
    if (busy) return;
    busy = true;
    try {
      const { endpoint, keys } = (await subscriptionBy(registration, key)).toJSON();
      await api.write('PUT', `/waitings/${waitingId}/push`, {
        endpoint,
        keys: { p256dh: keys?.['p256dh'], auth: keys?.['auth'] },
        language: language(),
      });
      show('on');
    } catch (error) {
      // Over, or gone: there is nothing left to be told.
      if (error instanceof Refusal && (error.status === 404 || error.status === 409)) button.hidden = true;
      else show('failed');
    } finally {
      busy = false;
    }
  };

  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', async () => {
    if (state === 'on' || state === 'denied') return;
    const permission = await Notification.requestPermission();
    if (permission === 'granted') await subscribe();
    else show(permission === 'denied' ? 'denied' : 'offered');
  });
  // The texts of messages are in the language of the page.
  new MutationObserver(() => {
    if (button.hidden) return;
    show();
    if (state === 'on') void subscribe();
  }).observe(document.documentElement, { attributeFilter: ['lang'] });
  // The browser has changed its address while the page was open.
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (data?.type === 'resubscribed' && state === 'on') void subscribe();
  });

  if (Notification.permission === 'granted') await subscribe();
  else show(Notification.permission === 'denied' ? 'denied' : 'offered');
}

/** The service worker's, once it runs; null: there is none, as in some private windows. */
async function register() {
  if (!('serviceWorker' in navigator)) return null;
  const before = navigator.serviceWorker.controller;
  try {
    await navigator.serviceWorker.register('/pages/sw.js', { scope: '/' });
    const registration = await navigator.serviceWorker.ready;
    if (before === null) keepForOffline(registration);
    return registration;
  } catch {
    return null; // the page does without
  }
}

/**
 * Has the service worker keep what this page was made of: it came before the worker was there.
 * @param {ServiceWorkerRegistration} registration
 */
function keepForOffline(registration) {
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  registration.active?.postMessage({ type: 'keep', addresses: [location.pathname, ...loaded] });
}

/**
 * Who looks at the page needs no notification of it any more.
 * @param {ServiceWorkerRegistration} registration
 * @param {string} tag
 */
function closeShown(registration, tag) {
  if (document.visibilityState !== 'visible') return;
  void registration.getNotifications({ tag }).then(
    (shown) => shown.forEach((each) => each.close()),
    // A browser that cannot list them closes them when they are tapped.
    () => undefined,
  );
}

/**
 * What this service's messages are signed with; null: it sends none, or cannot be asked.
 * @param {import('./api.js').Api} api
 * @returns {Promise<string | null>}
 */
async function keyOf(api) {
  try {
    return (await api.read('/push/key')).publicKey;
  } catch {
    return null; // the page calls as long as it is open
  }
}

/**
 * The browser's subscription, a new one if it is by another key than the service has now.
 * @param {ServiceWorkerRegistration} registration
 * @param {string} key
 */
async function subscriptionBy({ pushManager }, key) {
  const known = await pushManager.getSubscription();
  if (known && isBy(known, key)) return known;
  await known?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/**
 * @param {PushSubscription} subscription
 * @param {string} key in base64url
 */
function isBy({ options }, key) {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') === key;
}
