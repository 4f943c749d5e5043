/** One team on the board: it stays the same element for as long as the team is shown, so that focus and finger keep it. */
import { minutesAndSeconds } from './clock.js';
import { make, mark, say } from './parts.js';
import { countdown, minutesSince, offerOf } from './ownerRules.js';

/** @typedef {import('./ownerRules.js').Waiting} Waiting */
/** @typedef {import('./ownerRules.js').Action} Action */
/** @typedef {import('./owner.words.js').Words} Words */

/**
 * @typedef {object} Around what a row depends on beside its team
 * @property {Words} words
 * @property {number} now
 * @property {number} minuteMillis
 * @property {boolean} offline
 * @property {Action | null} busy what is being done with the team
 * @property {string} refusal why the last thing was not done; '' if there is nothing to say
 * @property {boolean} next whether the team is the next to be called
 */

/** @typedef {ReturnType<typeof createRow>} Row */

/**
 * @param {(action: Action) => void} act
 */
export function createRow(act) {
  const ticket = make('span', 'ticket number');
  const heard = make('span', 'heard');
  const people = make('p', 'people');
  const state = make('span', 'state');
  const waited = make('span', 'waited number');
  const next = make('span', 'next');
  const detail = make('p', 'detail number');
  const bar = make('div', 'bar');
  const refusal = make('p', 'refusal');
  ticket.ariaHidden = 'true';
  bar.ariaHidden = 'true';
  const buttons = { call: slot('call', act), enter: slot('enter', act), cancel: slot('cancel', act) };
  const element = make(
    'li',
    'team',
    make('h3', 'number-of', heard, ticket),
    people,
    make('div', 'standing', make('p', 'states', state, waited, next), detail, bar, refusal),
    make('div', 'acts', buttons.call.button, buttons.enter.button, buttons.cancel.button),
  );
  element.tabIndex = -1;

  /**
   * @param {Waiting} waiting
   * @param {Around} around
   */
  function show(waiting, around) {
    const { words, now } = around;
    element.dataset['status'] = waiting.status;
    element.dataset['waitingId'] = String(waiting.waitingId);
    say(ticket, String(waiting.ticketNo));
    say(heard, words.team(waiting.ticketNo));
    say(people, words.people(waiting.userCount));
    say(state, words.states[waiting.status]);
    say(waited, words.waited(minutesSince(waiting.createdAt, now)));
    say(next, around.next ? words.next : '');
    say(refusal, around.refusal);
    showDetail(waiting, around);
    showActs(waiting, around);
  }

  /**
   * @param {Waiting} waiting
   * @param {Around} around
   */
  function showDetail(waiting, { words, now, minuteMillis }) {
    const running = countdown(waiting, minuteMillis, now);
    bar.hidden = running === null;
    bar.style.setProperty('--share', String(running?.share ?? 0));
    element.classList.toggle('urgent', running !== null && running.urgent);
    say(detail, detailOf(waiting, running, words, now));
  }

  /**
   * @param {Waiting} waiting
   * @param {Around} around
   */
  function showActs(waiting, { words, now, offline, busy, next: isNext }) {
    const { ticketNo } = waiting;
    const { call, whyNot, primary } = offerOf(waiting, now);
    const first = call === 'FIRST';
    const certain =
      isNext || waiting.status === 'ARRIVED' || (waiting.status === 'COMMING' && primary === 'call');
    const held = offline ? 'offline' : busy && 'busy';
    /** @param {Action} action */
    const weight = (action) => (action !== primary ? 'plain' : certain ? 'certain' : 'likely');
    buttons.call.show({
      text: first ? words.firstCall : words.finalCall,
      name: first ? words.firstCallTeam(ticketNo) : words.finalCallTeam(ticketNo),
      whyNot: whyNot ?? held,
      busy: busy === 'call',
      weight: weight('call'),
      words,
    });
    buttons.enter.show({
      text: words.enter,
      name: words.enterTeam(ticketNo),
      whyNot: held,
      busy: busy === 'enter',
      weight: weight('enter'),
      words,
    });
    buttons.cancel.show({
      text: words.cancel,
      name: words.cancelTeam(ticketNo),
      whyNot: held,
      busy: busy === 'cancel',
      weight: 'plain',
      words,
    });
  }

  /**
   * Shows that the team has left, for the moment that the row stays.
   * @param {string} how
   */
  function leave(how) {
    element.dataset['status'] = 'GONE';
    say(state, how);
    for (const text of [waited, next, detail, refusal]) say(text, '');
    bar.hidden = true;
    for (const { close } of Object.values(buttons)) close();
  }

  return { element, show, leave };
}

/**
 * @param {Waiting} waiting
 * @param {ReturnType<typeof countdown>} running
 * @param {Words} words
 * @param {number} now
 */
function detailOf(waiting, running, words, now) {
  if (waiting.status === 'ARRIVED') return words.atTheDoor;
  if (waiting.status === 'NO_ANSWER') return words.missedCall((waiting.calledAt ?? '').slice(11, 16));
  if (running === null) return '';
  if (waiting.status === 'COMMING') {
    if (running.left > 0) return words.arrivalDue(minutesAndSeconds(running.left));
    return offerOf(waiting, now).whyNot === null ? words.moveTimeOver : words.checking;
  }
  return running.left > 0 ? words.answerDue(minutesAndSeconds(running.left)) : words.checking;
}

/**
 * @typedef {object} Shown
 * @property {string} text
 * @property {string} name that says for which team
 * @property {keyof Words['why'] | null} whyNot
 * @property {boolean} busy
 * @property {'plain' | 'likely' | 'certain'} weight
 * @property {Words} words
 */

/**
 * A button that is never `disabled`: it would lose the focus, and could not say why.
 * @param {Action} action
 * @param {(action: Action) => void} act
 */
function slot(action, act) {
  const text = make('span', 'what');
  const button = make('button', '', text);
  button.type = 'button';
  button.dataset['action'] = action;
  button.addEventListener('click', () => act(action));

  /** @param {Shown} shown */
  function show({ text: what, name, whyNot, busy, weight, words }) {
    say(text, what);
    // Why nothing at all can be done stands above the board, and on the one button that is busy.
    const itsOwn = whyNot !== null && whyNot !== 'offline' && (whyNot !== 'busy' || busy);
    // Drawn by the style: what stands on a button as its text has to be in its name, for whoever calls it by voice.
    mark(button, 'data-why', itsOwn ? words.why[whyNot] : null);
    mark(button, 'aria-label', name);
    mark(button, 'aria-disabled', whyNot === null ? null : 'true');
    mark(button, 'aria-busy', busy ? 'true' : null);
    mark(button, 'title', whyNot === null ? null : words.whyInFull[whyNot]);
    const className = `act ${weight}`;
    if (button.className !== className) button.className = className;
  }

  /** Nothing is to be done here any more. */
  function close() {
    mark(button, 'data-why', null);
    mark(button, 'aria-disabled', 'true');
    mark(button, 'aria-busy', null);
    mark(button, 'title', null);
  }

  return { button, show, close };
}
