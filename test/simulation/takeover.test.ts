import { describe, expect, test } from '@jest/globals';
import { waitingTopology } from '../../src/processors/topology.ts';
import { expect as decoded } from '../../src/schemas/state.ts';
import { formatsAt } from '../../src/schemas/formats.ts';
import { topics } from '../../src/schemas/topics.ts';
import { subTopologyOf } from '../../src/topology/batch.ts';
import { encodeEntry, type Marks } from '../../src/topology/emission.ts';
import { LogTruncatedError } from '../../src/topology/errors.ts';
import { FencedError, type LogRange } from '../../src/topology/ports.ts';
import { requireSamePartitions } from '../../src/topology/repartitioned.ts';
import { takeOver } from '../../src/topology/takeover.ts';
import { newestFormats, offlineCodec as codec } from '../codec.ts';
import { hastyClock } from '../hastyClock.ts';
import { eventually } from '../http.ts';
import { directLink, type Link } from './link.ts';
import { memoryKafka, type MemoryKafka } from './memoryKafka.ts';
import { type MemoryRedis, memoryRedis } from './memoryRedis.ts';
import { createScheduler } from './scheduler.ts';
import { createWorld } from './world.ts';

const identity = { cluster: 'here', application: 'waiting' };
const task = { ...identity, topic: topics.commands, partition: 0 };
const key = 'queue/1';
const marks: Marks = {
  partitions: 1,
  encodePosition: (position) => codec.encode('TaskPosition', { ...position, partitions: 1 }),
  decodePosition: (bytes) => decoded('TaskPosition', codec.decode(bytes)),
  encodeOwner: () => codec.encode('TaskOwner', { owner: 'test', at: 0 }),
};
const commit = (from: number, to: number, formats = newestFormats) => {
  const changes = new Map([[key, { value: null, bytes: Buffer.from(`at ${to}`) }]]);
  const entry = encodeEntry({ from, to, records: 0, changes, facts: [], replies: [] }, formats);
  return { from, to, values: [[key, Buffer.from(`at ${to}`)]] as const, entry, emitted: [], replies: [] };
};

/** Ten commands, of which three have been told of: E = 3. `prepare` makes Redis what a new owner finds. */
async function takenOver(
  prepare: (redis: MemoryRedis) => Promise<void>,
  linkTo: (redis: MemoryRedis) => Link = () => directLink,
  meanwhile: (kafka: MemoryKafka) => Promise<void> = () => Promise.resolve(),
  /** What the log of commands is said to have, one answer after another; then what it has. */
  said: LogRange[] = [],
  partitions = marks.partitions,
) {
  const kafka = memoryKafka({ topics: Object.values(topics), partitions: 1 });
  const redis = memoryRedis();
  const appender = kafka.appender(directLink);
  const command = { topic: topics.commands, key: '1', value: null };
  for (let n = 0; n < 10; n += 1) await appender.append(command);
  const changelog = { topic: topics.changelog, partition: 0 };
  await kafka.transactions(directLink, 'before').commit([
    { ...changelog, key, value: Buffer.from('at 3') },
    { ...changelog, key: '__pos', value: marks.encodePosition({ next: 3, wellAt: 1_234, beatAt: 2_345 }) },
  ]);
  await prepare(redis);
  const store = redis.taskStore(linkTo(redis), task);
  const taking = takeOver(
    {
      sub: { ...subTopologyOf(waitingTopology(codec, newestFormats), topics.commands), serdes: plainSerdes },
      partition: 0,
      identity,
      store,
      changelog: {
        read: async (...asked) => {
          await meanwhile(kafka);
          await kafka.changelogReader(directLink, topics.changelog).read(...asked);
        },
      },
      logRange: async (topic, at) => {
        const wrong = topic === topics.commands ? said.shift() : undefined;
        return wrong ?? kafka.logRange(directLink)(topic, at);
      },
      marks: { ...marks, partitions },
      clock: hastyClock,
      metrics: { restoring: () => undefined },
      log: () => undefined,
    },
    kafka.transactions(directLink, 'task'),
    new AbortController().signal,
  );
  return { taking, state: () => redis.hash('waiting:{waiting.commands-0}') };
}

const plainSerdes = new Map([['queue', { encode: () => Buffer.alloc(0), decode: String }]]);

async function begin(redis: MemoryRedis, next: number) {
  const store = redis.taskStore(directLink, task);
  await store.claim(0);
  await store.reset(0);
  await store.begin(0, next, 0);
  return store;
}

test('a takeover tells what the outbox leads to, and goes on at S', async () => {
  const { taking } = await takenOver(async (redis) => {
    await (await begin(redis, 3)).commit(0, commit(3, 7));
  });
  expect(await taking).toMatchObject({ next: 7, wellAt: 1_234, beatAt: 2_345 });
});

test('a takeover tells what an outbox leads to that builds without versions and with them have written', async () => {
  const former = formatsAt(() => 0);
  const { taking } = await takenOver(async (redis) => {
    const store = await begin(redis, 3);
    await store.commit(0, commit(3, 5, former));
    await store.commit(0, commit(5, 6));
    await store.commit(0, commit(6, 8, former));
  });
  expect(await taking).toMatchObject({ next: 8, wellAt: 1_234 });
});

test('a takeover restores the state when the outbox does not lead from E to S', async () => {
  // As after Redis came back from a copy of S = 2, from which a former owner then went on.
  const { taking, state } = await takenOver(async (redis) => {
    await (await begin(redis, 2)).commit(0, commit(2, 7));
  });
  expect(await taking).toMatchObject({ next: 3, wellAt: 1_234, beatAt: 2_345 });
  expect([String(state().get('S')), String(state().get(key))]).toEqual(['3', 'at 3']);
});

test('a takeover tells no values of another moment than S', async () => {
  let before: ReturnType<MemoryRedis['copy']> = new Map();
  const { taking } = await takenOver(
    async (redis) => {
      const store = await begin(redis, 3);
      before = redis.copy();
      await store.commit(0, commit(3, 7));
    },
    (redis) => ({
      ...directLink,
      call: (operation, effect) => {
        if (operation === 'get') redis.restoreCopy(before);
        return directLink.call(operation, effect);
      },
    }),
  );
  await expect(taking).rejects.toThrow('Redis has S = 3 under epoch 0 by now');
});

test('an owner that slept since its claim sets no S from a changelog that was compacted without it', async () => {
  let slept = false;
  const { taking, state } = await takenOver(
    () => Promise.resolve(),
    () => directLink,
    async (kafka) => {
      if (slept) return;
      slept = true;
      // Another one has taken over and told more; its values replace the older ones. Redis is empty again.
      const newer = kafka.transactions(directLink, 'task');
      const changelog = { topic: topics.changelog, partition: 0 };
      await newer.commit([{ ...changelog, key: '__owner', value: marks.encodeOwner() }]);
      await newer.commit([
        { ...changelog, key, value: Buffer.from('at 9') },
        { ...changelog, key: '__pos', value: marks.encodePosition({ next: 9, wellAt: null, beatAt: null }) },
      ]);
      const log = kafka.logOf(topics.changelog, 0);
      await kafka
        .changelogReader(directLink, topics.changelog)
        .read(0, 0, log.end() - 2, () => Promise.resolve());
      log.compact(0);
    },
  );
  await expect(taking).rejects.toThrow(FencedError);
  expect(state().get('S')).toBeUndefined();
});

test('a term looks through the state once: for its timers, and for what is left of the outbox', async () => {
  const start = Date.parse('2025-10-02T03:00:00Z');
  const scheduler = createScheduler(1, start);
  const world = createWorld(scheduler, 1, null);
  world.noise = 0;
  const most = 1_000;
  const scans = { operation: 'scan', when: 'before', left: most, strike: () => undefined } as const;
  const watched = { ...scans };
  world.ambushes.push(watched);
  const { states } = world.start();
  await scheduler.run(start + 10_000);
  world.release();
  expect(states()?.get(0)).toBe('running');
  // Nothing is there: one question for the fields and one for their values.
  expect(most - watched.left).toBe(2);
});

const nowhere = () => Promise.resolve();
/** A broker that has been elected just now, or does not know yet that another one has: E is 3. */
const lacking: readonly LogRange[] = [
  { start: 0, end: 2 },
  { start: 5, end: 10 },
];

test.each(lacking)(
  'a takeover does not believe one broker that lacks the next command: %j',
  async (range) => {
    const { taking } = await takenOver(nowhere, undefined, undefined, [range, range, range]);
    expect(await taking).toMatchObject({ next: 3 });
  },
);

test.each(lacking)('a takeover believes it when it is said for ten seconds: %j', async (range) => {
  const said = Array.from({ length: 100 }, () => range);
  const { taking } = await takenOver(nowhere, undefined, undefined, said);
  await expect(taking).rejects.toThrow(LogTruncatedError);
  expect(said.length).toBe(90);
});

describe('the number of partitions', () => {
  const changelogAt = (partition: number, partitions: number | null) => [
    { topic: topics.changelog, partition, key, value: Buffer.from('at 3') },
    {
      topic: topics.changelog,
      partition,
      key: '__pos',
      value: codec.encode('TaskPosition', { next: 3, wellAt: null, beatAt: null, partitions }),
    },
  ];

  /** A start on topics of `now` partitions, of which these have a state that says how many there were. */
  async function started(now: number, kept: readonly (readonly [partition: number, was: number | null])[]) {
    const kafka = memoryKafka({ topics: Object.values(topics), partitions: now });
    for (const [partition, was] of kept)
      await kafka.transactions(directLink, `task ${partition}`).commit(changelogAt(partition, was));
    await eventually('all of it can be read', () =>
      kept.every(([partition]) => {
        const log = kafka.logOf(topics.changelog, partition);
        return log.stable() === log.end();
      }),
    );
    await requireSamePartitions({
      sub: { changelog: topics.changelog },
      changelog: kafka.changelogReader(directLink, topics.changelog),
      logRange: kafka.logRange(directLink),
      marks: { ...marks, partitions: now },
    });
  }

  test('that was raised under a state is refused, whichever partition has one', async () => {
    const refused = 'the state was written under 8 partitions and the topics have 16';
    await expect(started(16, [[0, 8]])).rejects.toThrow(refused);
    await expect(started(16, [[5, 8]])).rejects.toThrow(refused);
    // One of a build that did not say, beside one that did.
    await expect(
      started(16, [
        [0, null],
        [5, 8],
      ]),
    ).rejects.toThrow(refused);
  });

  test('is accepted as it was, where there is no state, and where its build did not say', async () => {
    await started(8, [[3, 8]]);
    await started(8, []);
    await started(8, [[0, null]]);
  });

  test('is looked at by each task too, before it changes anything but its claim', async () => {
    const { taking, state } = await takenOver(nowhere, undefined, undefined, undefined, 16);
    await expect(taking).rejects.toMatchObject({ name: 'RepartitionedError' });
    expect(state().size).toBe(0);
    // A partition that was added under a running process.
    const added = await takenOver(nowhere, undefined, undefined, undefined, 0);
    await expect(added.taking).rejects.toMatchObject({ name: 'RepartitionedError' });
  });
});
