/** The server's clock, as far as its answers tell it: a phone's own may be minutes off, and a call lasts only ten. */

/** By how much the server is ahead (ms), and how far off that may be. */
let ahead = 0;
let uncertainty = Infinity;

/**
 * Learns from an answer: its `Date` is cut to the second, and was written between asking and hearing.
 * @param {Response} response
 * @param {number} askedAt when it was asked for, by this clock (ms)
 */
export function learn(response, askedAt) {
  const told = Date.parse(response.headers.get('date') ?? '');
  const heardAt = Date.now();
  const spread = heardAt - askedAt + 1_000;
  if (Number.isNaN(told) || spread > uncertainty) return;
  const earliest = told - heardAt;
  const latest = told + 1_000 - askedAt;
  // A clock that agrees within what can be known is left alone.
  ahead = earliest <= 0 && latest >= 0 ? 0 : (earliest + latest) / 2;
  uncertainty = spread;
}

/** Milliseconds since the epoch, by the server's clock. */
export const serverNow = () => Date.now() + ahead;

/**
 * Milliseconds until then; 0 once it is over.
 * @param {string} iso
 */
export const remaining = (iso) => Math.max(0, Date.parse(iso) - serverNow());

/**
 * `9:05`, rounded up: what is left is only 0:00 when nothing is.
 * @param {number} ms
 */
export function minutesAndSeconds(ms) {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/**
 * Calls back now and at every turn of the second, also after the page was in the background; answers what stops it.
 * @param {() => void} callback
 * @returns {() => void}
 */
export function everySecond(callback) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let next;
  const tick = () => {
    clearTimeout(next);
    callback();
    next = setTimeout(tick, 1_000 - (serverNow() % 1_000));
  };
  const onShow = () => {
    if (document.visibilityState === 'visible') tick();
  };
  document.addEventListener('visibilitychange', onShow);
  tick();
  return () => {
    clearTimeout(next);
    document.removeEventListener('visibilitychange', onShow);
  };
}
