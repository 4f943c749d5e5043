import { Refusal, Unreachable } from './api.js';

/**
 * Why something was not done, in words for an owner.
 * @param {unknown} error what a request rejected with
 * @param {import('./owner.words.js').Words} words
 * @returns {string}
 */
export function explain(error, words) {
  if (error instanceof Unreachable) return words.unreachable;
  if (!(error instanceof Refusal)) console.error(error);
  const code = error instanceof Refusal ? error.code : '';
  return /** @type {Record<string, string>} */ (words.refusals)[code] ?? words.unexpected;
}

/**
 * Whether the link opens nothing (any more).
 * @param {unknown} error
 */
export const isUnpaired = (error) => error instanceof Refusal && error.status === 401;
