/** Reads all that a run has left: the topics read committed, Redis' hashes, Postgres' tables, the processes' logs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import type { Urls } from '../../infra/stack/urls.ts';
import { type Codec, createCodec } from '../../src/schemas/codec.ts';
import { connectRegistry } from '../../src/schemas/registry.ts';
import { decodeBucket, decodeQueue } from '../../src/schemas/state.ts';
import { topics } from '../../src/schemas/topics.ts';
import { readTopics, readWhere } from '../logs.ts';
import type { Clients } from './client.ts';
import type {
  Appended,
  Asked,
  LoggedCommand,
  LoggedEvent,
  LoggedLetter,
  LoggedNotification,
  Mark,
  Restore,
  Rows,
  Sample,
  Shown,
  StoredState,
} from './evidence.ts';
import { logLines } from './fleet.ts';
import type { Load } from './load.ts';
import { parseCommand, parseEvent, parseLetter, parseNotification, parsePosition } from './parse.ts';
import type { Snapshots } from './snapshots.ts';

export interface Collected {
  readonly commands: readonly LoggedCommand[];
  readonly events: readonly LoggedEvent[];
  readonly notifications: readonly LoggedNotification[];
  readonly letters: readonly LoggedLetter[];
  readonly positions: readonly Mark[];
  readonly samples: readonly Sample[];
  readonly restores: readonly Restore[];
  readonly states: readonly StoredState[];
  readonly rows: Rows;
  readonly asked: readonly Asked[];
  readonly appended: readonly Appended[];
  readonly shown: readonly Shown[];
  /** When all this was read (ms). */
  readonly at: number;
}

interface Sources {
  readonly urls: Urls;
  readonly redis: Redis;
  readonly partitions: number;
  readonly folder: string;
  readonly clients: Clients;
  readonly load: Load;
  readonly snapshots: Snapshots;
}

export const kafkaOf = ({ KAFKA_BROKERS }: Urls): Kafka =>
  new Kafka({ clientId: 'chaos', brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });

/** How long Postgres may take to have the last events (ms). */
const historyMillis = 30_000;

export async function collect(sources: Sources): Promise<Collected> {
  const { urls, redis, partitions, folder, clients, load, snapshots } = sources;
  const registry = connectRegistry({ url: urls.SCHEMA_REGISTRY_URL });
  const codec = createCodec(await registry.lookUp(), registry);
  const kafka = kafkaOf(urls);
  const read = await readTopics(kafka, topics.commands, topics.events, topics.notifications, topics.dlq);
  const { [topics.changelog]: positions } = await readWhere(
    kafka,
    [topics.changelog],
    ({ key }) => key?.toString() === '__pos',
  );
  const at = Date.now();
  const events = read[topics.events].map((record) => parseEvent(codec, record));
  return {
    at,
    commands: read[topics.commands].map((record) => parseCommand(codec, record)),
    events,
    notifications: read[topics.notifications].map((record) => parseNotification(codec, record)),
    letters: read[topics.dlq].map((record) => parseLetter(codec, record)),
    positions: positions.map((record) => parsePosition(codec, record)),
    samples: snapshots.samples,
    restores: restoresIn(folder),
    states: await Promise.all(Array.from({ length: partitions }, (_, n) => readState(redis, codec, n))),
    rows: await readRows(urls, events.filter(({ event }) => 'version' in event).length),
    asked: clients.asked,
    appended: load.appended,
    shown: load.shown,
  };
}

function restoresIn(folder: string): Restore[] {
  const found: Restore[] = [];
  for (const { msg, partition, time } of logLines(folder)) {
    if (String(msg).startsWith('restoring')) found.push({ partition: Number(partition), at: Number(time) });
  }
  return found;
}

/** The hash as docs/topics.md describes it. */
async function readState(redis: Redis, codec: Codec, partition: number): Promise<StoredState> {
  const fields = await redis.hgetallBuffer(`waiting:{${topics.commands}-${partition}}`);
  const entries = Object.entries(fields);
  const under = (store: string): (readonly [string, Buffer])[] =>
    entries.flatMap(([field, value]) =>
      field.startsWith(`${store}/`) ? [[field.slice(store.length + 1), value] as const] : [],
    );
  return {
    partition,
    next: fields['S'] === undefined ? null : Number(fields['S'].toString()),
    queues: new Map(under('queue').map(([id, bytes]) => [Number(id), decodeQueue(codec, bytes)])),
    buckets: new Map(under('memory').map(([key, bytes]) => [key, decodeBucket(codec, bytes)])),
  };
}

/** The tables, once they have so many events or do not get any more. */
async function readRows({ DATABASE_URL }: Urls, events: number): Promise<Rows> {
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    const rows = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
    const count = async (): Promise<number> =>
      Number((await rows('SELECT count(*) AS count FROM waiting_events'))[0]?.['count']);
    for (const end = Date.now() + historyMillis; (await count()) < events && Date.now() < end;)
      await sleep(100);
    return {
      waitings: await rows('SELECT * FROM waitings'),
      noShows: await rows('SELECT * FROM no_shows'),
      events: await rows('SELECT * FROM waiting_events'),
    };
  } finally {
    await client.end();
  }
}

/** Longer than any deadline of the restaurants takes to pass: then nothing more will come by itself (ms). */
const quietMillis = 5_000;
const settleMillis = 80_000;

/** Waits until every partition is decided to its end and nothing more comes; answers why that is not so in time. */
export async function settle(urls: Urls, redis: Redis, partitions: number): Promise<string[]> {
  const admin = kafkaOf(urls).admin();
  await admin.connect();
  try {
    const giveUp = Date.now() + settleMillis;
    let before = '';
    let since = Date.now();
    for (;;) {
      const ends = await admin.fetchTopicOffsets(topics.commands);
      const groups = await admin.fetchOffsets({ groupId: 'waiting-queue', topics: [topics.commands] });
      const behind: string[] = [];
      for (const { partition, high } of ends) {
        const next = await redis.hget(`waiting:{${topics.commands}-${partition}}`, 'S');
        const told = groups[0]?.partitions.find((each) => each.partition === partition)?.offset;
        if (next !== high || told !== high)
          behind.push(
            `partition ${partition} ends at ${high}: S = ${String(next)}, committed ${String(told)}`,
          );
      }
      const now = ends.map(({ high }) => high).join();
      if (now !== before || behind.length > 0) since = Date.now();
      before = now;
      if (ends.length === partitions && Date.now() - since > quietMillis) return [];
      if (Date.now() > giveUp) return behind.length > 0 ? behind : ['commands keep coming'];
      await sleep(250);
    }
  } finally {
    await admin.disconnect();
  }
}
