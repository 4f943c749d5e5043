/**
 * Follows a waiting or a queue for as long as the page is open: by its event stream, and by asking again and again where
 * streams do not get through. `fetch` reads the stream, because an EventSource cannot say who is asking.
 */
import { createParser } from '/pages/eventsource-parser.js';
import { ask, identity, jittered, refusalOf, Unreachable } from './api.js';

/** @typedef {'connecting' | 'live' | 'polling' | 'offline'} Connection */

/**
 * @template State what a snapshot shows
 * @template Told
 * @typedef {object} Following
 * @property {string | null} token
 * @property {string} streamPath
 * @property {string} pollPath answers what a snapshot shows, or something alike
 * @property {(data: State) => void} onState what is so now: of a snapshot, a change, or a poll
 * @property {(notification: Told) => void} [onTold] what this side was told
 * @property {() => void} [onDeleted]
 * @property {() => void} [onEnd] nothing will follow
 * @property {(connection: Connection) => void} [onConnection]
 * @property {(refusal: import('./api.js').Refusal) => void} [onRefused] the link does not open it, or not any more
 */

/** Pauses before a stream is opened again: the first, and the longest (ms). */
const pauses = [1_000, 30_000];
/** A stream begins with a snapshot: where none comes, something on the way keeps it back (ms). */
const beginsWithin = 8_000;
/** Then the server sends something every 15 s: a stream that is silent for so long is dead (ms). */
const silence = 40_000;
/** After so many failures in a row the page asks for the state itself, between further tries. */
const patience = 2;
const pollEvery = 5_000;

/** The end of what is followed, as against the end of a connection. */
class Over extends Error {}

/**
 * @template State
 * @template Told
 * @param {Following<State, Told>} following
 * @returns {{ close: () => void }}
 */
export function follow({
  token,
  streamPath,
  pollPath,
  onState,
  onTold,
  onDeleted,
  onEnd,
  onConnection,
  onRefused,
}) {
  const closing = new AbortController();
  const who = identity(token);
  let failures = 0;
  let lastId = '';
  let etag = '';
  /** @type {Connection | null} */
  let shown = null;
  /** Ends a pause early, for a new try at once. */
  let hurry = () => {};

  /** @param {Connection} connection */
  const show = (connection) => {
    if (connection === shown || closing.signal.aborted) return;
    shown = connection;
    onConnection?.(connection);
  };

  /**
   * Answers whether it was ended early.
   * @param {number} ms
   * @returns {Promise<boolean>}
   */
  const pause = (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      hurry = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });

  const isOnline = () => navigator.onLine !== false;

  /** @param {import('/pages/eventsource-parser.js').EventSourceMessage} message */
  function onEvent({ id, event, data }) {
    if (id) lastId = id;
    switch (event) {
      case 'snapshot':
      case 'change':
        onState(JSON.parse(data));
        break;
      case 'notification':
        onTold?.(JSON.parse(data));
        break;
      case 'deleted':
        onDeleted?.();
        break;
      case 'end':
        throw new Over();
    }
  }

  /** Reads one stream to its end. Rejects with Over, a Refusal, or whatever broke it. */
  async function stream() {
    const cut = new AbortController();
    const signal = AbortSignal.any([cut.signal, closing.signal]);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let dead;
    /** @param {number} ms */
    const expectWithin = (ms) => {
      clearTimeout(dead);
      dead = setTimeout(() => cut.abort(), ms);
    };
    const onOffline = () => cut.abort();
    addEventListener('offline', onOffline);
    try {
      expectWithin(beginsWithin);
      const response = await ask(streamPath, {
        headers: { ...who, Accept: 'text/event-stream', ...(lastId && { 'Last-Event-ID': lastId }) },
        signal,
      });
      if (response.status === 204) throw new Over();
      if (!response.ok || !response.body) throw await refusalOf(response);
      const parser = createParser({ onEvent });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        failures = 0;
        show('live');
        expectWithin(silence);
        parser.feed(value);
      }
    } finally {
      clearTimeout(dead);
      removeEventListener('offline', onOffline);
      cut.abort();
    }
  }

  /** Asks once how things are. Rejects with a Refusal, or as Unreachable. */
  async function poll() {
    const response = await ask(pollPath, {
      headers: { ...who, ...(etag && { 'If-None-Match': etag }) },
      signal: AbortSignal.any([AbortSignal.timeout(pollEvery), closing.signal]),
    });
    if (response.status === 304) return;
    if (!response.ok) throw await refusalOf(response);
    etag = response.headers.get('etag') ?? '';
    onState(await response.json());
  }

  /**
   * Whether it is final: nothing will be different when it is asked again.
   * @param {unknown} error
   */
  function isFinal(error) {
    if (error instanceof Over) {
      onEnd?.();
      return true;
    }
    const { status } = /** @type {{ status?: number }} */ (error);
    if (status === undefined || status >= 500 || status === 429) return false;
    onRefused?.(/** @type {import('./api.js').Refusal} */ (error));
    return true;
  }

  async function run() {
    while (!closing.signal.aborted) {
      if (isOnline()) show(failures === 0 ? 'connecting' : (shown ?? 'connecting'));
      try {
        await stream();
      } catch (error) {
        if (closing.signal.aborted || isFinal(error)) return;
        failures += 1;
      }
      if (await waitAndPoll()) return;
    }
  }

  /** The pause before the next stream; answers whether everything is over. */
  async function waitAndPoll() {
    const until = Date.now() + jittered(Math.min(pauses[1] ?? 0, (pauses[0] ?? 0) * 2 ** failures));
    do {
      if (!isOnline()) show('offline');
      else if (failures >= patience) {
        try {
          await poll();
          show('polling');
        } catch (error) {
          if (closing.signal.aborted || isFinal(error)) return true;
          show(error instanceof Unreachable ? 'offline' : 'connecting');
        }
      } else if (failures > 0) show('connecting');
      if (await pause(Math.min(pollEvery, Math.max(0, until - Date.now())))) break;
    } while (Date.now() < until && !closing.signal.aborted);
    return false;
  }

  const onOnline = () => {
    // Another network: how often the last one failed says nothing of it.
    failures = 0;
    hurry();
  };
  addEventListener('online', onOnline);
  const onOffline = () => show('offline');
  addEventListener('offline', onOffline);
  const onShow = () => {
    if (document.visibilityState === 'visible') hurry();
  };
  document.addEventListener('visibilitychange', onShow);
  void run();

  return {
    close: () => {
      closing.abort();
      hurry();
      removeEventListener('online', onOnline);
      removeEventListener('offline', onOffline);
      document.removeEventListener('visibilitychange', onShow);
    },
  };
}
