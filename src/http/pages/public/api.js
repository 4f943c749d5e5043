/** The HTTP API, as the pages use it. */
import { learn } from './clock.js';

/** The server's refusal, as its problem details tell it. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code such as `QUEUE_FULL`
   * @param {string} detail in English, for whoever looks for a fault
   * @param {number | null} retryAfter in seconds
   */
  constructor(status, code, detail, retryAfter) {
    super(detail);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** No answer came, however often it was asked. */
export class Unreachable extends Error {}

/** How long a write is repeated (ms). */
const patience = 15_000;
const answerWithin = 8_000;
/** Before the first repeat, about doubled with each (ms). */
const firstPause = 300;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Between half of it and all of it: many pages must not come back at once.
 * @param {number} ms
 */
export const jittered = (ms) => ms * (0.5 + Math.random() / 2);

/**
 * One request. Rejects with Unreachable where no answer came.
 * @param {string} path
 * @param {RequestInit} [init]
 */
export async function ask(path, init = {}) {
  const askedAt = Date.now();
  try {
    const response = await fetch(path, { cache: 'no-store', ...init });
    learn(response, askedAt);
    return response;
  } catch (cause) {
    throw new Unreachable(`no answer from ${path}`, { cause });
  }
}

/**
 * @param {string | null} token
 * @returns {Record<string, string>}
 */
export const identity = (token) => (token === null ? {} : { Authorization: `Bearer ${token}` });

/**
 * @param {Response} response that is not ok
 * @returns {Promise<Refusal>}
 */
export async function refusalOf(response) {
  const problem = await response.json().catch(() => ({}));
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return new Refusal(
    response.status,
    String(problem.code ?? 'UNKNOWN'),
    String(problem.detail ?? response.statusText),
    Number.isNaN(retryAfter) ? null : retryAfter,
  );
}

/**
 * @typedef {object} Api
 * @property {(path: string) => Promise<any>} read what a path answers. Rejects with a Refusal, or as Unreachable.
 * @property {(method: string, path: string, body?: object, options?: { key?: string }) => Promise<any>} write
 *   does something, once, however often it has to be asked; null for an answer without a body. Rejects alike.
 */

/**
 * @param {string | null} token who is asking; null: nobody has to say
 * @returns {Api}
 */
export function createApi(token) {
  const who = identity(token);

  /** @param {string} path */
  async function read(path) {
    const response = await ask(path, { headers: who, signal: AbortSignal.timeout(answerWithin) });
    if (!response.ok) throw await refusalOf(response);
    return response.json();
  }

  /**
   * Follows a command that had no outcome yet, until it has one; null: not in time.
   * @param {string} location
   * @param {number} until
   */
  async function outcome(location, until) {
    while (Date.now() < until) {
      await sleep(1_000);
      const response = await ask(location, { headers: who, signal: AbortSignal.timeout(answerWithin) }).catch(
        () => null,
      );
      if (response?.status !== 200) continue;
      const told = await response.json();
      if (told.status === 'REJECTED') throw new Refusal(409, told.code, told.detail, null);
      return told.token ? { ...told.waiting, token: told.token } : (told.waiting ?? told);
    }
    return null;
  }

  /** @type {Api['write']} */
  async function write(method, path, body, { key = crypto.randomUUID() } = {}) {
    const until = Date.now() + patience;
    const init = {
      method,
      headers: { ...who, 'Content-Type': 'application/json', 'Idempotency-Key': key },
      ...(method !== 'DELETE' && { body: JSON.stringify(body ?? {}) }),
    };
    for (let pause = firstPause; ; pause *= 2) {
      const answer = await ask(path, { ...init, signal: AbortSignal.timeout(answerWithin) }).catch(
        (/** @type {Unreachable} */ away) => away,
      );
      /** @type {Error} */
      let failure;
      let wait = jittered(pause);
      if (answer instanceof Error) {
        failure = answer;
      } else if (answer.status === 202) {
        const told = await outcome(answer.headers.get('location') ?? path, until);
        if (told !== null) return told;
        failure = new Unreachable('there is no outcome yet');
      } else if (answer.ok) {
        return answer.status === 204 ? null : answer.json();
      } else {
        const refusal = await refusalOf(answer);
        if (refusal.status !== 503 && refusal.status !== 429) throw refusal;
        failure = refusal;
        wait = Math.max(wait, (refusal.retryAfter ?? 0) * 1_000);
      }
      if (Date.now() + wait > until) throw failure;
      await sleep(wait);
    }
  }

  return { read, write };
}
