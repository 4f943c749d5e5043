/** The join page, which the restaurant's QR code opens: how long the line is, and a place in it. */
import { createApi, Refusal, Unreachable } from './api.js';
import { serverNow } from './clock.js';
import { isOver, troubleTold, waitText } from './customerView.js';
import { words as allWords } from './customer.words.js';
import { attemptsOf, doorOf, partyWithin, repeated } from './joinView.js';
import { mountSwitch, wordsOf } from './language.js';
import { forget, idInPath, remember, remembered, returnToEarlier, tokenFor } from './link.js';
import { find, say, label } from './parts.js';

/** @typedef {import('./joinView.js').Summary} Summary */
/** @typedef {import('./joinView.js').Attempt} Attempt */
/** @typedef {import('./customerView.js').Waiting} Waiting */

const askEvery = 10_000;

const restaurantId = idInPath();
const joinedName = `joined:${restaurantId}`;
const attemptsName = `joining:${restaurantId}`;
// The address of a QR code is nobody's secret, and may be sent to a friend.
const linkName = `join:${restaurantId}`;
const api = createApi(tokenFor(linkName, { keepInAddress: true }));

/** @type {Summary | null} */
let summary = null;
/** The waiting that was joined from here, as long as it is not over. @type {Pick<Waiting, 'waitingId' | 'ticketNo'> | null} */
let joined = null;
let refused = false;
let offline = false;
let sending = false;
/** @type {unknown} */
let trouble = null;
/** The party, before the restaurant's bounds are known. */
let asked = NaN;

const parts = {
  restaurant: find('restaurant', HTMLElement),
  state: find('state', HTMLElement),
  explanation: find('explanation', HTMLElement),
  connection: find('connection', HTMLElement),
  already: find('already', HTMLElement),
  alreadyTicket: find('already-ticket', HTMLElement),
  showWaiting: find('show-waiting', HTMLAnchorElement),
  figures: find('figures', HTMLElement),
  teams: find('teams', HTMLElement),
  wait: find('wait', HTMLElement),
  form: find('form', HTMLFormElement),
  party: find('party', HTMLInputElement),
  partyBounds: find('party-bounds', HTMLElement),
  fewer: find('fewer', HTMLButtonElement),
  more: find('more', HTMLButtonElement),
  join: find('join', HTMLButtonElement),
  trouble: find('trouble', HTMLElement),
};
const words = () => wordsOf(allWords);

/**
 * Whether it was decided, and asking again would change nothing.
 * @param {unknown} error
 * @returns {error is Refusal}
 */
const isAnswer = (error) => error instanceof Refusal && error.status < 500 && error.status !== 429;

/** Whose waitings are this browser's, at every restaurant and on every visit. */
function guestId() {
  const known = remembered('guest');
  if (typeof known === 'string') return known;
  const fresh = crypto.randomUUID();
  remember('guest', fresh);
  return fresh;
}

function show() {
  document.title = `${words().joinTitle} · ${summary?.name ?? words().restaurant}`;
  parts.connection.hidden = !offline;
  say(parts.connection, offline ? words().offlineNew : '');
  parts.already.hidden = joined === null;
  if (joined) {
    say(parts.alreadyTicket, words().alreadyTicket(joined.ticketNo));
    parts.showWaiting.href = `/w/${joined.waitingId}`;
  }
  showDoor();
  parts.trouble.hidden = trouble === null;
  say(parts.trouble, trouble === null ? '' : troubleTold(trouble, words()));
}

function showDoor() {
  say(parts.restaurant, summary?.name ?? (refused ? words().joinBadLink : words().loading));
  parts.form.hidden = summary === null || joined !== null;
  parts.figures.hidden = !summary?.open;
  if (!summary) {
    say(parts.state, '');
    say(parts.explanation, refused ? words().joinBadLinkMeans : '');
    return;
  }
  const door = doorOf(summary, serverNow(), words());
  say(parts.state, door.state);
  parts.state.dataset['kind'] = door.kind;
  say(parts.explanation, door.explanation);
  say(parts.teams, words().teams(summary.teams));
  say(parts.wait, waitText(summary.estimatedWaitMinutes, words()));
  showParty(summary, door.kind === 'open');
}

/**
 * @param {Summary} bounds
 * @param {boolean} isOpen
 */
function showParty({ minUserCount, maxUserCount }, isOpen) {
  const party = partyWithin(asked, { minUserCount, maxUserCount });
  parts.party.min = String(minUserCount);
  parts.party.max = String(maxUserCount);
  // What is being typed is left alone.
  if (document.activeElement !== parts.party) parts.party.value = String(party);
  say(parts.partyBounds, words().partyBounds(minUserCount, maxUserCount));
  parts.fewer.disabled = sending || party <= minUserCount;
  parts.more.disabled = sending || party >= maxUserCount;
  say(parts.join, sending ? words().joining : words().join(party));
  parts.join.disabled = sending || !isOpen;
  parts.join.setAttribute('aria-busy', String(sending));
}

async function refresh() {
  if (document.visibilityState === 'hidden') return;
  try {
    summary = await api.read(`/restaurants/${restaurantId}/summary`);
    offline = false;
    refused = false;
  } catch (error) {
    if (isAnswer(error)) {
      if (returnToEarlier(linkName)) return;
      summary = null;
      refused = true;
    } else offline = true;
  }
  show();
}

/** Whether the waiting that was joined from here still goes on: then it is offered instead of another. */
async function findJoined() {
  const known = /** @type {{ waitingId?: number, ticketNo?: number } | null} */ (remembered(joinedName));
  if (typeof known?.waitingId !== 'number') return;
  const { waitingId, ticketNo = 0 } = known;
  const link = remembered(`waiting:${waitingId}`);
  try {
    const waiting = await createApi(typeof link === 'string' ? link : null).read(`/waitings/${waitingId}`);
    joined = isOver(waiting) ? null : waiting;
  } catch (error) {
    // Where nobody answers, the page of the waiting shows what was last known of it.
    joined = isAnswer(error) ? null : { waitingId, ticketNo };
  }
  if (joined === null) forget(joinedName);
  show();
}

/** @param {Attempt[]} attempts */
function keep(attempts) {
  if (attempts.length === 0) forget(attemptsName);
  else remember(attemptsName, attempts);
}

/**
 * @param {Attempt} attempt
 * @returns {Promise<Waiting & { token: string }>}
 */
async function send({ key, userCount }) {
  const body = { guestId: guestId(), userCount };
  const waiting = await api.write('POST', `/restaurants/${restaurantId}/guests`, body, { key });
  // Joined, but without what opens it: asked again with the same key, the server answers it.
  if (typeof waiting.token !== 'string') throw new Unreachable('the link is not there yet');
  return waiting;
}

/**
 * Joins once, however often it is tapped and however many answers are lost: an attempt keeps its key until it is
 * answered, also when the page is left in between.
 * @param {number} userCount
 */
async function join(userCount) {
  const now = Date.now();
  const earlier = attemptsOf(remembered(attemptsName), now);
  const again = repeated(earlier, userCount, now);
  const attempt = again ?? { key: crypto.randomUUID(), userCount, at: now };
  const others = earlier.filter((other) => other !== again);
  keep([...others, attempt]);
  try {
    enter(await send(attempt));
  } catch (error) {
    if (!isAnswer(error)) throw error;
    keep(others);
    if (error.code !== 'ALREADY_WAITING' || !(await enterByAny(others))) throw error;
  }
}

/**
 * Who waits already although this browser does not know of it may have lost the answer: the same key gets it again.
 * @param {Attempt[]} attempts
 */
async function enterByAny(attempts) {
  for (const attempt of attempts) {
    try {
      enter(await send(attempt));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return false;
}

/** @param {Waiting & { token: string }} waiting */
function enter({ waitingId, ticketNo, token }) {
  remember(joinedName, { waitingId, ticketNo });
  remember(`waiting:${waitingId}`, token);
  forget(attemptsName);
  location.assign(`/w/${waitingId}#${token}`);
}

/** @param {number} step */
function changeParty(step) {
  if (!summary) return;
  asked = partyWithin(parts.party.valueAsNumber, summary) + step;
  parts.party.value = String(partyWithin(asked, summary));
  show();
}

parts.fewer.addEventListener('click', () => changeParty(-1));
parts.more.addEventListener('click', () => changeParty(1));
parts.party.addEventListener('input', () => {
  asked = parts.party.valueAsNumber;
  show();
});
parts.party.addEventListener('blur', () => changeParty(0));
parts.form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (sending || !summary) return;
  const userCount = partyWithin(parts.party.valueAsNumber, summary);
  sending = true;
  trouble = null;
  show();
  join(userCount).catch((/** @type {unknown} */ error) => {
    sending = false;
    trouble = error;
    void refresh();
  });
});

function speak() {
  label(words());
  show();
}
function look() {
  void refresh();
  void findJoined();
}
// A browser fills in again what was chosen before a reload.
asked = parts.party.valueAsNumber;
mountSwitch(find('language', HTMLButtonElement), speak);
speak();
look();
setInterval(() => void refresh(), askEvery);
addEventListener('online', look);
// Who comes back finds the page as it was left, maybe before he joined.
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  sending = false;
  look();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') look();
});
