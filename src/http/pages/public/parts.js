/** The parts of a page, and the words on them. */

/**
 * The part of the page with this id. Throws where the page has none of the kind.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} ${id}`);
  return found;
}

/**
 * Writes only what is new: a text that is set again is read out again.
 * @param {Element} element
 * @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Writes the words that never change on their parts: `data-word` names the text, `data-name` the accessible name.
 * @param {Readonly<Record<string, unknown>>} words
 */
export function putWords(words) {
  for (const element of document.querySelectorAll('[data-word]')) {
    put(element, wordOf(words, element.getAttribute('data-word')));
  }
  for (const element of document.querySelectorAll('[data-name]')) {
    element.setAttribute('aria-label', wordOf(words, element.getAttribute('data-name')));
  }
}

/**
 * @param {Readonly<Record<string, unknown>>} words
 * @param {string | null} name
 */
function wordOf(words, name) {
  const word = words[name ?? ''];
  if (typeof word !== 'string') throw new Error(`there is no word ${name}`);
  return word;
}
