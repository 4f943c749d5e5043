/** The business day: whether guests are taken, and the dialogs that open it, change its hours and close it. */
import { Refusal } from './api.js';
import { serverNow } from './clock.js';
import { dialogOf, submits } from './ownerDialogs.js';
import { find, make, say } from './parts.js';
import { currentDay, dayToOpen, effectOfClosing, nextTime, numberOfDate, wallClock } from './ownerRules.js';

/** @typedef {import('./ownerRules.js').Day} Day */
/** @typedef {import('./ownerRules.js').Queue} Queue */
/** @typedef {import('./owner.words.js').Words} Words */

/** What is proposed where no day before says otherwise. */
const usualClosing = '22:00';
const wholeDay = 24 * 60 * 60_000;

/**
 * @param {object} given
 * @param {import('./api.js').Api} given.api
 * @param {number} given.restaurantId
 * @param {() => Words} given.words
 * @param {() => Promise<void>} given.refresh
 * @param {() => void} given.onUnpaired
 */
export function createDay({ api, restaurantId, words, refresh, onUnpaired }) {
  const openness = find('openness', HTMLElement);
  const openButton = find('open-day', HTMLButtonElement);
  const changeButton = find('change-hours', HTMLButtonElement);
  const closeButton = find('close-day', HTMLButtonElement);
  const hours = dialogOf('hours-dialog');
  const closing = dialogOf('close-dialog');
  const time = find('closing-time', HTMLInputElement);
  /** @type {Queue | null} */
  let queue = null;
  /** The day that the dialog of hours is about; null: none is open, and one is to be opened. @type {Day | null} */
  let changed = null;
  /** The day that the dialog of closing is about. */
  let closingId = 0;

  const path = `/restaurants/${restaurantId}/dates`;
  const wall = () => wallClock(serverNow(), queue?.settings.timeZone ?? 'UTC');

  openButton.addEventListener('click', () => askHours(null));
  changeButton.addEventListener('click', () => askHours(current()?.day ?? null));
  closeButton.addEventListener('click', askClosing);
  time.addEventListener('input', showHours);
  submits({ dialog: hours, words, onUnpaired, work: putHours });
  submits({ dialog: closing, words, onUnpaired, work: close });

  function current() {
    return queue && currentDay(queue.days, serverNow());
  }

  /** @param {Day | null} day */
  function askHours(day) {
    changed = day;
    time.value = proposed(day);
    showHours();
    hours.showModal();
  }

  /** @param {Day | null} day */
  function proposed(day) {
    const like = day ?? queue?.days.at(-1);
    const usual = like && Date.parse(like.closesAt) - Date.parse(like.opensAt) <= wholeDay;
    return usual ? like.closesAt.slice(11, 16) : usualClosing;
  }

  function showHours() {
    if (!queue) return;
    const its = words();
    const { again, date } = dayToOpen(queue.days, wall());
    say(find('hours-title', HTMLElement), changed ? its.changeTitle : its.openTitle);
    say(find('hours-date', HTMLElement), its.openDate(changed?.date ?? date));
    say(find('hours-again', HTMLElement), !changed && again ? its.reopens : '');
    say(find('hours-confirm', HTMLElement), changed ? its.confirmChange : its.confirmOpen);
    const next = time.value === '' ? null : nextTime(time.value, wall());
    const until = next?.tomorrow ? its.closingTomorrow(time.value) : its.closingToday(time.value);
    say(find('hours-until', HTMLElement), next ? `${until} ${its.closesItself}` : '');
  }

  async function putHours() {
    if (!queue) return;
    const { at: closesAt } = nextTime(time.value, wall());
    if (changed) {
      const { datesId, date, opensAt } = changed;
      await api.write('PUT', `${path}/${datesId}`, { date, opensAt, closesAt });
    } else {
      await open(closesAt, dayToOpen(queue.days, wall()));
    }
    await refresh();
  }

  /**
   * @param {string} closesAt
   * @param {ReturnType<typeof dayToOpen>} day
   */
  async function open(closesAt, { datesId, date, opensAt, again }) {
    const hoursOf = { date, opensAt, closesAt };
    try {
      await api.write('PUT', `${path}/${datesId}`, hoursOf);
    } catch (error) {
      const forgotten = error instanceof Refusal && error.code === 'DATES_NOT_FOUND' && !again;
      if (!forgotten) throw error;
      await api.write('PUT', `${path}/${numberOfDate(date)}`, hoursOf);
    }
  }

  function askClosing() {
    const day = current()?.day;
    if (!day) return;
    closingId = day.datesId;
    showClosing();
    closing.showModal();
  }

  function showClosing() {
    if (!queue) return;
    const its = words();
    const { cancelled, entered, dismissed } = effectOfClosing(queue, closingId);
    const lines = [
      ...(cancelled > 0 ? [its.closeCancels(cancelled)] : []),
      ...(entered > 0 ? [its.closeEnters(entered)] : []),
      ...(dismissed > 0 ? [its.closeDismisses(dismissed)] : []),
    ];
    const all = lines.length > 0 ? lines : [its.closeNobody];
    const list = find('close-effects', HTMLElement);
    if (list.dataset['lines'] === all.join()) return;
    list.dataset['lines'] = all.join();
    list.replaceChildren(...all.map((line) => make('li', '', line)));
  }

  async function close() {
    await api.write('POST', `${path}/${closingId}/actions/close`);
    await refresh();
  }

  return {
    /** @param {Queue} shown */
    show: (shown) => {
      queue = shown;
      const now = current();
      openness.dataset['phase'] = now?.phase ?? 'closed';
      say(openness, phaseText(now, words()));
      openButton.hidden = now !== null;
      changeButton.hidden = now === null;
      closeButton.hidden = now === null;
      if (closing.open) showClosing();
      return now !== null && now.phase === 'open';
    },
  };
}

/**
 * @param {ReturnType<typeof currentDay>} current
 * @param {Words} words
 */
function phaseText(current, words) {
  if (current === null) return words.closed;
  const { day, phase } = current;
  switch (phase) {
    case 'early':
      return words.opensLater(shortTime(day.opensAt));
    case 'open':
      return words.openUntil(shortTime(day.closesAt));
    case 'over':
      return words.registrationOver;
  }
}

/**
 * The time of day; with its date where that is not soon.
 * @param {string} iso
 */
const shortTime = (iso) =>
  Math.abs(Date.parse(iso) - serverNow()) < wholeDay
    ? iso.slice(11, 16)
    : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
