/**
 * Clients of whichever process is up. A request is asked again, with the same Idempotency-Key, until it is settled:
 * a lost connection, a 202 and a 503 settle nothing.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked } from './evidence.ts';
import type { Fleet } from './fleet.ts';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Longer than the service takes to answer 202. */
const answerWithinMillis = 6_500;
const againMillis = 100;
/** A client that is not answered for so long gives up, and that is held against the service. */
const patienceMillis = 90_000;

/** The answer; null: the connection was lost, or there was none in time. */
export async function ask(
  method: string,
  url: string,
  body?: object,
  headers: Record<string, string> = {},
  withinMillis: number = answerWithinMillis,
): Promise<Answer | null> {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(withinMillis),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  } catch (error) {
    // Torn bodies included: they parse as nothing.
    if (error instanceof Error) return null;
    throw error;
  }
}

const settles = (answer: Answer | null): answer is Answer =>
  answer !== null && answer.status !== 202 && answer.status !== 503;

export interface Clients {
  readonly asked: readonly Asked[];
  /** When settling answers came (ms). */
  readonly answeredAt: readonly number[];
  /** Requests that were answered 5xx, but 503, which no client should get. */
  readonly faults: readonly string[];
  /** null: it was not settled within a client's patience. `key` when it is to be asked as before. */
  readonly insist: (
    method: string,
    path: string,
    restaurantId: number,
    body?: object,
    key?: string,
  ) => Promise<Answer | null>;
}

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export function createClients(fleet: Fleet): Clients {
  const asked: Asked[] = [];
  const answeredAt: number[] = [];
  const faults: string[] = [];
  let turn = 0;

  /** As a load balancer would: only those that say they are ready, each in its turn. */
  function anyUrl(): string | undefined {
    const up = fleet.workers.filter((worker) => worker.isUp());
    return up[(turn += 1) % up.length]?.url;
  }

  return {
    asked,
    answeredAt,
    faults,
    insist: async (method, path, restaurantId, body, key = randomUUID()) => {
      const requestId = randomUUID();
      const headers = { 'Idempotency-Key': key, 'X-Request-Id': requestId };
      const statuses: number[] = [];
      const end = Date.now() + patienceMillis;
      let settled: Answer | null = null;
      while (settled === null && Date.now() < end) {
        const url = anyUrl();
        const answer = url === undefined ? null : await ask(method, `${url}${path}`, body, headers);
        if (url !== undefined) statuses.push(answer?.status ?? 0);
        if (settles(answer)) settled = answer;
        else await sleep(againMillis);
      }
      if (settled) answeredAt.push(Date.now());
      if (settled && settled.status >= 500) faults.push(`${method} ${path}: ${JSON.stringify(settled)}`);
      asked.push({
        requestId,
        key,
        what: `${method} ${path}`,
        restaurantId,
        statuses,
        answer: settled && {
          status: settled.status,
          code: text(settled.body['code']),
          waitingId: number(settled.body['waitingId']),
          ticketNo: number(settled.body['ticketNo']),
          waitingStatus: text(settled.body['status']),
        },
      });
      return settled;
    },
  };
}
