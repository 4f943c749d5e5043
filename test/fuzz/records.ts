/**
 * Spoilt records on the log of commands, among good ones: each is decided or buried, once, and the good ones as if the
 * others were not there.
 */
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { CompressionAlgorithmValue } from '@platformatic/kafka';
import type { Redis } from 'ioredis';
import type { Kafka } from 'kafkajs';
import { until } from '../../infra/stack/until.ts';
import type { CommandBody } from '../../src/domain/command.ts';
import { replyChannels } from '../../src/processors/commandSource.ts';
import type { Codec } from '../../src/schemas/codec.ts';
import type { RecordName } from '../../src/schemas/generated/records.ts';
import { loadSchemas } from '../../src/schemas/load.ts';
import { decodeOutcome, expect } from '../../src/schemas/state.ts';
import { topics } from '../../src/schemas/topics.ts';
import { partitionOf } from '../../src/topology/kafka/client.ts';
import { header, readWhere } from '../logs.ts';
import { commandOf, opening } from './commands.ts';
import { dice, type Dice } from './dice.ts';
import { type Case, goodCase, type Ground, mostBytes, recordOf, sizeOf, spoiltCase } from './mutations.ts';
import { type RawLog, rawLog, type RawRecord } from './rawLog.ts';

/** What is fuzzed: servers, and one process of the application on them. */
export interface System {
  readonly brokers: string;
  readonly registryUrl: string;
  readonly kafka: Kafka;
  readonly redis: Redis;
  readonly codec: Codec;
  readonly ids: ReadonlyMap<RecordName, number>;
  readonly partitions: number;
  /** Of the application. */
  readonly url: string;
}

export interface Size {
  readonly cases: number;
  readonly seed: number;
}

export interface Fuzzed {
  readonly cases: number;
  readonly seconds: number;
  /** What came of how many. */
  readonly counts: Readonly<Record<string, number>>;
  /** What should not have come; empty: all is well. */
  readonly problems: readonly string[];
}

interface Sent extends Case {
  readonly place: string;
}

/** Of records that are told to others one by one. */
const placeOf = (partition: number, offset: number): string => `${topics.commands}-${partition}-${offset}`;

const restaurantsAPartition = 5;
/** So many records come to one registration at the restaurant that nobody else writes to. */
const witnessEvery = 50;
const mostWitnesses = 400;
const goodShare = 0.3;
const together = 300;
const compressions: readonly CompressionAlgorithmValue[] = ['none', 'none', 'gzip', 'snappy', 'lz4', 'zstd'];

export async function fuzzRecords(
  system: System,
  { cases, seed }: Size,
  say: (text: string) => void,
): Promise<Fuzzed> {
  const started = performance.now();
  const draw = dice(seed);
  const ground = await groundOf(system, draw);
  const witnesses = Array.from({ length: system.partitions }, (_, partition) =>
    restaurantOn(draw, partition, system.partitions),
  );
  const heard = new Map<string, number>();
  const ears = system.redis.duplicate();
  ears.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
    const { commandId } = decodeOutcome(system.codec, message);
    heard.set(commandId, (heard.get(commandId) ?? 0) + 1);
  });
  const log = rawLog(system.brokers.split(',')[0] ?? '', topics.commands);
  try {
    await ears.subscribe(ground.replyTo);
    for (const restaurantId of [...ground.restaurants, ...witnesses])
      await open(log, ground, draw, restaurantId);
    const sent = await send(log, ground, draw, witnesses, cases, say);
    await settled(system, sent);
    const evidence = await collect(system);
    const { counts, problems } = judge(system.codec, ground.replyTo, sent, heard, evidence);
    const teams = sent.filter(({ mutation }) => mutation === witnessed).length;
    return {
      cases: sent.length,
      seconds: (performance.now() - started) / 1_000,
      counts,
      problems: [...problems, ...(await bearWitness(system, witnesses, teams))],
    };
  } finally {
    ears.disconnect();
    await log.close();
  }
}

async function groundOf({ codec, ids, partitions, registryUrl }: System, draw: Dice): Promise<Ground> {
  const registry = new SchemaRegistry({ host: registryUrl });
  const dish = {
    type: 'record',
    name: 'Dish',
    namespace: 'kitchen',
    fields: [{ name: 'name', type: 'string' }],
  };
  const { id } = await registry.register(
    { type: SchemaType.AVRO, schema: JSON.stringify(dish) },
    { subject: 'kitchen.dishes-kitchen.Dish' },
  );
  const others = loadSchemas().filter(({ kind }) => kind !== 'commands' && kind !== 'types');
  return {
    codec,
    partitions,
    restaurants: Array.from({ length: restaurantsAPartition * partitions }, (_, n) =>
      restaurantOn(draw, n % partitions, partitions),
    ),
    replyTo: `${replyChannels}fuzz-${draw.uuid()}`,
    otherRecords: others.flatMap(({ name }) => ids.get(name as RecordName) ?? []),
    foreign: [id, 0, 2_000_000_000, 0xffffffff],
  };
}

function restaurantOn(draw: Dice, partition: number, partitions: number): number {
  for (;;) {
    const restaurantId = draw.between(1, 900_000_000);
    if (partitionOf(String(restaurantId), partitions) === partition) return restaurantId;
  }
}

async function open(log: RawLog, ground: Ground, draw: Dice, restaurantId: number): Promise<void> {
  const now = Date.now();
  const [configure, day] = opening(now).map((body): CommandBody => {
    if (body.type !== 'ConfigureRestaurant' || ground.restaurants.includes(restaurantId)) return body;
    return { ...body, settings: { ...body.settings, maxTeams: 1_000 } };
  });
  for (const body of [configure, day]) {
    if (body) await log.append([recordOf(ground, commandOf(draw, restaurantId, now, body, 'SERVICE'))]);
  }
}

const witnessed = 'none, of a witness';

/** Sends them, as many as fit a request at a time. */
async function send(
  log: RawLog,
  ground: Ground,
  draw: Dice,
  witnesses: readonly number[],
  cases: number,
  say: (text: string) => void,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  let teams = 0;
  const next = (n: number): Case => {
    const now = Date.now();
    const restaurantId = witnesses[teams % witnesses.length] ?? 0;
    if (n % witnessEvery === 0 && teams < mostWitnesses * witnesses.length) {
      teams += 1;
      const userId = teams;
      const body = { type: 'RegisterWaiting', datesId: 1, userId, userCount: 2 } as const;
      return {
        mutation: witnessed,
        good: true,
        record: recordOf(ground, commandOf(draw, restaurantId, now, body, 'SERVICE')),
      };
    }
    return draw.chance(goodShare) ? goodCase(draw, ground, now) : spoiltCase(draw, ground, now);
  };
  let waiting: Case | null = null;
  while (sent.length < cases) {
    const batch: Case[] = [];
    const room = new Map<number, number>();
    while (batch.length < Math.min(together, cases - sent.length)) {
      const each: Case = waiting ?? next(sent.length + batch.length);
      const size = sizeOf(each.record);
      const { partition } = each.record;
      waiting = null;
      if (size > mostBytes + 2_000) continue;
      const used = (room.get(partition) ?? 0) + size;
      if (used > mostBytes + 2_000) {
        waiting = each;
        break;
      }
      room.set(partition, used);
      batch.push(each);
    }
    const compression = draw.pick(compressions);
    const records = batch.map(({ record }) => record);
    const offsets = await log.append(records, compression);
    batch.forEach((each, n) => {
      sent.push({ ...each, place: placeOf(each.record.partition, offsets[n] ?? Number.NaN) });
    });
    if (sent.length % (10 * together) < together) say(`${sent.length} of ${cases} records sent`);
  }
  return sent;
}

/** Resolves when all of it has been told. Throws, with what the application says of itself, when that does not come. */
async function settled({ url, kafka, partitions }: System, sent: readonly Sent[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topics.commands).finally(() => admin.disconnect());
  const patience = 60_000 + 20 * sent.length;
  const all = await until(async () => {
    const emitted = await emittedOffsets(url);
    const told = ends.filter(({ partition, high }) => (emitted.get(partition) ?? 0) >= Number(high));
    return told.length === partitions;
  }, patience);
  if (all) return;
  const health = await fetch(`${url}/health/ready`).then((answer) => answer.text());
  throw new Error(`not all was decided within ${patience / 1_000} s: ${health}`);
}

/** E of every task, by partition. */
async function emittedOffsets(url: string): Promise<ReadonlyMap<number, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = text.matchAll(/^waiting_task_emitted_offset\{[^}]*partition="(\d+)"[^}]*\} (\d+)$/gm);
  return new Map([...found].map(([, partition, offset]) => [Number(partition), Number(offset)]));
}

interface Letter {
  readonly reason: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: number;
}

interface Evidence {
  /** Places of commands that something was told of. */
  readonly told: ReadonlySet<string>;
  readonly letters: ReadonlyMap<string, readonly Letter[]>;
}

async function collect({ kafka, codec }: System): Promise<Evidence> {
  const told = new Set<string>();
  await readWhere(kafka, [topics.events], (event) => {
    told.add((header(event, 'ce_id') ?? '').replace(/-\d+$/, ''));
    return false;
  });
  const letters = new Map<string, Letter[]>();
  await readWhere(kafka, [topics.dlq], ({ value }) => {
    const letter = expect('DeadLetter', codec.decode(value));
    const place = placeOf(letter.partition, letter.offset);
    const { reason, key } = letter;
    const headers = letter.headers.length;
    letters.set(place, [...(letters.get(place) ?? []), { reason, key, value: letter.value, headers }]);
    return false;
  });
  return { told, letters };
}

const isSame = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);

/** What came of every record, counted, and what should not have come of it. */
function judge(
  codec: Codec,
  replyTo: string,
  sent: readonly Sent[],
  heard: ReadonlyMap<string, number>,
  { told, letters }: Evidence,
): Pick<Fuzzed, 'counts' | 'problems'> {
  const counts: Record<string, number> = {};
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  const problems: string[] = [];
  const expected = new Map<string, number>();
  for (const { mutation, good, record, place } of sent) {
    const own = letters.get(place) ?? [];
    const wrong = (what: string): void =>
      void problems.push(`${place} (${mutation}) ${what}: ${shown(record)}`);
    const [letter] = own;
    if (letter) {
      count(`buried: ${letter.reason}`);
      if (own.length > 1) wrong(`was buried ${own.length} times`);
      if (told.has(place)) wrong('was buried and decided');
      if (!isSame(letter.value, record.value) || !isSame(letter.key, record.key))
        wrong('was buried otherwise');
      if (letter.headers !== record.headers.length) wrong('lost headers');
      if (good) wrong('was good, and buried');
      continue;
    }
    count('decided');
    const named = record.headers.find(([name]) => name.toString() === 'replyto')?.[1]?.toString();
    if (named !== replyTo) {
      if (!told.has(place)) wrong('is lost');
      continue;
    }
    const { value } = codec.decode(record.value, 'commands');
    const commandId = 'commandId' in value ? value.commandId.toLowerCase() : '';
    expected.set(commandId, (expected.get(commandId) ?? 0) + 1);
  }
  for (const [commandId, times] of expected) {
    if (heard.get(commandId) !== times)
      problems.push(`${commandId} was answered ${heard.get(commandId) ?? 0} times, and sent ${times} times`);
  }
  return { counts, problems };
}

const shown = ({ key, value }: RawRecord): string =>
  `key ${key?.toString('base64') ?? 'none'} value ${value?.toString('base64').slice(0, 400) ?? 'none'}`;

/** The teams of the restaurants that nobody else wrote to, in the order in which they came. */
async function bearWitness({ url }: System, witnesses: readonly number[], teams: number): Promise<string[]> {
  const problems: string[] = [];
  for (const [index, restaurantId] of witnesses.entries()) {
    const answer = await fetch(`${url}/restaurants/${restaurantId}/queue`);
    const { items = [] } = (await answer.json()) as { items?: { ticketNo: number; userId: number }[] };
    const found = items.map(({ ticketNo, userId }) => `${ticketNo}:${userId}`);
    const wanted = Array.from({ length: Math.ceil((teams - index) / witnesses.length) }, (_, n) => {
      const userId = 1 + index + n * witnesses.length;
      return `${n + 1}:${userId}`;
    });
    if (found.join() !== wanted.join())
      problems.push(`restaurant ${restaurantId} has the teams ${found.join()} instead of ${wanted.join()}`);
  }
  return problems;
}
