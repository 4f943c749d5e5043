/** Draws the customer's page: what customerView.js says goes to the parts of customer.html. */
import { stepsOf } from './customerView.js';
import { part, put } from './parts.js';

/** @typedef {import('./customerView.js').Screen} Screen */

const parts = {
  restaurant: part('restaurant', HTMLElement),
  connection: part('connection', HTMLElement),
  headline: part('headline', HTMLElement),
  explanation: part('explanation', HTMLElement),
  place: part('place', HTMLElement),
  position: part('position', HTMLElement),
  ordinal: part('ordinal', HTMLElement),
  steps: part('steps', HTMLElement),
  teamsAhead: part('teams-ahead', HTMLElement),
  wait: part('wait', HTMLElement),
  countdown: part('countdown', HTMLElement),
  countdownLabel: part('countdown-label', HTMLElement),
  timeLeft: part('time-left', HTMLElement),
  ticket: part('ticket', HTMLElement),
  ticketNumber: part('ticket-number', HTMLElement),
  party: part('party', HTMLElement),
  since: part('since', HTMLElement),
  alerts: part('alerts', HTMLElement),
  trouble: part('trouble', HTMLElement),
  answer: part('answer', HTMLFieldSetElement),
  arrive: part('arrive', HTMLButtonElement),
  cancel: part('cancel', HTMLButtonElement),
  rejoin: part('rejoin', HTMLAnchorElement),
  said: part('said', HTMLElement),
  called: part('called', HTMLElement),
};

/**
 * @param {Screen} screen
 * @param {string} restaurant
 */
export function draw(screen, restaurant) {
  const { view, place, countdown, ticket, offers } = screen;
  look(view, screen.final);
  put(parts.restaurant, restaurant);
  put(parts.headline, screen.headline);
  put(parts.explanation, screen.explanation);
  // A call interrupts whoever listens; everything else waits until he was read what he is at.
  put(parts.said, screen.said);
  put(parts.called, view === 'called' ? screen.headline : '');

  parts.place.hidden = place === null;
  if (place) {
    put(parts.position, place.position);
    put(parts.ordinal, place.ordinal);
    put(parts.teamsAhead, place.teamsAhead);
    put(parts.wait, place.wait);
  }
  parts.countdown.hidden = countdown === null;
  if (countdown) {
    put(parts.countdownLabel, countdown.label);
    put(parts.timeLeft, countdown.text);
    parts.countdown.style.setProperty('--share', String(countdown.share));
  }
  parts.ticket.hidden = ticket === null;
  if (ticket) {
    put(parts.ticketNumber, ticket.ticket);
    put(parts.party, ticket.party);
    put(parts.since, ticket.since);
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
  put(parts.connection, text ?? '');
}

/** @param {string | null} text */
export function drawTrouble(text) {
  parts.trouble.hidden = text === null;
  put(parts.trouble, text ?? '');
}
