/** A real HTTP server over an in-memory worker, for as long as a test's callback runs. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createIngress, type Ingress, type IngressDeps } from '../src/http/ingress.ts';
import { inMemoryWorker, type InMemoryWorker } from './httpInMemoryWorker.ts';
import { ingressDeps } from './ingressDeps.ts';
import { checkAnswer } from './openApiCheck.ts';

/** A JSON object as a test looks into it; one that is none, or no body at all, has no fields. */
export type Json = Readonly<Record<string, unknown>> | null;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
  /** The body as it was sent. */
  readonly text: string;
}

export interface Client {
  readonly url: string;
  /** Sends a request; a body that is no string is sent as JSON. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
}

export interface Setting extends Client {
  readonly worker: InMemoryWorker;
  readonly ingress: Ingress;
  readonly metrics: Registry;
  /** The lines logged so far. */
  readonly lines: string[];
}

export interface Options extends Partial<IngressDeps> {
  readonly worker?: InMemoryWorker;
}

/** Runs the callback against an ingress on a free port; fails when a request still waits, or a queue is still watched, after it. */
export async function withIngress(
  callback: (setting: Setting) => Promise<void>,
  options: Options = {},
): Promise<void> {
  const { worker = inMemoryWorker(), ...deps } = options;
  const metrics = new Registry();
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const ingress = createIngress({ ...ingressDeps(worker), logger, metrics, ...deps });
  const url = `http://127.0.0.1:${await ingress.start(0, '127.0.0.1')}`;
  try {
    await callback({ url, call: caller(url), worker, ingress, metrics, lines });
    if (ingress.waiting() > 0) throw new Error(`${ingress.waiting()} requests still wait for an outcome`);
  } finally {
    await ingress.stop();
  }
  // A response may hear of its connection's end a moment after the server does.
  for (const giveUp = Date.now() + 10_000; ingress.watched() > 0 && Date.now() < giveUp;)
    await new Promise(setImmediate);
  if (ingress.watched() > 0) throw new Error(`${ingress.watched()} queues are still watched`);
}

const caller =
  (url: string): Client['call'] =>
  async (method, path, body, headers = {}) => {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const answer = {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? toJson(text) : null,
      text,
    };
    checkAnswer(method, path, answer);
    return answer;
  };

function toJson(text: string): Json {
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' ? (parsed as Json) : null;
}

/** Waits for a condition that a running request brings about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

/** Restaurant 1 with business day 1, open from 11:00 to 22:00 of 2 October 2025 in Seoul. */
export async function openRestaurant(
  { call }: Client,
  settings: object = {},
  restaurantId = 1,
): Promise<void> {
  await call('PUT', `/restaurants/${restaurantId}`, { name: '다예약 식당', ...settings });
  await call('PUT', `/restaurants/${restaurantId}/dates/1`, {
    date: '2025-10-02',
    opensAt: '2025-10-02T11:00:00',
    closesAt: '2025-10-02T22:00:00',
  });
}

/** Registers a team of two; its waitingId is restaurantId × 10,000,000 + n. */
export const register = (
  { call }: Client,
  userId: number,
  headers: Record<string, string> = {},
  body: object = {},
): Promise<Answer> =>
  call('POST', '/waitings', { datesId: 1, userId, userCount: 2, restaurantId: 1, ...body }, headers);
