/** What an owner does with a team: asked once, and under way until the queue itself shows what came of it. */
import { explain, isUnpaired } from './ownerRefusals.js';

/** @typedef {import('./ownerRules.js').Waiting} Waiting */
/** @typedef {import('./ownerRules.js').Queue} Queue */
/** @typedef {import('./ownerRules.js').Action} Action */
/** @typedef {import('./owner.words.js').Words} Words */

/** How long the stream may take to show what was answered, before the queue is asked (ms). */
const showsWithin = 2_000;
/** How long a refusal stays beside its team (ms). */
const toldFor = 10_000;

const paths = { call: 'waiting_call', enter: 'waiting_entered', cancel: 'waiting_cancel' };

/**
 * @typedef {object} Doing
 * @property {Action} action
 * @property {string} before where the team stood
 * @property {boolean} answered
 */

/** @param {Waiting | undefined} waiting */
const standing = (waiting) => (waiting ? `${waiting.status} ${waiting.calledAt}` : 'gone');

/**
 * @param {object} given
 * @param {import('./api.js').Api} given.api
 * @param {number} given.restaurantId
 * @param {() => Promise<void>} given.refresh asks for the queue, and shows it
 * @param {() => void} given.changed shows the board anew
 * @param {(team: Waiting, error: unknown) => void} given.onRefused
 * @param {() => void} given.onUnpaired
 */
export function createActions({ api, restaurantId, refresh, changed, onRefused, onUnpaired }) {
  /** @type {Map<number, Doing>} */
  const doings = new Map();
  /** @type {Map<number, unknown>} */
  const errors = new Map();
  /** @type {Map<number, Waiting>} */
  let shown = new Map();

  /** @param {number} waitingId */
  const isShown = (waitingId) => standing(shown.get(waitingId)) !== doings.get(waitingId)?.before;

  /**
   * @param {number} waitingId
   * @param {unknown} error
   */
  function refuse(waitingId, error) {
    errors.set(waitingId, error);
    setTimeout(() => {
      if (errors.get(waitingId) !== error) return;
      errors.delete(waitingId);
      changed();
    }, toldFor);
  }

  /**
   * Does something with a team; again while it is under way does nothing.
   * @param {Action} action
   * @param {Waiting} waiting as it is shown
   * @param {object} body
   */
  async function perform(action, waiting, body) {
    const { waitingId } = waiting;
    if (doings.has(waitingId)) return;
    const doing = { action, before: standing(waiting), answered: false };
    doings.set(waitingId, doing);
    errors.delete(waitingId);
    changed();
    try {
      await api.write('POST', `/waitings/${restaurantId}/${waitingId}/actions/${paths[action]}`, body);
      doing.answered = true;
      if (isShown(waitingId)) doings.delete(waitingId);
      else setTimeout(() => void release(waitingId, doing), showsWithin);
    } catch (error) {
      doings.delete(waitingId);
      if (isUnpaired(error)) return void onUnpaired();
      refuse(waitingId, error);
      onRefused(waiting, error);
      await refresh();
    } finally {
      changed();
    }
  }

  /**
   * @param {number} waitingId
   * @param {Doing} doing
   */
  async function release(waitingId, doing) {
    if (doings.get(waitingId) !== doing) return;
    await refresh();
    doings.delete(waitingId);
    changed();
  }

  return {
    perform,
    /** @param {number} waitingId */
    busy: (waitingId) => doings.get(waitingId)?.action ?? null,
    /**
     * @param {number} waitingId
     * @param {Words} words
     */
    refusal: (waitingId, words) => (errors.has(waitingId) ? explain(errors.get(waitingId), words) : ''),
    /** @param {Queue} queue that is shown now */
    see: ({ items, unanswered }) => {
      shown = new Map([...items, ...unanswered].map((waiting) => [waiting.waitingId, waiting]));
      for (const [waitingId, { answered }] of doings)
        if (answered && isShown(waitingId)) doings.delete(waitingId);
    },
  };
}
