/** A few restaurants that are open, so that the first thing one tries is a waiting. Done again it changes nothing. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DateTime } from 'luxon';

const timeZone = 'Asia/Seoul';
const restaurants = [
  { id: 1, name: 'Gwanghwamun Noodles' },
  { id: 2, name: 'Seongsu Dumplings' },
  { id: 3, name: 'Hongdae Grill' },
];

/** How long "try again later" is believed (ms): the queues may still be loading their state. */
const patience = 30_000;

type Headers = Readonly<Record<string, string>>;
type Ask = (
  url: string,
  request: { readonly method: string; readonly headers?: Headers; readonly body?: string },
) => Promise<Response>;

/** Answers how many were new. Rejects when the application refuses one. `headers` say who is asking. */
export async function seed(url: string, signal: AbortSignal, headers: Headers = {}): Promise<number> {
  const ask: Ask = (to, request) =>
    insist(to, { ...request, signal, headers: { ...headers, ...request.headers } }, signal);
  const results = await Promise.all(restaurants.map((restaurant) => seedOne(url, restaurant, ask)));
  return results.filter(Boolean).length;
}

async function seedOne(url: string, { id, name }: (typeof restaurants)[number], ask: Ask): Promise<boolean> {
  const restaurant = `${url}/restaurants/${id}`;
  const found = await ask(`${restaurant}/queue`, { method: 'GET' });
  if (found.status !== 404) return false;
  const now = DateTime.now().setZone(timeZone);
  await put(restaurant, { name, timeZone }, ask);
  const day = { date: now.toISODate(), opensAt: now.toISO(), closesAt: now.plus({ years: 10 }).toISO() };
  await put(`${restaurant}/dates/1`, day, ask);
  return true;
}

async function put(url: string, body: object, ask: Ask): Promise<void> {
  // The same key at every attempt: an answer that was lost must not become a second command.
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  const answer = await ask(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`PUT ${url} answered ${answer.status}: ${await answer.text()}`);
}

async function insist(url: string, request: RequestInit, signal: AbortSignal): Promise<Response> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await fetch(url, request);
    if (answer.status !== 503 || Date.now() >= end) return answer;
    await sleep(500, undefined, { signal });
  }
}
