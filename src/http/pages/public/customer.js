/** The customer's page: a waiting as it changes, what its customer asks for, and what was last known while offline. */
import { createAlarm } from './alarm.js';
import { createApi, Refusal } from './api.js';
import { everySecond, serverNow } from './clock.js';
import { words as allWords } from './customer.words.js';
import { createControls } from './customerControls.js';
import { draw, drawConnection, drawSteps, drawTrouble } from './customerDraw.js';
import { createMemory } from './customerMemory.js';
import { fateOf, isCalled, isOver, longestMoveOf, screenOf, troubleTold } from './customerView.js';
import { language, mountSwitch, wordsOf } from './language.js';
import { idInPath, remembered, returnToEarlier, tokenFor } from './link.js';
import { follow } from './live.js';
import { find, label } from './parts.js';
import { offerPush } from './push.js';

/** @typedef {import('./customerView.js').Waiting} Waiting */
/** @typedef {import('./customerView.js').Fate} Fate */
/** @typedef {import('./live.js').Connection | 'ended'} Connection */

/** A waitingId says whose it is: restaurantId × 10,000,000 + n. */
const idsPerRestaurant = 10_000_000;
/** A connection that is back within it is not worth a word (ms). */
const hiccup = 2_000;
const askAgain = 5_000;

const waitingId = idInPath();
const restaurantId = Math.floor(waitingId / idsPerRestaurant);
const path = `/waitings/${waitingId}`;
// It stays in the address: a link opened in a messenger is often opened again in a browser that remembers nothing of it.
const linkName = `waiting:${waitingId}`;
const token = tokenFor(linkName, { keepInAddress: true });
const api = createApi(token);
const memory = createMemory(waitingId, restaurantId);
const words = () => wordsOf(allWords);

let seen = memory.seen();
let restaurant = memory.restaurant();
/** Whether it was so on this visit, and not only on an earlier one. */
let confirmed = false;
/** @type {Fate | null} */
let fate = null;
/** @type {Connection} */
let connection = 'connecting';
let connectionSince = Date.now();
let sending = false;
/** @type {unknown} */
let trouble = null;
/** The keys of what was asked in this state and not answered: tapped again, it is done once. @type {Map<string, string>} */
const keys = new Map();

const headline = find('headline', HTMLElement);
const rejoin = find('rejoin', HTMLAnchorElement);
const alarm = createAlarm({ button: find('sound', HTMLButtonElement), words });
const controls = createControls({ words, ask: (action, body) => void ask(action, body) });

/** @param {Waiting} waiting */
function onState(waiting) {
  const before = seen?.waiting ?? null;
  if (before?.status !== waiting.status || before.calledAt !== waiting.calledAt) onOtherState();
  seen = { waiting, at: serverNow(), first: Math.max(seen?.first ?? 1, waiting.position ?? 1) };
  confirmed = true;
  fate = null;
  memory.keepSeen(seen);
  show();
}

function onOtherState() {
  keys.clear();
  trouble = null;
  controls.reset();
}

/** @param {Fate} newFate */
function onFate(newFate) {
  fate = newFate;
  seen = null;
  memory.forget();
  onOtherState();
  show();
}

/** @param {Connection} now */
function onConnection(now) {
  if (isCurrent(connection) && !isCurrent(now) && seen) seen = { ...seen, at: serverNow() };
  connection = now;
  connectionSince = Date.now();
  show();
}

/** @param {Connection} at */
const isCurrent = (at) => at === 'live' || at === 'polling';

/** A stream has nothing to show of what was finished long ago: then it is asked for. */
async function onEnd() {
  onConnection('ended');
  if (fate !== null || (seen && isOver(seen.waiting))) return;
  try {
    onState(await api.read(path));
  } catch (error) {
    if (isAnswer(error)) onFate(fateOf(error.status));
    else {
      onConnection('offline');
      setTimeout(() => void onEnd(), askAgain);
    }
  }
}

/**
 * Whether it was decided, and asking again would change nothing.
 * @param {unknown} error
 * @returns {error is Refusal}
 */
const isAnswer = (error) => error instanceof Refusal && error.status < 500 && error.status !== 429;

/** What no state shows, but is worth a look. @param {{ template: string }} notification */
function onTold({ template }) {
  if (['TURN_NEAR', 'MOVE_TIME_OVER', 'DEADLINE_EXTENDED'].includes(template)) alarm.chime();
}

async function readRestaurant() {
  try {
    const { name, timeZone, maxMoveMinutes } = await api.read(`/restaurants/${restaurantId}/summary`);
    restaurant = { name, timeZone, maxMoveMinutes };
    memory.keepRestaurant(restaurant);
    controls.offer(longestMoveOf(restaurant));
    show();
  } catch (error) {
    // What the link opens is told by the stream; the name can wait.
    if (!isAnswer(error)) setTimeout(() => void readRestaurant(), askAgain);
  }
}

/**
 * Asks for an action on the waiting, and shows what came of it.
 * @param {import('./customerControls.js').Action} action
 * @param {object} body
 */
async function ask(action, body) {
  if (sending || !seen) return;
  const { status } = seen.waiting;
  const isUnchanged = () => seen?.waiting.status === status;
  const tapped = document.activeElement;
  const asked = JSON.stringify([action, body]);
  const key = keys.get(asked) ?? crypto.randomUUID();
  keys.set(asked, key);
  sending = true;
  trouble = null;
  show();
  try {
    const actions = `/waitings/${restaurantId}/${waitingId}/actions`;
    const after = await api.write('POST', `${actions}/${action}`, body, { key });
    // The stream may have told of it already, and of what followed.
    if (isUnchanged()) onState(after);
  } catch (error) {
    if (isAnswer(error)) keys.delete(asked);
    if (isUnchanged()) trouble = error;
  }
  sending = false;
  show();
  // Who works with the keyboard goes on where he was, or with what came of it.
  if (isUnchanged() && tapped instanceof HTMLElement) tapped.focus();
  else headline.focus();
}

function show() {
  const waiting = seen?.waiting ?? null;
  const name = restaurant?.name ?? words().restaurant;
  const screen = screenOf({ waiting, fate, now: serverNow() }, words());
  draw(screen, name);
  if (seen && screen.place) drawSteps(seen.first, Number(screen.place.position));
  drawConnection(connectionTold());
  drawTrouble(trouble === null ? null : troubleTold(trouble, words()));
  controls.show(sending);
  if (confirmed && waiting && isCalled(waiting)) {
    alarm.ring(String(waiting.calledAt), [`🔔 ${screen.headline}`, name]);
  } else {
    alarm.stop();
    const title = screen.place ? `${screen.place.position}${screen.place.ordinal}` : screen.headline;
    document.title = `${title} · ${name}`;
  }
}

/** What is wrong with the connection, if it is worth a word. */
function connectionTold() {
  if (fate !== null || isCurrent(connection) || connection === 'ended') return null;
  const at = seen && clockTime(seen.at);
  if (connection === 'offline') return at === null ? words().offlineNew : words().offline(at);
  return at !== null && Date.now() - connectionSince > hiccup ? words().reconnecting(at) : null;
}

/** @param {number} at */
const clockTime = (at) =>
  new Intl.DateTimeFormat(language(), {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(restaurant && { timeZone: restaurant.timeZone }),
  }).format(at);

function speak() {
  label(words());
  controls.offer(longestMoveOf(restaurant));
  alarm.show();
  show();
}

// Only who came by the link of the restaurant's sign can join again by it.
if (remembered(`join:${restaurantId}`) !== null) rejoin.href = `/r/${restaurantId}`;
mountSwitch(find('language', HTMLButtonElement), speak);
speak();
everySecond(show);
void readRestaurant();
offerPush({ button: find('push', HTMLButtonElement), waitingId, api, words });
follow({
  token,
  streamPath: `${path}/stream`,
  pollPath: path,
  onState,
  onTold,
  onDeleted: () => onFate('DELETED'),
  onEnd: () => void onEnd(),
  onConnection,
  onRefused: ({ status }) => {
    if (!returnToEarlier(linkName)) onFate(fateOf(status));
  },
});
