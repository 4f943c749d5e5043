/** The day in numbers, and who did not come. Both are counted from the history, which may be away: the queue is not. */
import { find, make, say } from './parts.js';
import { matchesTicket } from './ownerRules.js';

/** @typedef {import('../../answers.ts').NoShowJson} NoShow */
/** @typedef {import('./ownerRules.js').Waiting} Waiting */
/** @typedef {import('./owner.words.js').Words} Words */

/**
 * @typedef {object} Numbers
 * @property {number} waiting
 * @property {number} seated
 * @property {number} cancelled
 * @property {number} noShows
 * @property {number | null} averageWaitMinutes
 */

/** @typedef {{ noShow: NoShow, waiting: Waiting | null }} Missing */

/** The shortest time from one look at the numbers to the next, and that after a failure (ms). */
const lookEvery = 2_000;
const retryAfter = 10_000;

/**
 * @param {object} given
 * @param {import('./api.js').Api} given.api
 * @param {number} given.restaurantId
 */
export function createNumbers({ api, restaurantId }) {
  /** undefined: not asked yet; null: not there at the moment. @type {Numbers | null | undefined} */
  let numbers;
  /** @type {readonly Missing[] | null | undefined} */
  let missing;
  let wantedDay = 0;
  let wantedVersion = -1;
  let missingStale = true;
  let lookedAt = 0;
  let looking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {(() => void) | null} */
  let redraw = null;
  const showNumbers = createNumbersView();
  const showMissing = createNoShowsView();

  /** @param {number} pause */
  function look(pause) {
    if (timer !== undefined || looking || wantedDay === 0) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        void load();
      },
      Math.max(pause, lookedAt + lookEvery - Date.now()),
    );
  }

  async function load() {
    looking = true;
    lookedAt = Date.now();
    const [day, version, before] = [wantedDay, wantedVersion, numbers?.noShows];
    numbers = await orNull(api.read(`/restaurants/${restaurantId}/dates/${day}/numbers`));
    if (missingStale || numbers?.noShows !== before) {
      missingStale = false;
      missing = await orNull(readMissing(day));
      if (missing === null) missingStale = true;
    }
    looking = false;
    redraw?.();
    if (numbers === null || missing === null) look(retryAfter);
    else if (day !== wantedDay || version !== wantedVersion) look(0);
  }

  /**
   * @param {number} day
   * @returns {Promise<Missing[]>} latest first
   */
  async function readMissing(day) {
    const query = `restaurantId=${restaurantId}&datesId=${day}`;
    /** @type {[NoShow[], Waiting[]]} */
    const [noShows, waitings] = await Promise.all([
      readAll(api, `/noShows?${query}`),
      readAll(api, `/waitings?${query}&status=NO_ANSWER2`),
    ]);
    const byId = new Map(waitings.map((waiting) => [waiting.waitingId, waiting]));
    return noShows.map((noShow) => ({ noShow, waiting: byId.get(noShow.waitingId ?? 0) ?? null })).reverse();
  }

  return {
    /**
     * @param {object} wanted
     * @param {number | null} wanted.datesId the day of the numbers
     * @param {number} wanted.version of the queue
     * @param {string} wanted.search a ticket
     * @param {Words} wanted.words
     */
    show: ({ datesId, version, search, words }) => {
      if (datesId === null) missing = [];
      if (datesId !== null && (datesId !== wantedDay || version !== wantedVersion)) {
        if (datesId !== wantedDay) missingStale = true;
        [wantedDay, wantedVersion] = [datesId, version];
        look(0);
      }
      redraw = () => {
        showNumbers(numbers, words);
        showMissing(missing, search, words);
      };
      redraw();
    },
    /** Takes note that somebody did not come. */
    hearNoShow: () => {
      missingStale = true;
    },
  };
}

/**
 * What is not there is shown as not there, whatever the reason: who may look at all is told by the stream.
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T | null>}
 */
const orNull = (answer) => answer.catch(() => null);

/**
 * All pages of a list.
 * @param {import('./api.js').Api} api
 * @param {string} path with a query
 * @returns {Promise<any[]>}
 */
async function readAll(api, path) {
  /** @type {unknown[]} */
  const all = [];
  let page = await api.read(path);
  all.push(...page.items);
  while (page.nextCursor !== null) {
    page = await api.read(`${path}&cursor=${encodeURIComponent(page.nextCursor)}`);
    all.push(...page.items);
  }
  return all;
}

function createNumbersView() {
  const list = find('numbers', HTMLElement);
  const away = find('numbers-away', HTMLElement);
  /** @type {readonly (keyof Words['numberLabels'])[]} */
  const names = ['waiting', 'seated', 'cancelled', 'noShows', 'averageWait'];
  const entries = names.map((name) => {
    const [term, value] = [make('dt', ''), make('dd', 'number')];
    const entry = make('div', '', term, value);
    entry.dataset['number'] = name;
    list.append(entry);
    return { name, term, value };
  });

  /**
   * @param {Numbers | null | undefined} numbers
   * @param {Words} words
   */
  return (numbers, words) => {
    say(away, numbers === null ? words.numbersAway : '');
    for (const { name, term, value } of entries) {
      say(term, words.numberLabels[name]);
      say(value, textOf(name, numbers ?? null, words));
    }
  };
}

/**
 * @param {keyof Words['numberLabels']} name
 * @param {Numbers | null} numbers
 * @param {Words} words
 */
function textOf(name, numbers, words) {
  if (numbers === null) return '–';
  if (name !== 'averageWait') return String(numbers[name]);
  return numbers.averageWaitMinutes === null ? '–' : words.minutes(numbers.averageWaitMinutes);
}

function createNoShowsView() {
  const list = find('no-shows', HTMLElement);
  const none = find('no-shows-none', HTMLElement);
  let drawn = '';

  /**
   * @param {readonly Missing[] | null | undefined} missing
   * @param {string} search
   * @param {Words} words
   */
  return (missing, search, words) => {
    const found = (missing ?? []).filter(
      ({ waiting }) => search === '' || (waiting && matchesTicket(waiting.ticketNo, search)),
    );
    const lines = found.map(({ noShow, waiting }) => [
      waiting ? words.team(waiting.ticketNo) : words.noTicket,
      ...(waiting ? [words.people(waiting.userCount)] : []),
      noShow.createdAt.slice(11, 16),
    ]);
    say(
      none,
      missing === null ? words.noShowsAway : lines.length > 0 || missing === undefined ? '' : words.noNoShows,
    );
    const text = JSON.stringify(lines);
    if (text === drawn) return;
    drawn = text;
    list.replaceChildren(
      ...lines.map((parts) => make('li', 'number', ...parts.map((part) => make('span', '', part)))),
    );
  };
}
