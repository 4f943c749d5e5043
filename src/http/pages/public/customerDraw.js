/** Draws the customer's page: what customerView.js says goes to the parts of customer.html. */
import { stepsOf } from './customerView.js';
import { find, say } from './parts.js';

/** @typedef {import('./customerView.js').Screen} Screen */

const parts = {
  restaurant: find('restaurant', HTMLElement),
  connection: find('connection', HTMLElement),
  headline: find('headline', HTMLElement),
  explanation: find('explanation', HTMLElement),
  place: find('place', HTMLElement),
  position: find('position', HTMLElement),
  ordinal: find('ordinal', HTMLElement),
  steps: find('steps', HTMLElement),
  teamsAhead: find('teams-ahead', HTMLElement),
  wait: find('wait', HTMLElement),
  countdown: find('countdown', HTMLElement),
  countdownLabel: find('countdown-label', HTMLElement),
  timeLeft: find('time-left', HTMLElement),
  ticket: find('ticket', HTMLElement),
  ticketNumber: find('ticket-number', HTMLElement),
  party: find('party', HTMLElement),
  since: find('since', HTMLElement),
  alerts: find('alerts', HTMLElement),
  trouble: find('trouble', HTMLElement),
  answer: find('answer', HTMLFieldSetElement),
  arrive: find('arrive', HTMLButtonElement),
  cancel: find('cancel', HTMLButtonElement),
  rejoin: find('rejoin', HTMLAnchorElement),
  said: find('said', HTMLElement),
  called: find('called', HTMLElement),
};

/**
 * @param {Screen} screen
 * @param {string} restaurant
 */
export function draw(screen, restaurant) {
  const { view, place, countdown, ticket, offers } = screen;
  look(view, screen.final);
  say(parts.restaurant, restaurant);
  say(parts.headline, screen.headline);
  say(parts.explanation, screen.explanation);
  // A call interrupts whoever listens; everything else waits until he was read what he is at.
  say(parts.said, screen.said);
  say(parts.called, view === 'called' ? screen.headline : '');

  parts.place.hidden = place === null;
  if (place) {
    say(parts.position, place.position);
    say(parts.ordinal, place.ordinal);
    say(parts.teamsAhead, place.teamsAhead);
    say(parts.wait, place.wait);
  }
  parts.countdown.hidden = countdown === null;
  if (countdown) {
    say(parts.countdownLabel, countdown.label);
    say(parts.timeLeft, countdown.text);
    parts.countdown.style.setProperty('--share', String(countdown.share));
  }
  parts.ticket.hidden = ticket === null;
  if (ticket) {
    say(parts.ticketNumber, ticket.ticket);
    say(parts.party, ticket.party);
    say(parts.since, ticket.since);
  }
  parts.alerts.hidden = !offers.alerts;
  parts.answer.hidden = !offers.answer;
  parts.arrive.hidden = !offers.arrive;
  parts.cancel.hidden = !offers.cancel;
  parts.rejoin.hidden = !offers.rejoin || parts.rejoin.getAttribute('href') === null;
}

const themeColour = document.querySelector('meta[name="theme-color"]');

/**
 * @param {Screen['view']} view
 * @param {boolean} final
 */
function look(view, final) {
  const { dataset } = document.body;
  if (dataset['view'] === view && dataset['final'] === String(final)) return;
  dataset['view'] = view;
  dataset['final'] = String(final);
  themeColour?.setAttribute('content', getComputedStyle(document.body).backgroundColor);
  // What is new begins at the top, wherever the last state was scrolled to.
  scrollTo({ top: 0 });
}

/**
 * The way to the door.
 * @param {number} first the position that was seen first
 * @param {number} position
 */
export function drawSteps(first, position) {
  const steps = stepsOf(first, position);
  if (parts.steps.dataset['drawn'] === steps.join()) return;
  parts.steps.dataset['drawn'] = steps.join();
  parts.steps.replaceChildren(
    ...steps.map((kind) => {
      const step = document.createElement('span');
      step.className = kind;
      return step;
    }),
  );
}

/** @param {string | null} text null: all is well */
export function drawConnection(text) {
  parts.connection.hidden = text === null;
  say(parts.connection, text ?? '');
}

/** @param {string | null} text */
export function drawTrouble(text) {
  parts.trouble.hidden = text === null;
  say(parts.trouble, text ?? '');
}
