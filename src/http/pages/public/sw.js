/**
 * The service worker of the pages: shows what comes by Web Push while they are closed, and keeps what they are made of
 * for a phone that is offline. What the API answers is never kept: a page remembers what it needs.
 */

/**
 * A page under the worker's eyes.
 * @typedef {{ readonly url: string, focus: () => Promise<unknown>, postMessage: (message: object) => void }} Page
 */
/** @typedef {Event & { waitUntil: (work: Promise<unknown>) => void }} Lasting */
/**
 * @typedef {object} Events
 * @property {Lasting} install
 * @property {Lasting} activate
 * @property {Lasting & { request: Request, respondWith: (answer: Promise<Response>) => void }} fetch
 * @property {Lasting & { data: any }} message
 * @property {Lasting & { data: { json: () => any } | null }} push
 * @property {Lasting & { notification: Notification }} notificationclick
 * @property {Lasting & { oldSubscription?: PushSubscription | null }} pushsubscriptionchange
 */
/**
 * As much of a worker's global scope as is used here: the types of pages and of workers exclude each other.
 * @typedef {object} Scope
 * @property {ServiceWorkerRegistration} registration
 * @property {() => Promise<void>} skipWaiting
 * @property {object} clients
 * @property {() => Promise<void>} clients.claim
 * @property {(options: object) => Promise<Page[]>} clients.matchAll
 * @property {(url: string) => Promise<unknown>} clients.openWindow
 * @property {<K extends keyof Events>(type: K, listener: (event: Events[K]) => void) => void} addEventListener
 */
const worker = /** @type {Scope} */ (/** @type {unknown} */ (globalThis));

/** A new number forgets what was kept in another way. */
const cacheName = 'pages-1';
/** A network that has not answered by then is as good as none, where there is something kept (ms). */
const patience = 4_000;

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(begin()));

async function begin() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith('pages-') && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/**
 * Under which address it is kept; null: not at all. All customers' pages are one and the same file.
 * @param {string} address
 */
function keptUnder(address) {
  const { origin, pathname } = new URL(address, location.href);
  if (origin !== location.origin) return null;
  if (pathname.startsWith('/pages/')) return pathname;
  return /^\/w\/[1-9]\d*$/.test(pathname) ? '/w/' : null;
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const key = request.method === 'GET' ? keptUnder(request.url) : null;
  if (key !== null) event.respondWith(fromNetwork(request, key));
});

/**
 * What the network has, else what is kept. A network that is late is let go on, and not heard: an answer that is broken
 * off while it is handed over would leave the page empty.
 * @param {Request} request
 * @param {string} key
 */
async function fromNetwork(request, key) {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(key);
  const whole = async () => {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(key, answer.clone());
    return answer;
  };
  if (!kept) return whole();
  const fresh = whole().then(
    (answer) => (answer.status < 500 ? answer : kept),
    () => kept,
  );
  return Promise.race([fresh, new Promise((resolve) => setTimeout(() => resolve(kept), patience))]);
}

worker.addEventListener('message', (event) => {
  if (event.data?.type === 'keep') event.waitUntil(keep(event.data.addresses));
});

/** @param {readonly string[]} addresses of what a page was made of before the worker was there */
async function keep(addresses) {
  const cache = await caches.open(cacheName);
  await Promise.all(
    addresses.map(async (address) => {
      const key = keptUnder(address);
      if (key === null) return;
      const answer = await fetch(address);
      if (answer.ok) await cache.put(key, answer);
    }),
  );
}

worker.addEventListener('push', (event) => {
  if (event.data) event.waitUntil(show(event.data.json()));
});

/** @param {{ title: string, body: string, lang: string, tag: string, url: string, call: boolean }} message */
function show({ title, body, lang, tag, url, call }) {
  const options = {
    body,
    lang,
    // What is newer takes the place of what is older, and makes itself heard.
    tag,
    renotify: true,
    requireInteraction: call,
    vibrate: call ? [400, 200, 400, 200, 400] : [200],
    data: { url },
  };
  return worker.registration.showNotification(title, options);
}

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(String(event.notification.data.url)));
});

/** @param {string} path of a page */
async function open(path) {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const shown = pages.find(({ url }) => new URL(url).pathname === path);
  await (shown ? shown.focus() : worker.clients.openWindow(path));
}

// The browser has got another address. Only a page knows of which waiting and who asks: an open one tells the server at
// once, else the next one that is opened.
worker.addEventListener('pushsubscriptionchange', (event) =>
  event.waitUntil(resubscribe(event.oldSubscription)),
);

/** @param {PushSubscription | null | undefined} old */
async function resubscribe(old) {
  if (old) {
    const { userVisibleOnly, applicationServerKey } = old.options;
    await worker.registration.pushManager.subscribe({ userVisibleOnly, applicationServerKey });
  }
  const pages = await worker.clients.matchAll({ type: 'window' });
  for (const page of pages) page.postMessage({ type: 'resubscribed' });
}
