/**
 * What the console knows of the rules: what may be asked for in which state, and how time is counted. It only saves an
 * owner from asking in vain; the queue itself decides. Described in docs/domain.md.
 */

/** @typedef {import('../../answers.ts').WaitingJson} Waiting */
/** @typedef {import('../../answers.ts').BusinessDayJson} Day */
/** @typedef {import('../../answers.ts').QueueJson} Queue */
/** @typedef {'call' | 'enter' | 'cancel'} Action */
/** @typedef {'all' | 'waiting' | 'called' | 'coming' | 'arrived'} Filter */

/**
 * @typedef {object} Offer what may be done with a team; entering and cancelling always may
 * @property {'FIRST' | 'FINAL'} call that is due, or would be next
 * @property {'answerPending' | 'stillComing' | 'alreadyHere' | 'finished' | null} whyNot why it can't be called now
 * @property {'call' | 'enter'} primary what is most likely next
 */

const second = 1_000;
const minute = 60 * second;

/**
 * Whether the time that a team gave itself to come is over. Deadlines are told cut to the second.
 * @param {Waiting} waiting
 * @param {number} now server's time (ms), as all `now` here
 */
const isLate = ({ status, deadlineAt }, now) =>
  status === 'COMMING' && deadlineAt !== null && now >= Date.parse(deadlineAt) + second;

/**
 * @param {Waiting} waiting
 * @param {number} now
 * @returns {Offer}
 */
export function offerOf(waiting, now) {
  switch (waiting.status) {
    case 'WAITING':
      return { call: 'FIRST', whyNot: null, primary: 'call' };
    case 'NO_ANSWER':
      return { call: 'FINAL', whyNot: null, primary: 'call' };
    case 'FIRST_CALLED':
    case 'FINAL_CALLED':
      return { call: 'FINAL', whyNot: 'answerPending', primary: 'enter' };
    case 'COMMING':
      return isLate(waiting, now)
        ? { call: 'FINAL', whyNot: null, primary: 'call' }
        : { call: 'FINAL', whyNot: 'stillComing', primary: 'enter' };
    case 'ARRIVED':
      return { call: 'FINAL', whyNot: 'alreadyHere', primary: 'enter' };
    case 'ENTERED':
    case 'CANCEL':
    case 'OWNER_CANCEL':
    case 'NO_ANSWER2':
      return { call: 'FINAL', whyNot: 'finished', primary: 'enter' };
  }
}

/**
 * How the deadline of a team runs down; null: none runs.
 * @param {Waiting} waiting
 * @param {number} minuteMillis the restaurant's minute
 * @param {number} now
 * @returns {{ left: number, share: number, urgent: boolean } | null} ms, of the whole 0 to 1, and whether it is nearly over
 */
export function countdown({ status, calledAt, deadlineAt, moveMinutes }, minuteMillis, now) {
  if (deadlineAt === null) return null;
  const due = Date.parse(deadlineAt);
  const whole =
    status === 'COMMING' ? (moveMinutes ?? 0) * minuteMillis : due - Date.parse(calledAt ?? deadlineAt);
  const left = Math.max(0, due - now);
  return { left, share: whole > 0 ? Math.min(1, left / whole) : 0, urgent: left < 2 * minuteMillis };
}

/**
 * Whole minutes since then.
 * @param {string} iso
 * @param {number} now
 */
export const minutesSince = (iso, now) => Math.max(0, Math.floor((now - Date.parse(iso)) / minute));

/**
 * @param {Waiting['status']} status of a team that holds a place
 * @returns {Exclude<Filter, 'all'>}
 */
export function filterOf(status) {
  if (status === 'FIRST_CALLED' || status === 'FINAL_CALLED') return 'called';
  if (status === 'COMMING') return 'coming';
  return status === 'ARRIVED' ? 'arrived' : 'waiting';
}

/**
 * How many teams each filter shows.
 * @param {readonly Waiting[]} line
 * @returns {Record<Filter, number>}
 */
export function countByFilter(line) {
  const counts = { all: line.length, waiting: 0, called: 0, coming: 0, arrived: 0 };
  for (const { status } of line) counts[filterOf(status)] += 1;
  return counts;
}

/**
 * Whether a ticket number begins with what was typed; whatever is no digit doesn't count (`12번`).
 * @param {number} ticketNo
 * @param {string} typed
 */
export const matchesTicket = (ticketNo, typed) => String(ticketNo).startsWith(typed.replace(/\D/g, ''));

/**
 * The business day that counts now, of those that are not closed; null: there is none.
 * @param {readonly Day[]} days
 * @param {number} now
 * @returns {{ day: Day, phase: 'early' | 'open' | 'over' } | null}
 */
export function currentDay(days, now) {
  /** @type {{ day: Day, phase: 'early' | 'open' | 'over' } | null} */
  let best = null;
  const rank = { open: 2, over: 1, early: 0 };
  for (const day of days) {
    if (day.closedAt !== null) continue;
    const phase = phaseOf(day, now);
    const newer = best === null || Date.parse(day.opensAt) > Date.parse(best.day.opensAt);
    if (best === null || rank[phase] > rank[best.phase] || (phase === best.phase && newer))
      best = { day, phase };
  }
  return best;
}

/**
 * @param {Day} day
 * @param {number} now
 */
function phaseOf(day, now) {
  if (now < Date.parse(day.opensAt)) return 'early';
  return now < Date.parse(day.closesAt) ? 'open' : 'over';
}

/**
 * The day whose numbers are of interest: the current one, else the one that was open last; null: there was none.
 * @param {readonly Day[]} days
 * @param {number} now
 * @returns {Day | null}
 */
export const shownDay = (days, now) =>
  currentDay(days, now)?.day ??
  days.reduce(
    (/** @type {Day | null} */ last, day) =>
      last === null || Date.parse(day.opensAt) > Date.parse(last.opensAt) ? day : last,
    null,
  );

/**
 * What the clock on the restaurant's wall shows, `2026-11-23T18:05:10`.
 * @param {number} now
 * @param {string} timeZone
 */
export const wallClock = (now, timeZone) =>
  new Date(now).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T');

/**
 * @param {string} date YYYY-MM-DD
 * @returns {string} the day after
 */
const dayAfter = (date) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 24 * 60 * minute).toISOString().slice(0, 10);

/**
 * The next time that the clock on the wall shows this.
 * @param {string} time `HH:MM`
 * @param {string} wall what it shows now
 * @returns {{ at: string, tomorrow: boolean }}
 */
export function nextTime(time, wall) {
  const today = wall.slice(0, 10);
  const at = `${today}T${time}:00`;
  return at > wall ? { at, tomorrow: false } : { at: `${dayAfter(today)}T${time}:00`, tomorrow: true };
}

/**
 * The business day to open: today's again if there was one, else a new one from this minute on. Numbers of days go upwards.
 * @param {readonly Day[]} days
 * @param {string} wall what the clock on the wall shows
 * @returns {{ datesId: number, date: string, opensAt: string, again: boolean }}
 */
export function dayToOpen(days, wall) {
  const date = wall.slice(0, 10);
  const today = days.findLast((day) => day.date === date);
  if (today) return { datesId: today.datesId, date, opensAt: today.opensAt, again: true };
  const highest = Math.max(0, ...days.map(({ datesId }) => datesId));
  return { datesId: highest + 1, date, opensAt: `${wall.slice(0, 16)}:00`, again: false };
}

/**
 * A number for a day that is above those the queue has let go of, where it no longer tells them: the date's digits.
 * @param {string} date YYYY-MM-DD
 */
export const numberOfDate = (date) => Number(date.replaceAll('-', ''));

/**
 * What closing a day does to its teams.
 * @param {Pick<Queue, 'items' | 'unanswered'>} queue
 * @param {number} datesId
 */
export function effectOfClosing({ items, unanswered }, datesId) {
  const ofDay = items.filter((waiting) => waiting.datesId === datesId);
  const entered = ofDay.filter(({ status }) => status === 'ARRIVED').length;
  return {
    cancelled: ofDay.length - entered,
    entered,
    dismissed: unanswered.filter((waiting) => waiting.datesId === datesId).length,
  };
}
