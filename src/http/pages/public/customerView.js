/** What the customer's page shows of a waiting, in words and figures; pure, so that every state can be tested. */
import { minutesAndSeconds } from './clock.js';

/** @typedef {import('../../answers.ts').WaitingJson} Waiting */
/** @typedef {import('./customer.words.js').Words} Words */
/** @typedef {'DELETED' | 'NOT_FOUND' | 'BAD_LINK'} Fate why there is no waiting to show */
/**
 * How the page looks.
 * @typedef {'loading' | 'waiting' | 'called' | 'coming' | 'arrived' | 'entered' | 'missed' | 'over'} View
 */
/**
 * @typedef {object} Known
 * @property {Waiting | null} waiting null: not known yet
 * @property {Fate | null} fate
 * @property {number} now by the server's clock (ms)
 */
/**
 * @typedef {object} Screen
 * @property {View} view
 * @property {boolean} final whether it is the final call
 * @property {string} headline
 * @property {string} explanation
 * @property {string} said what somebody is to hear who cannot see; changes with the minutes, not with the seconds
 * @property {{ position: string, ordinal: string, teamsAhead: string, wait: string } | null} place
 * @property {{ ticket: string, party: string, since: string } | null} ticket
 * @property {{ text: string, label: string, share: number } | null} countdown with the share of the time that is left
 * @property {{ answer: boolean, arrive: boolean, cancel: boolean, rejoin: boolean, alerts: boolean }} offers
 */

const minute = 60_000;
/** From here on a customer is told that the turn is near; as the queue's rules have it. */
const nearPosition = 3;
/** No restaurant may allow more. */
const longestMove = 15;

/**
 * @param {Known} known
 * @param {Words} words
 * @returns {Screen}
 */
export function screenOf({ waiting, fate, now }, words) {
  if (fate !== null) return withoutWaiting('over', ...fateTold(fate, words));
  if (waiting === null) return withoutWaiting('loading', words.loading, '');
  const countdown = countdownOf(waiting, now);
  const [headline, explanation] = told(waiting, countdown, words);
  const place = placeOf(waiting, words);
  return {
    view: viewOf(waiting.status),
    final: waiting.status === 'FINAL_CALLED',
    headline,
    explanation,
    said: said(waiting, [headline, explanation], countdown, words),
    place,
    ticket: {
      ticket: String(waiting.ticketNo),
      party: words.people(waiting.userCount),
      since: words.sinceTime(timeOf(waiting.createdAt), isOver(waiting) ? 0 : minutesSince(waiting, now)),
    },
    countdown: countdown && {
      text: minutesAndSeconds(countdown.left),
      label: countdownLabel(waiting, countdown.left, words),
      share: countdown.share,
    },
    offers: offersOf(waiting),
  };
}

/** @type {Screen['offers']} */
const nothing = { answer: false, arrive: false, cancel: false, rejoin: false, alerts: false };

/**
 * @param {View} view
 * @param {string} headline
 * @param {string} explanation
 * @returns {Screen}
 */
const withoutWaiting = (view, headline, explanation) => ({
  view,
  final: false,
  headline,
  explanation,
  said: `${headline}. ${explanation}`,
  place: null,
  ticket: null,
  countdown: null,
  offers: { ...nothing, rejoin: view === 'over' },
});

/**
 * @param {Fate} fate
 * @param {Words} words
 * @returns {[string, string]}
 */
function fateTold(fate, words) {
  switch (fate) {
    case 'DELETED':
      return [words.deleted, words.deletedMeans];
    case 'NOT_FOUND':
      return [words.notFound, words.notFoundMeans];
    case 'BAD_LINK':
      return [words.badLink, words.badLinkMeans];
  }
}

/**
 * What is to be thought of a link that the server does not take.
 * @param {number} status of its refusal
 * @returns {Fate}
 */
export const fateOf = (status) => (status === 404 ? 'NOT_FOUND' : 'BAD_LINK');

/**
 * @param {Waiting['status']} status
 * @returns {View}
 */
function viewOf(status) {
  switch (status) {
    case 'WAITING':
      return 'waiting';
    case 'FIRST_CALLED':
    case 'FINAL_CALLED':
      return 'called';
    case 'COMMING':
      return 'coming';
    case 'ARRIVED':
      return 'arrived';
    case 'ENTERED':
      return 'entered';
    case 'NO_ANSWER':
      return 'missed';
    case 'CANCEL':
    case 'OWNER_CANCEL':
    case 'NO_ANSWER2':
      return 'over';
  }
}

/**
 * Whether nothing can happen to it any more.
 * @param {Waiting} waiting
 */
export const isOver = (waiting) => waiting.finishedAt !== null;

/**
 * Whether the customer is to be shaken awake.
 * @param {Waiting} waiting
 */
export const isCalled = ({ status }) => status === 'FIRST_CALLED' || status === 'FINAL_CALLED';

/**
 * @param {Waiting} waiting
 * @returns {Screen['offers']}
 */
function offersOf(waiting) {
  if (isOver(waiting)) return { ...nothing, rejoin: true };
  const called = isCalled(waiting);
  return {
    answer: called,
    arrive: called || waiting.status === 'COMMING',
    cancel: true,
    rejoin: false,
    // A call is on the screen already, and who is here is called by the staff.
    alerts: !called && waiting.status !== 'ARRIVED',
  };
}

/**
 * The headline and the explanation.
 * @param {Waiting} waiting
 * @param {{ left: number } | null} countdown
 * @param {Words} words
 * @returns {[string, string]}
 */
function told(waiting, countdown, words) {
  const until = timeOf(waiting.deadlineAt ?? '');
  switch (waiting.status) {
    case 'WAITING':
      return waitingTold(waiting.position, words);
    case 'FIRST_CALLED':
      return [words.firstCall, words.firstCallMeans(until)];
    case 'FINAL_CALLED':
      return [words.finalCall, words.finalCallMeans(until)];
    case 'COMMING':
      return countdown?.left === 0
        ? [words.comingLate, words.comingLateMeans]
        : [words.coming, words.comingMeans(until)];
    case 'ARRIVED':
      return [words.arrived, words.arrivedMeans];
    case 'ENTERED':
      return [words.entered, reasonTold(waiting.reason, words) ?? words.enteredMeans];
    case 'CANCEL':
      return [words.cancelled, reasonTold(waiting.reason, words) ?? words.cancelledMeans];
    case 'OWNER_CANCEL':
      return [words.ownerCancelled, reasonTold(waiting.reason, words) ?? words.ownerCancelledMeans];
    case 'NO_ANSWER':
      return isOver(waiting)
        ? [words.missedForGood, words.missedForGoodMeans]
        : [words.missed, words.missedMeans];
    case 'NO_ANSWER2':
      return [words.noShow, words.noShowMeans];
  }
}

/**
 * @param {number | null} position
 * @param {Words} words
 * @returns {[string, string]}
 */
function waitingTold(position, words) {
  if (position === null || position > nearPosition) return [words.waiting, words.waitingMeans];
  return [position === 1 ? words.next : words.near, words.nearMeans];
}

/**
 * A code of ours in words, or the restaurant's own words as they are; null: there was no reason given.
 * @param {string | null} reason
 * @param {Words} words
 */
const reasonTold = (reason, words) =>
  reason === null || reason === ''
    ? null
    : Object.hasOwn(words.reasons, reason)
      ? /** @type {string} */ (words.reasons[reason])
      : words.reason(reason);

/**
 * @param {Waiting} waiting
 * @param {Words} words
 * @returns {Screen['place']}
 */
function placeOf({ status, position, estimatedWaitMinutes }, words) {
  if (status !== 'WAITING' || position === null) return null;
  return {
    position: String(position),
    ordinal: words.ordinal(position),
    teamsAhead: words.teams(position - 1),
    wait: waitText(estimatedWaitMinutes, words),
  };
}

/**
 * @param {number} minutes
 * @param {Words} words
 */
export const waitText = (minutes, words) => (minutes === 0 ? words.soon : words.aboutMinutes(minutes));

/**
 * What is left of the time to answer or to arrive (ms), and which share of all of it; null: none runs.
 * @param {Waiting} waiting
 * @param {number} now
 */
export function countdownOf(waiting, now) {
  const { status, calledAt, deadlineAt, moveMinutes } = waiting;
  if (deadlineAt === null || !(isCalled(waiting) || status === 'COMMING')) return null;
  const until = Date.parse(deadlineAt);
  const left = Math.max(0, until - now);
  const whole =
    status === 'COMMING' ? (moveMinutes ?? 0) * minute : until - Date.parse(calledAt ?? deadlineAt);
  return { left, share: whole > 0 ? Math.min(1, left / whole) : 0 };
}

/**
 * A call whose time has run out is the queue's to end: until it says so, nobody knows whether an answer came in time.
 * @param {Waiting} waiting
 * @param {number} left
 * @param {Words} words
 */
function countdownLabel({ status }, left, words) {
  if (status === 'COMMING') return left === 0 ? words.timeOver : words.toArrive;
  return left === 0 ? words.checking : words.toAnswer;
}

/**
 * @param {Waiting} waiting
 * @param {[string, string]} told
 * @param {{ left: number } | null} countdown
 * @param {Words} words
 */
function said(waiting, [headline, explanation], countdown, words) {
  if (countdown) return `${headline}. ${words.minutesLeft(Math.ceil(countdown.left / minute))}`;
  const { status, position, estimatedWaitMinutes } = waiting;
  if (status !== 'WAITING' || position === null) return `${headline}. ${explanation}`;
  const wait = waitText(estimatedWaitMinutes, words);
  return `${headline}. ${words.placeSaid({ position, teamsAhead: position - 1, wait })}`;
}

/**
 * @param {Waiting} waiting
 * @param {number} now
 */
const minutesSince = ({ createdAt }, now) => Math.max(0, Math.floor((now - Date.parse(createdAt)) / minute));

/**
 * `12:05` of a time as the API writes it, which is the restaurant's own.
 * @param {string} iso
 */
export const timeOf = (iso) => iso.slice(11, 16);

/**
 * The move times that have a button: 5, 10 and 15 minutes, as far as the restaurant allows them.
 * @param {number} most the restaurant's longest
 */
export function moveChoices(most) {
  const choices = [5, 10, 15].filter((minutes) => minutes <= most);
  return choices.length > 0 ? choices : [most];
}

/**
 * The longest move time; that of all restaurants while this one's is not known.
 * @param {{ maxMoveMinutes: number } | null} summary
 */
export const longestMoveOf = (summary) => summary?.maxMoveMinutes ?? longestMove;

/**
 * The way from where the customer was first seen to the door, a step for every team: at most so many of them.
 * @param {number} first the position that was seen first
 * @param {number} position now
 * @param {number} most
 * @returns {('passed' | 'me' | 'ahead')[]}
 */
export function stepsOf(first, position, most = 12) {
  const ahead = Math.min(position - 1, most - 1);
  const passed = Math.min(Math.max(0, first - position), most - 1 - ahead);
  return [...Array(passed).fill('passed'), 'me', ...Array(ahead).fill('ahead')];
}

/**
 * What is to be said of something that was tried in vain.
 * @param {unknown} error
 * @param {Words} words
 */
export function troubleTold(error, words) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  if (code === null) return words.unreachable;
  return words.refusals[code] ?? words.refusedOtherwise;
}
