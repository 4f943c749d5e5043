/** What a link gives a page: the id in its path, and the token in its fragment, which no server and no log ever sees. */

/** The number at the end of the path; NaN where there is none. */
export const idInPath = () => Number(/\/([1-9]\d*)\/?$/.exec(location.pathname)?.[1] ?? NaN);

/**
 * The token of the link that was opened, or the one that this browser remembers under `name`; null: neither.
 * @param {string} name such as `waiting:10000001`
 * @param {{ keepInAddress: boolean }} options whether the address may still be copied to another browser
 * @returns {string | null}
 */
export function tokenFor(name, { keepInAddress }) {
  const given = location.hash.slice(1);
  if (given === '') {
    const known = remembered(name);
    return typeof known === 'string' ? known : null;
  }
  const known = remembered(name);
  if (typeof known === 'string' && known !== given) remember(earlier(name), known);
  remember(name, given);
  if (!keepInAddress) history.replaceState(history.state, '', location.pathname + location.search);
  return given;
}

/** @param {string} name */
const earlier = (name) => `${name}:earlier`;

/**
 * Goes back to the link that this browser knew before the one that was refused, if there is one: a link that was cut short
 * on its way, or made up by somebody, must not lock a tablet out. The page is then loaded anew.
 * @param {string} name as tokenFor was given it
 * @returns {boolean} whether there was one
 */
export function returnToEarlier(name) {
  const known = remembered(earlier(name));
  forget(earlier(name));
  if (typeof known !== 'string') return false;
  remember(name, known);
  history.replaceState(history.state, '', location.pathname + location.search);
  location.reload();
  return true;
}

/**
 * What this browser remembers under a name; null: nothing, or it may not remember at all (a private window).
 * @param {string} name
 * @returns {unknown}
 */
export function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null');
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {unknown} value anything that JSON can hold
 */
export function remember(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // The page works as long as it is open; the address has what it needs.
  }
}

/** @param {string} name */
export function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // Nothing can have been remembered either.
  }
}
