/** The owner console: follows the queue, shows it, and asks for what the owner does. Nothing is shown before it is so. */
import { createApi } from './api.js';
import { everySecond, serverNow } from './clock.js';
import { mountSwitch, wordsOf } from './language.js';
import { idInPath, returnToEarlier, tokenFor } from './link.js';
import { follow } from './live.js';
import { words as allWords } from './owner.words.js';
import { createActions } from './ownerActions.js';
import { createBoard, createFilters } from './ownerBoard.js';
import { createCancelDialog } from './ownerCancel.js';
import { createDay } from './ownerDay.js';
import { find, label, say } from './parts.js';
import { createJoinDialog } from './ownerJoin.js';
import { createNumbers } from './ownerNumbers.js';
import { explain, isUnpaired } from './ownerRefusals.js';
import { offerOf, shownDay, wallClock } from './ownerRules.js';

/** @typedef {import('./ownerRules.js').Queue} Queue */
/** @typedef {import('./ownerRules.js').Filter} Filter */
/** @typedef {import('./ownerRules.js').Action} Action */
/** @typedef {import('./live.js').Connection} Connection */
/** @typedef {'unpaired' | 'unknown' | 'forbidden'} Shut why there is no board to show */

const words = () => wordsOf(allWords);

/** How long a refusal stays on top of the board (ms). */
const refusedFor = 10_000;

const restaurantId = idInPath();
const linkName = `owner:${restaurantId}`;
const token = tokenFor(linkName, { keepInAddress: false });
const api = createApi(token);
const queuePath = `/restaurants/${restaurantId}/queue`;

const page = {
  name: find('name', HTMLElement),
  teams: find('teams', HTMLElement),
  connection: find('connection', HTMLElement),
  outage: find('outage', HTMLElement),
  board: find('board', HTMLElement),
  gate: find('gate', HTMLElement),
  empty: find('empty', HTMLElement),
  noUnanswered: find('unanswered-none', HTMLElement),
  told: find('told', HTMLElement),
  refused: find('refused', HTMLElement),
  search: find('search', HTMLInputElement),
  tools: find('tools', HTMLElement),
  poster: find('poster-name', HTMLElement),
};

/** @type {Queue | null} */
let queue = null;
/** When the queue was last known to be so (server's ms). */
let asOf = 0;
/** @type {Connection} */
let connection = 'connecting';
/** @type {Filter} */
let filter = 'all';
/** @type {Shut | null} */
let closedBy = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let refusedUntil;

const askReason = createCancelDialog(words);
createJoinDialog({ api, restaurantId, words, onUnpaired });
const day = createDay({ api, restaurantId, words, refresh, onUnpaired });
const numbers = createNumbers({ api, restaurantId });
const actions = createActions({
  api,
  restaurantId,
  refresh,
  changed: render,
  onUnpaired,
  onRefused: ({ ticketNo }, error) => warn(`${words().team(ticketNo)} · ${explain(error, words())}`),
});
const board = createBoard(find('line', HTMLElement), find('unanswered', HTMLElement), {
  busy: actions.busy,
  refusal: (waitingId) => actions.refusal(waitingId, words()),
  act: (action, waitingId) => void act(action, waitingId),
});
const filters = createFilters(find('filters', HTMLElement), (chosen) => {
  filter = chosen;
  render();
});

/**
 * @param {Action} action
 * @param {number} waitingId
 */
async function act(action, waitingId) {
  const waiting = queue && [...queue.items, ...queue.unanswered].find((each) => each.waitingId === waitingId);
  if (!waiting) return;
  const { call, whyNot } = offerOf(waiting, serverNow());
  const held = connection === 'offline' ? 'offline' : actions.busy(waitingId) && 'busy';
  const reason = (action === 'call' && whyNot) || held;
  if (reason) {
    warn(`${words().team(waiting.ticketNo)} · ${words().whyInFull[reason]}`);
    return;
  }
  warn('');
  if (action === 'cancel') {
    const why = await askReason(waiting);
    if (why !== null) await actions.perform('cancel', waiting, { actor: 'OWNER', reason: why });
  } else {
    await actions.perform(action, waiting, action === 'call' ? { call } : {});
  }
}

/**
 * Tells why something was not done.
 * @param {string} why
 */
function warn(why) {
  clearTimeout(refusedUntil);
  say(page.refused, why);
  if (why === '') return;
  say(page.told, '');
  refusedUntil = setTimeout(() => say(page.refused, ''), refusedFor);
}

/** @param {Queue} state */
function onState(state) {
  queue = state;
  asOf = serverNow();
  actions.see(state);
  render();
}

/** Asks for the queue now; where that fails, the stream goes on by itself. */
async function refresh() {
  try {
    onState(await api.read(queuePath));
  } catch (error) {
    if (isUnpaired(error)) onUnpaired();
  }
}

/** @param {any} notification */
function onTold({ template, waitingId, ticketNo, userCount, moveMinutes, status }) {
  board.hear({ waitingId, status });
  if (template === 'NO_SHOW') numbers.hearNoShow();
  const sentence = /** @type {Record<string, Function>} */ (words().told)[template];
  if (sentence) say(page.told, sentence(ticketNo, userCount, moveMinutes));
}

/** @param {Shut} why */
function shut(why) {
  closedBy = why;
  following?.close();
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  render();
}

function onUnpaired() {
  refuse('unpaired');
}

/** @param {Shut} why */
function refuse(why) {
  if (!returnToEarlier(linkName)) shut(why);
}

function render() {
  const its = words();
  page.gate.hidden = closedBy === null;
  page.board.hidden = closedBy !== null;
  page.tools.hidden = closedBy !== null || queue === null;
  if (closedBy !== null) {
    say(find('gate-title', HTMLElement), its.gate[closedBy]);
    say(find('gate-text', HTMLElement), its.gate[`${closedBy}Text`]);
    page.connection.hidden = true;
    return;
  }
  page.connection.dataset['connection'] = connection;
  say(page.connection, its.connections[connection]);
  if (queue) renderQueue(queue);
  else say(page.empty, its.loading);
}

/** @param {Queue} shown */
function renderQueue(shown) {
  const its = words();
  const now = serverNow();
  const offline = connection === 'offline';
  const search = page.search.value;
  const open = day.show(shown);
  document.title = its.title(shown.name);
  say(page.name, shown.name);
  say(page.poster, shown.name);
  say(page.teams, its.teams(shown.teams, shown.maxTeams));
  page.teams.classList.toggle('full', shown.teams >= shown.maxTeams);
  page.outage.hidden = !offline;
  say(page.outage, offline ? its.outage(wallClock(asOf, shown.settings.timeZone).slice(11, 16)) : '');
  filters.show(shown.items, filter, its);
  const visible = board.show(shown, { words: its, now, offline, search, filter });
  say(
    page.empty,
    visible > 0 ? '' : shown.items.length > 0 ? its.nothingFound : open ? its.noTeams : its.notOpen,
  );
  say(page.noUnanswered, shown.unanswered.length > 0 ? its.unansweredHint : its.noUnanswered);
  const datesId = shownDay(shown.days, now)?.datesId ?? null;
  numbers.show({ datesId, version: shown.version, search, words: its });
}

page.search.addEventListener('input', render);
page.search.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || page.search.value === '') return;
  event.preventDefault();
  page.search.value = '';
  render();
});
find('search-form', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
mountSwitch(find('language', HTMLButtonElement), () => {
  label(words());
  warn('');
  say(page.told, '');
  render();
});
// A link opened in this very tab changes nothing but the fragment, and the page would stay as it is.
addEventListener('hashchange', () => location.reload());

label(words());
say(find('poster-ko', HTMLElement), allWords.ko.poster);
say(find('poster-en', HTMLElement), allWords.en.poster);
document.title = words().page;
say(page.name, words().page);

/** @type {ReturnType<typeof follow> | null} */
let following = null;
if (Number.isNaN(restaurantId)) shut('unknown');
else {
  following = follow({
    token,
    streamPath: `/restaurants/${restaurantId}/stream`,
    pollPath: queuePath,
    onState,
    onTold,
    onDeleted: () => shut('unknown'),
    onConnection: (now) => {
      connection = now;
      render();
    },
    onRefused: ({ status }) => refuse(status === 401 ? 'unpaired' : status === 403 ? 'forbidden' : 'unknown'),
  });
}
everySecond(render);
