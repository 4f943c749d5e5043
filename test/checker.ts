/**
 * Nothing lost, nothing twice: holds what clients were told and what the application shows against the topics alone,
 * read committed, and those against the rules. It knows nothing of Redis, nor of how the engine comes to its results.
 */
import { expect } from '@jest/globals';
import { topics } from '../src/schemas/topics.ts';
import type { Setting } from './application.ts';
import { checkEvents } from './chaos/checkNotifications.ts';
import { checkOutcomes, placeOf } from './chaos/checkOutcomes.ts';
import { checkTickets } from './chaos/checkTickets.ts';
import type { LoggedCommand, LoggedEvent } from './chaos/evidence.ts';
import { learnSchemas, parseCommand, parseEvent, parseLetter } from './chaos/parse.ts';
import { replayLog } from './chaos/replay.ts';
import { type Client, eventually, newRestaurantOn } from './http.ts';
import type { Told } from './load.ts';
import { header, readTopics } from './logs.ts';
import type { Upstream } from './upstream.ts';

/** What there was, for whoever wants to know that the test did something. */
export interface Report {
  /** Without those that the system sends by itself. */
  readonly commands: number;
  readonly events: number;
}

/** Fails with what is lost, there twice, or otherwise not as it should be. The load has stopped. */
export async function checkNothingLostNothingTwice(
  { kafka, codec, partitions, upstream }: Setting,
  { call }: Pick<Client, 'call'>,
  told: Told,
): Promise<Report> {
  const last = await lastCommands(upstream, partitions);
  let read = await readTopics(kafka, topics.commands, topics.events, topics.dlq);
  const shown = new Map<number, Statuses>();
  // The system changes queues by itself at any time, as when it excuses a stall: the log is read first, the version last,
  // so that all that is shown in between is of this log where the two agree.
  await eventually(
    'everything before is decided and published, and the versions are those of the log',
    async () => {
      read = await readTopics(kafka, topics.commands, topics.events, topics.dlq);
      const caused = new Set(read[topics.events].map((event) => header(event, 'causationid')));
      if (!last.every((commandId) => caused.has(commandId))) return false;
      const happened = read[topics.events].filter(
        (event) => header(event, 'ce_type') !== 'waiting.events.CommandRejected',
      );
      const agree = await Promise.all(
        told.restaurants.map(async (restaurantId) => {
          shown.set(restaurantId, await statusesShown(call, restaurantId));
          const { body } = await call('GET', `/restaurants/${restaurantId}/queue`);
          return (
            body?.['version'] ===
            happened.filter(({ key }) => key?.toString() === String(restaurantId)).length
          );
        }),
      );
      return agree.every(Boolean);
    },
  );
  const restaurants = new Set(told.restaurants.map(String));
  const ours = ({ key }: { key: Buffer | null }): boolean => restaurants.has(key?.toString() ?? '');
  await learnSchemas(codec, read[topics.commands].filter(ours));
  const commands = read[topics.commands].filter(ours).map((record) => parseCommand(codec, record));
  const events = read[topics.events].filter(ours).map((record) => parseEvent(codec, record));
  const letters = read[topics.dlq].map((record) => parseLetter(codec, record));
  const places = new Set(commands.map(placeOf));

  expect(
    checkOutcomes(
      commands,
      events,
      letters.filter((letter) => places.has(placeOf(letter))),
    ),
  ).toEqual([]);
  expect(checkEvents(events, replayLog(commands))).toEqual([]);
  expect(checkTickets(events)).toEqual([]);
  expectAnswersKept(told, commands, events);
  for (const restaurantId of told.restaurants) {
    const own = events.filter(({ event }) => event.restaurantId === restaurantId);
    expect([...(shown.get(restaurantId) ?? [])]).toEqual(statusesIn(own));
  }
  const asked = commands.filter(({ command }) => command?.actor.role !== 'SYSTEM');
  return { commands: asked.length, events: events.length };
}

/** One command a partition, at its end: once each is refused, all before it has been told. */
async function lastCommands(upstream: Upstream, partitions: number): Promise<string[]> {
  const sent = Array.from({ length: partitions }, async (_, partition) => {
    const nowhere = newRestaurantOn(partition, partitions);
    const { commandId, message } = await upstream.registration(nowhere, 1);
    await upstream.send(message);
    return commandId;
  });
  return Promise.all(sent);
}

/** What was answered 201 or taken by Kafka is there, once, as it was told. */
function expectAnswersKept(
  { acknowledged, appended }: Told,
  commands: readonly LoggedCommand[],
  events: readonly LoggedEvent[],
): void {
  const registered = events.flatMap(({ event }) => (event.type === 'WaitingRegistered' ? [event] : []));
  const byUser = Map.groupBy(registered, ({ restaurantId, waiting }) => `${restaurantId}/${waiting.userId}`);
  const kept = acknowledged.map(({ restaurantId, userId }) => {
    const found = byUser.get(`${restaurantId}/${userId}`) ?? [];
    return found.map(({ waiting: { waitingId, ticketNo } }) => ({ userId, waitingId, ticketNo }));
  });
  expect(kept).toEqual(
    acknowledged.map(({ userId, answer: { body } }) => [
      { userId, waitingId: body?.['waitingId'], ticketNo: body?.['ticketNo'] },
    ]),
  );
  // Perhaps more than once: a client without idempotence sends again what a killed broker had taken already.
  const logged = new Set(commands.map(({ command }) => command?.commandId));
  expect(appended.filter(({ commandId }) => !logged.has(commandId))).toEqual([]);
}

/** By waiting. */
type Statuses = ReadonlyMap<number, string>;

/** What the application shows of every waiting, in the order of their ids. */
async function statusesShown(call: Client['call'], restaurantId: number): Promise<Statuses> {
  const shown = new Map<number, string>();
  for (let cursor = ''; ;) {
    const page = await call('GET', `/waitings?restaurantId=${restaurantId}&limit=100${cursor}`);
    const items = page.body?.['items'] as { waitingId: number; status: string }[];
    for (const { waitingId, status } of items) shown.set(waitingId, status);
    const next = page.body?.['nextCursor'];
    if (typeof next !== 'string') return shown;
    cursor = `&cursor=${next}`;
  }
}

/** Every waiting as its last event left it. */
function statusesIn(events: readonly LoggedEvent[]): [waitingId: number, status: string][] {
  const last = new Map<number, string>();
  for (const { event } of events) {
    if ('waiting' in event) last.set(event.waiting.waitingId, event.waiting.status);
  }
  return [...last].sort(([a], [b]) => a - b);
}
