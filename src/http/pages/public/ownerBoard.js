/** The teams of a queue in their lists: rows stay the same elements, come and go one by one, and can be walked by keys. */
import { make, say } from './parts.js';
import { countByFilter, filterOf, matchesTicket } from './ownerRules.js';
import { createRow } from './ownerRow.js';

/** @typedef {import('./ownerRules.js').Waiting} Waiting */
/** @typedef {import('./ownerRules.js').Queue} Queue */
/** @typedef {import('./ownerRules.js').Action} Action */
/** @typedef {import('./ownerRules.js').Filter} Filter */
/** @typedef {import('./ownerRow.js').Row} Row */
/** @typedef {import('./owner.words.js').Words} Words */

/**
 * How long the row of a team that left keeps its place (ms). The rows below must not move under a finger that is about
 * to tap a second time: it would call or seat somebody else.
 */
const lingering = 700;

/**
 * @typedef {object} Around
 * @property {Words} words
 * @property {number} now
 * @property {boolean} offline
 * @property {string} search what was typed to find a ticket
 * @property {Filter} filter
 */

/**
 * @typedef {object} Doings
 * @property {(waitingId: number) => Action | null} busy
 * @property {(waitingId: number) => string} refusal
 * @property {(action: Action, waitingId: number) => void} act
 */

/**
 * @param {HTMLElement} lineList of the teams that hold a place
 * @param {HTMLElement} unansweredList of those that did not answer
 * @param {Doings} doings
 */
export function createBoard(lineList, unansweredList, { busy, refusal, act }) {
  /** @type {Map<number, Row>} */
  const rows = new Map();
  /** How teams left, as far as it was told. @type {Map<number, Waiting['status']>} */
  const endings = new Map();

  for (const list of [lineList, unansweredList]) list.addEventListener('keydown', walk);

  /** @param {number} waitingId */
  function rowOf(waitingId) {
    const known = rows.get(waitingId);
    if (known) return known;
    const row = createRow((action) => act(action, waitingId));
    rows.set(waitingId, row);
    return row;
  }

  /**
   * Brings a list into the order of its teams; rows that linger keep their place.
   * @param {HTMLElement} list
   * @param {readonly Waiting[]} teams
   */
  function arrange(list, teams) {
    let place = list.firstElementChild;
    const skip = () => {
      while (place instanceof HTMLElement && place.dataset['status'] === 'GONE')
        place = place.nextElementSibling;
    };
    for (const { waitingId } of teams) {
      const { element } = rowOf(waitingId);
      skip();
      if (element === place) place = place.nextElementSibling;
      else move(list, element, place);
    }
  }

  /**
   * @param {Queue} queue
   * @param {Around} around
   * @returns {number} how many teams of the line are shown
   */
  function show(queue, around) {
    const staying = new Set([...queue.items, ...queue.unanswered].map(({ waitingId }) => waitingId));
    for (const [waitingId, row] of rows) if (!staying.has(waitingId)) leave(waitingId, row, around.words);
    arrange(lineList, queue.items);
    arrange(unansweredList, queue.unanswered);
    const next = queue.items.find(({ status }) => status === 'WAITING')?.waitingId;
    let shown = 0;
    for (const waiting of [...queue.items, ...queue.unanswered]) {
      const { waitingId, ticketNo, status } = waiting;
      const row = rowOf(waitingId);
      row.show(waiting, {
        ...around,
        minuteMillis: queue.settings.minuteMillis,
        busy: busy(waitingId),
        refusal: refusal(waitingId),
        next: waitingId === next,
      });
      const inLine = status !== 'NO_ANSWER';
      const wanted = !inLine || around.filter === 'all' || filterOf(status) === around.filter;
      row.element.hidden = !(wanted && matchesTicket(ticketNo, around.search));
      if (inLine && !row.element.hidden) shown += 1;
    }
    return shown;
  }

  /**
   * @param {number} waitingId
   * @param {Row} row
   * @param {Words} words
   */
  function leave(waitingId, row, words) {
    const ending = endings.get(waitingId);
    endings.delete(waitingId);
    rows.delete(waitingId);
    row.leave(ending === undefined ? words.gone : words.states[ending]);
    setTimeout(() => remove(row.element), lingering);
  }

  return {
    show,
    /**
     * Takes note of how a team left, which is told ahead of the state without it.
     * @param {{ readonly waitingId: number, readonly status: Waiting['status'] }} told
     */
    hear: ({ waitingId, status }) => {
      if (rows.has(waitingId)) endings.set(waitingId, status);
    },
  };
}

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} element
 * @param {Element | null} before
 */
function move(list, element, before) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(element, before);
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
}

/**
 * Removes a row. Who was in it goes on from a neighbour: from the team itself, not from a button of it that the next
 * press of a key would set off.
 * @param {HTMLElement} element
 */
function remove(element) {
  const neighbour = element.contains(document.activeElement)
    ? (visible(element, 'nextElementSibling') ??
      visible(element, 'previousElementSibling') ??
      element.parentElement)
    : null;
  element.remove();
  neighbour?.focus({ preventScroll: true });
}

/**
 * @param {HTMLElement} from
 * @param {'nextElementSibling' | 'previousElementSibling'} way
 * @returns {HTMLElement | null}
 */
function visible(from, way) {
  for (let row = from[way]; row instanceof HTMLElement; row = row[way]) if (!row.hidden) return row;
  return null;
}

/**
 * Up and down go to the same button of the neighbouring team.
 * @param {KeyboardEvent} event
 */
function walk(event) {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  if (!(event.target instanceof HTMLElement)) return;
  const row = event.target.closest('li');
  const neighbour =
    row && visible(row, event.key === 'ArrowDown' ? 'nextElementSibling' : 'previousElementSibling');
  if (!neighbour) return;
  event.preventDefault();
  const { action } = event.target.dataset;
  const same = action === undefined ? null : neighbour.querySelector(`[data-action="${action}"]`);
  (same instanceof HTMLElement ? same : neighbour).focus();
}

/**
 * The buttons that show the teams of one state, with how many those are.
 * @param {HTMLElement} group
 * @param {(filter: Filter) => void} onChoice
 */
export function createFilters(group, onChoice) {
  /** @type {readonly Filter[]} */
  const filters = ['all', 'waiting', 'called', 'coming', 'arrived'];
  const buttons = filters.map((filter) => {
    const button = make('button', 'filter number');
    button.type = 'button';
    button.dataset['filter'] = filter;
    button.addEventListener('click', () => onChoice(filter));
    group.append(button);
    return { filter, button };
  });
  return {
    /**
     * @param {readonly Waiting[]} line
     * @param {Filter} chosen
     * @param {Words} words
     */
    show: (line, chosen, words) => {
      const counts = countByFilter(line);
      for (const { filter, button } of buttons) {
        say(button, words.filterOf(words.filters[filter], counts[filter]));
        button.ariaPressed = String(filter === chosen);
      }
    },
  };
}
