/** In which language a page speaks: as somebody chose it, else as the server read it from Accept-Language. */
import { remember, remembered } from './link.js';

/** @typedef {'ko' | 'en'} Language */

const chosen = remembered('language');
if (chosen === 'ko' || chosen === 'en') document.documentElement.lang = chosen;

/** @returns {Language} */
export const language = () => (document.documentElement.lang === 'en' ? 'en' : 'ko');

/**
 * The words of the language that is spoken now.
 * @template T
 * @param {{ readonly ko: T, readonly en: T }} words
 * @returns {T}
 */
export const wordsOf = (words) => words[language()];

/**
 * Makes a button the switch to the other language, whose own name it bears.
 * @param {HTMLButtonElement} button
 * @param {() => void} onChange shows the page anew
 */
export function mountSwitch(button, onChange) {
  const name = () => {
    const other = language() === 'ko' ? 'en' : 'ko';
    button.textContent = other === 'ko' ? '한국어' : 'English';
    button.lang = other;
  };
  button.addEventListener('click', () => {
    document.documentElement.lang = language() === 'ko' ? 'en' : 'ko';
    remember('language', language());
    name();
    onChange();
  });
  name();
}
