/** The parts of a page: finding, making and changing them. Text is only ever text, and what is as it should be is left alone. */

/**
 * An element of the page. Throws where the page lacks it.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} with the id ${id}`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} className
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

/**
 * Sets a text; the same one again would be read out again.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value null: without it
 */
export function mark(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Gives everything that names a word (`data-word`, for its text; `data-name`, for its accessible name; `data-alt`, for
 * what an image shows) that word.
 * @param {object} words of one language
 */
export function label(words) {
  for (const element of document.querySelectorAll('[data-word], [data-name], [data-alt]')) {
    const { word, name, alt } = /** @type {HTMLElement} */ (element).dataset;
    if (word !== undefined) say(element, wordAt(words, word));
    if (name !== undefined) mark(element, 'aria-label', wordAt(words, name));
    if (alt !== undefined) mark(element, 'alt', wordAt(words, alt));
  }
}

/**
 * @param {object} words
 * @param {string} path such as `cancelReasons.other`
 */
function wordAt(words, path) {
  /** @type {unknown} */
  let found = words;
  for (const step of path.split('.')) found = /** @type {Record<string, unknown>} */ (found)[step];
  if (typeof found !== 'string') throw new Error(`there is no word ${path}`);
  return found;
}
