/** What the join page shows of a restaurant; pure, so that it can be tested without a browser. */
import { timeOf } from './customerView.js';

/** @typedef {import('./customer.words.js').Words} Words */
/**
 * What `GET /restaurants/{restaurantId}/summary` answers.
 * @typedef {object} Summary
 * @property {string} name
 * @property {string} timeZone
 * @property {boolean} open
 * @property {string | null} opensAt
 * @property {string | null} closesAt
 * @property {number} teams
 * @property {number} maxTeams
 * @property {number} estimatedWaitMinutes
 * @property {number} minUserCount
 * @property {number} maxUserCount
 * @property {number} maxMoveMinutes
 */
/**
 * Something that was asked for and may not have been answered.
 * @typedef {{ key: string, userCount: number, at: number }} Attempt
 */

const minute = 60_000;
/** How long a tap after a lost answer is the same tap again. */
const sameTap = 10 * minute;
/** How long the queue knows a key again. */
const keyHolds = 24 * 60 * minute;
const usualParty = 2;

/** A day that ends later says nothing to who stands at the door (ms). */
const wholeDay = 24 * 3_600_000;

/**
 * Whether the restaurant takes a team now, and what to say of it.
 * @param {Summary} summary
 * @param {number} now by the server's clock (ms)
 * @param {Words} words
 * @returns {{ kind: 'open' | 'full' | 'closed', state: string, explanation: string }}
 */
export function doorOf({ open, opensAt, closesAt, teams, maxTeams, timeZone }, now, words) {
  if (!open) {
    const opens = opensAt !== null && Date.parse(opensAt) > now;
    const explanation = opens ? words.opensAt(whenOf(opensAt, timeZone, now, words)) : words.closedMeans;
    return { kind: 'closed', state: words.closed, explanation };
  }
  if (teams >= maxTeams) return { kind: 'full', state: words.full, explanation: words.fullMeans(maxTeams) };
  const closesSoon = closesAt !== null && Date.parse(closesAt) - now < wholeDay;
  const explanation = closesSoon ? words.closesAt(whenOf(closesAt, timeZone, now, words)) : '';
  return { kind: 'open', state: words.open, explanation };
}

/**
 * The time of day, with its date where that is not today's.
 * @param {string} iso with the restaurant's offset
 * @param {string} timeZone
 * @param {number} now
 * @param {Words} words
 */
function whenOf(iso, timeZone, now, words) {
  // Sweden writes dates as ISO 8601 does.
  const today = new Intl.DateTimeFormat('sv', { timeZone }).format(now);
  if (iso.startsWith(today)) return timeOf(iso);
  const [month, day] = [iso.slice(5, 7), iso.slice(8, 10)].map(Number);
  return words.dateTime(Number(month), Number(day), timeOf(iso));
}

/**
 * A party size that the restaurant takes, nearest to the one asked for; two where none was.
 * @param {number} asked NaN: none
 * @param {Pick<Summary, 'minUserCount' | 'maxUserCount'>} summary
 */
export const partyWithin = (asked, { minUserCount, maxUserCount }) =>
  Math.min(maxUserCount, Math.max(minUserCount, Number.isNaN(asked) ? usualParty : Math.round(asked)));

/**
 * What was attempted, as this browser remembers it, and is still known to the queue.
 * @param {unknown} kept
 * @param {number} now
 * @returns {Attempt[]}
 */
export const attemptsOf = (kept, now) =>
  (Array.isArray(kept) ? /** @type {Partial<Attempt>[]} */ (kept) : []).filter(
    /** @returns {attempt is Attempt} */
    (attempt) =>
      typeof attempt?.key === 'string' &&
      typeof attempt.userCount === 'number' &&
      typeof attempt.at === 'number' &&
      attempt.at > now - keyHolds,
  );

/**
 * The attempt that another tap repeats; undefined: the tap is a new one.
 * @param {readonly Attempt[]} attempts
 * @param {number} userCount
 * @param {number} now
 */
export const repeated = (attempts, userCount, now) =>
  attempts.find((attempt) => attempt.userCount === userCount && attempt.at > now - sameTap);
