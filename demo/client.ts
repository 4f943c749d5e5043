/**
 * The service over HTTP as a client should use it: every write with an Idempotency-Key, asked again with the same key
 * until it is settled. A lost answer, a 202 and a 503 settle nothing, and a repeat does nothing twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What was sent, and how long answers took (ms). */
export interface Meter {
  readonly writes: number[];
  readonly reads: number[];
  retries: number;
}

export interface Client {
  readonly meter: Meter;
  /** Rejects when there is no settling answer within the client's patience, or a fault of the service. */
  readonly write: (method: 'PUT' | 'POST', path: string, body: object, key: string) => Promise<Answer>;
  /** Rejects likewise. */
  readonly read: (path: string) => Promise<Answer>;
}

/** Longer than the service takes to answer 202. */
const answerWithinMillis = 15_000;
const retryAfterMillis = 300;

export function createClient(url: string, patienceMillis: number): Client {
  const meter: Meter = { writes: [], reads: [], retries: 0 };

  async function insist(took: number[], path: string, request: RequestInit): Promise<Answer> {
    const end = Date.now() + patienceMillis;
    for (;;) {
      const began = performance.now();
      const answer = await ask(`${url}${path}`, request);
      const settled = typeof answer !== 'string' && answer.status !== 202 && answer.status !== 503;
      if (settled) took.push(performance.now() - began);
      if (settled && answer.status < 500) return answer;
      const said = typeof answer === 'string' ? answer : `${answer.status} ${JSON.stringify(answer.body)}`;
      const what = `${request.method ?? 'GET'} ${path}`;
      if (settled) throw new Error(`${what} failed: ${said}`);
      if (Date.now() > end) throw new Error(`${what} was not answered within ${patienceMillis} ms: ${said}`);
      meter.retries += 1;
      await sleep(retryAfterMillis);
    }
  }

  return {
    meter,
    write: (method, path, body, key) =>
      insist(meter.writes, path, {
        method,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
      }),
    read: (path) => insist(meter.reads, path, { method: 'GET' }),
  };
}

/** The answer, or why there is none: the connection was refused or lost, or it took too long. */
async function ask(url: string, request: RequestInit): Promise<Answer | string> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(answerWithinMillis) });
    const body: unknown = await response.json();
    return { status: response.status, body: isObject(body) ? body : {} };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.cause instanceof Error ? error.cause.message : error.message;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
