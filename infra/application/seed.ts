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

/** Answers how many were new. Rejects when the application refuses one. */
export async function seed(url: string, signal: AbortSignal): Promise<number> {
  const results = await Promise.all(restaurants.map((restaurant) => seedOne(url, restaurant, signal)));
  return results.filter(Boolean).length;
}

async function seedOne(
  url: string,
  { id, name }: (typeof restaurants)[number],
  signal: AbortSignal,
): Promise<boolean> {
  const restaurant = `${url}/restaurants/${id}`;
  const found = await ask(`${restaurant}/queue`, { method: 'GET' }, signal);
  if (found.status !== 404) return false;
  const now = DateTime.now().setZone(timeZone);
  await put(restaurant, { name, timeZone }, signal);
  const day = { date: now.toISODate(), opensAt: now.toISO(), closesAt: now.plus({ years: 10 }).toISO() };
  await put(`${restaurant}/dates/1`, day, signal);
  return true;
}

async function put(url: string, body: object, signal: AbortSignal): Promise<void> {
  // The same key at every attempt: an answer that was lost must not become a second command.
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
  const answer = await ask(url, { method: 'PUT', headers, body: JSON.stringify(body) }, signal);
  if (!answer.ok) throw new Error(`PUT ${url} answered ${answer.status}: ${await answer.text()}`);
}

async function ask(url: string, request: RequestInit, signal: AbortSignal): Promise<Response> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await fetch(url, { ...request, signal });
    if (answer.status !== 503 || Date.now() >= end) return answer;
    await sleep(500, undefined, { signal });
  }
}
