/**
 * Nothing lost, nothing twice: holds what clients were told and what the application shows against the topics alone,
 * read committed. It knows nothing of Redis, nor of how the engine comes to its results.
 */
import { expect } from '@jest/globals';
import { topics } from '../src/schemas/topics.ts';
import type { Setting } from './application.ts';
import { type Client, eventually, newRestaurantOn } from './http.ts';
import type { Told } from './load.ts';
import { decodeAll, header, of, type Opened, readTopics } from './logs.ts';
import type { Upstream } from './upstream.ts';

/** What there was, for whoever wants to know that the test did something. */
export interface Report {
  readonly commands: number;
  readonly repeats: number;
  readonly events: number;
}

/** Commands that may be accepted without anything to tell. */
const quiet = new Set(['ExpireTimer', 'CloseBusinessDay']);

/** Fails with what is lost, there twice, or otherwise not as it should be. The load has stopped. */
export async function checkNothingLostNothingTwice(
  { kafka, codec, partitions, upstream }: Setting,
  { call }: Pick<Client, 'call'>,
  told: Told,
): Promise<Report> {
  const last = await lastCommands(upstream, partitions);
  let read = await readTopics(kafka, topics.commands, topics.events, topics.dlq);
  await eventually('everything before is decided and told', async () => {
    read = await readTopics(kafka, topics.commands, topics.events, topics.dlq);
    const caused = new Set(read[topics.events].map((event) => header(event, 'causationid')));
    return last.every((commandId) => caused.has(commandId));
  });
  const restaurants = new Set(told.restaurants.map(String));
  const ours = ({ key }: { key: Buffer | null }): boolean => restaurants.has(key?.toString() ?? '');
  const commands = decodeAll(codec, read[topics.commands].filter(ours));
  const events = decodeAll(codec, read[topics.events].filter(ours));

  const ids = [...read[topics.events], ...read[topics.dlq]].map((output) => header(output, 'ce_id'));
  expect(repeated(ids)).toEqual([]);
  expect(commands.filter(({ key }) => key === null)).toEqual([]);
  const repeats = expectOneOutcomeEach(commands, events);
  expectAnswersKept(told, commands, events);
  for (const restaurantId of told.restaurants) {
    const own = events.filter(of(restaurantId));
    expectInOrder(own);
    await expectShown(call, restaurantId, own);
  }
  return { commands: commands.length, repeats, events: events.length };
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

/** Every command has the outputs of one outcome, at its own place, but a repeat, which has none. */
function expectOneOutcomeEach(commands: readonly Opened[], events: readonly Opened[]): number {
  const byOrigin = Map.groupBy(events, (event) => header(event, 'ce_id')?.replace(/-\d+$/, '') ?? '');
  const seen = new Set<string>();
  const wrong: unknown[] = [];
  let repeats = 0;
  for (const { partition, offset, decoded } of commands) {
    if (!('commandId' in decoded.value)) throw new Error(`${partition}-${offset} is no command`);
    const { commandId } = decoded.value;
    const place = `${topics.commands}-${partition}-${offset}`;
    const outputs = byOrigin.get(place) ?? [];
    byOrigin.delete(place);
    const repeat = seen.has(commandId);
    if (repeat && !quiet.has(decoded.name)) repeats += 1;
    seen.add(commandId);

    const numbers = outputs.map((output) => header(output, 'ce_id')?.slice(place.length + 1));
    const numbered = numbers.every((number, n) => number === String(n));
    const caused = outputs.every((output) => header(output, 'causationid') === commandId);
    const together = outputs.every((output) => output.partition === partition);
    const rejections = outputs.filter((output) => output.decoded.name === 'CommandRejected').length;
    const one = rejections === 0 || outputs.length === 1;
    const complete = quiet.has(decoded.name) || (repeat ? outputs.length === 0 : outputs.length > 0);
    if (!(numbered && caused && together && one && complete)) {
      wrong.push({ place, command: decoded.name, commandId, repeat, outputs: outputs.map(nameOf) });
    }
  }
  expect(wrong).toEqual([]);
  // What is left was caused by nothing.
  expect([...byOrigin.keys()]).toEqual([]);
  return repeats;
}

const nameOf = ({ decoded, offset }: Opened): string => `${decoded.name} at ${offset}`;

/** What was answered 201 or taken by Kafka is there, once, as it was told. */
function expectAnswersKept(
  { acknowledged, appended }: Told,
  commands: readonly Opened[],
  events: readonly Opened[],
): void {
  const registered = events.flatMap(({ decoded }) =>
    decoded.name === 'WaitingRegistered' ? [decoded.value] : [],
  );
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
  const logged = commands.map(({ decoded }) => ('commandId' in decoded.value ? decoded.value.commandId : ''));
  const timesLogged = Map.groupBy(logged, (commandId) => commandId);
  expect(appended.filter(({ commandId }) => timesLogged.get(commandId)?.length !== 1)).toEqual([]);
}

/** Versions and tickets of a restaurant are 1, 2, 3 … in the order of the log, and ids never come twice. */
function expectInOrder(events: readonly Opened[]): void {
  const versions = events.flatMap(({ decoded: { value } }) => ('version' in value ? [value.version] : []));
  expect(versions).toEqual(versions.map((_, n) => n + 1));
  const tickets = events.flatMap(({ decoded }) =>
    decoded.name === 'WaitingRegistered' ? [decoded.value.waiting] : [],
  );
  expect(tickets.map(({ ticketNo }) => ticketNo)).toEqual(tickets.map((_, n) => n + 1));
  expect(repeated(tickets.map(({ waitingId }) => waitingId))).toEqual([]);
}

/** The application shows what the events say: the version, and every waiting as its last event left it. */
async function expectShown(
  call: Client['call'],
  restaurantId: number,
  events: readonly Opened[],
): Promise<void> {
  const queue = await call('GET', `/restaurants/${restaurantId}/queue`);
  const stamped = events.filter(({ decoded: { value } }) => 'version' in value);
  expect([queue.status, queue.body?.['version']]).toEqual([200, stamped.length]);

  const last = new Map<number, string>();
  for (const { decoded } of events) {
    if ('waiting' in decoded.value && decoded.value.waiting) {
      last.set(decoded.value.waiting.waitingId, decoded.value.waiting.status);
    }
  }
  const shown = new Map<number, string>();
  for (let cursor = ''; ;) {
    const page = await call('GET', `/waitings?restaurantId=${restaurantId}&limit=100${cursor}`);
    const items = page.body?.['items'] as { waitingId: number; status: string }[];
    for (const { waitingId, status } of items) shown.set(waitingId, status);
    const next = page.body?.['nextCursor'];
    if (typeof next !== 'string') break;
    cursor = `&cursor=${next}`;
  }
  expect([...shown]).toEqual([...last].sort(([a], [b]) => a - b));
}

function repeated<T>(values: readonly T[]): T[] {
  const seen = new Set<T>();
  return values.filter((value) => seen.size === seen.add(value).size);
}
