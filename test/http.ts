/** A client of the application's HTTP interface, and a restaurant to try it on. */
import { randomUUID } from 'node:crypto';
import { DateTime } from 'luxon';
import type { Answer, Json } from './httpIngress.ts';
import { checkAnswer } from './openApiCheck.ts';
import { partitionOf } from '../src/topology/kafka/client.ts';

export interface Client {
  readonly url: string;
  readonly call: (
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
}

/** Longer than the application takes to say that it does not know yet; then something is wrong. */
const answerWithinMillis = 15_000;
/** A killed worker's successor waits for the end of its session (10 s), then takes over. */
const insistMillis = 120_000;

export const httpClient = (url: string): Client => ({
  url,
  call: async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerWithinMillis),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const json = isJson ? (JSON.parse(text) as Json) : null;
    const answer = { status: response.status, headers: response.headers, body: json, text };
    checkAnswer(method, path, answer);
    return answer;
  },
});

/** A number of an answer. Throws when there is none. */
export function numberIn(answer: Answer, field: string): number {
  const value = answer.body?.[field];
  if (typeof value !== 'number') {
    throw new Error(`expected a number as ${field} in ${answer.status} ${answer.text}`);
  }
  return value;
}

/** A restaurant that no other test uses. */
export const newRestaurant = (): number => 100_000 + Math.floor(Math.random() * 900_000_000);

/** Where a test may put state into Redis that does not follow from the log: nobody verifies this partition. */
export const forgedPartition = 0;

/** A restaurant that no other test uses, on the given partition. */
export function newRestaurantOn(partition: number, partitions: number): number {
  for (;;) {
    const restaurantId = newRestaurant();
    if (partitionOf(String(restaurantId), partitions) === partition) return restaurantId;
  }
}

/**
 * Asks until there is an answer that settles it, as a client with an Idempotency-Key may: whatever was lost, the same
 * key does nothing twice. Throws for an answer that no client should get, and when there is none for too long.
 */
export async function insist(
  call: Client['call'],
  method: string,
  path: string,
  body?: object,
  key: string = randomUUID(),
): Promise<Answer> {
  const end = Date.now() + insistMillis;
  for (;;) {
    const answer = await call(method, path, body, { 'Idempotency-Key': key }).catch(() => null);
    const settled = answer !== null && answer.status !== 202 && answer.status !== 503;
    if (settled && answer.status < 500) return answer;
    if (settled) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    if (Date.now() > end)
      throw new Error(`${method} ${path} was not answered: ${answer?.text ?? 'no connection'}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Configures it and opens its business day 1 from now for years. */
export async function openRestaurant(
  { call }: Pick<Client, 'call'>,
  restaurantId: number,
  settings: object = {},
): Promise<void> {
  const path = `/restaurants/${restaurantId}`;
  const configured = await insist(call, 'PUT', path, { name: `다예약 ${restaurantId}`, ...settings });
  if (configured.status !== 200) throw new Error(`${path}: ${configured.text}`);
  const now = DateTime.now().setZone('Asia/Seoul');
  const opened = await insist(call, 'PUT', `${path}/dates/1`, {
    date: now.toISODate(),
    opensAt: now.toISO(),
    closesAt: now.plus({ years: 10 }).toISO(),
  });
  if (opened.status !== 200) throw new Error(`${path}/dates/1: ${opened.text}`);
}

/** Waits for a condition to hold, and fails by its name when it does not in time. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patience = 30_000,
): Promise<void> {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
