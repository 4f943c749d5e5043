/** What this browser keeps of a waiting and its restaurant: shown at once, and where nobody answers. */
import { forget, remember, remembered } from './link.js';

/** @typedef {import('./customerView.js').Waiting} Waiting */
/**
 * A waiting, as of when (ms, by the server's clock), and the position that was seen first.
 * @typedef {{ waiting: Waiting, at: number, first: number }} Seen
 */
/** @typedef {{ name: string, timeZone: string, maxMoveMinutes: number }} Restaurant */

/**
 * @param {number} waitingId
 * @param {number} restaurantId
 */
export function createMemory(waitingId, restaurantId) {
  const seenName = `seen:${waitingId}`;
  const restaurantName = `restaurant:${restaurantId}`;
  return {
    /** @returns {Seen | null} */
    seen() {
      const kept = /** @type {Partial<Seen> | null} */ (remembered(seenName));
      if (kept?.waiting?.waitingId !== waitingId || typeof kept.at !== 'number') return null;
      return { waiting: kept.waiting, at: kept.at, first: kept.first ?? 1 };
    },
    /** @returns {Restaurant | null} */
    restaurant() {
      const kept = /** @type {Partial<Restaurant> | null} */ (remembered(restaurantName));
      if (typeof kept?.name !== 'string' || typeof kept.timeZone !== 'string') return null;
      return { name: kept.name, timeZone: kept.timeZone, maxMoveMinutes: Number(kept.maxMoveMinutes) };
    },
    /** @param {Seen} seen */
    keepSeen: (seen) => remember(seenName, seen),
    /** @param {Restaurant} restaurant */
    keepRestaurant: (restaurant) => remember(restaurantName, restaurant),
    /** Of the waiting and its link: it opens nothing any more. */
    forget() {
      forget(seenName);
      forget(`waiting:${waitingId}`);
    },
  };
}
