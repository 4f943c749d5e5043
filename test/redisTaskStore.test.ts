/** The store of a task on a real Redis: what its scripts refuse, and that a refusal leaves everything as it was. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { StateChange, TaskStore } from '../src/topology/ports.ts';
import { connectRedis } from '../src/topology/redis/connections.ts';
import { stateReader, taskKey, taskStore } from '../src/topology/redis/taskStore.ts';
import { servers } from './application.ts';
import { eventually } from './http.ts';

let redis: Redis;
beforeAll(async () => {
  redis = await connectRedis(servers().REDIS_URL, () => undefined);
});
afterAll(() => redis.disconnect());

interface Fixture {
  readonly store: TaskStore;
  readonly application: string;
  /** All that Redis has of the task. */
  readonly all: () => Promise<Record<string, string>>;
}

/** The store of a task that no other test has, and none after it. */
async function withStore(callback: (fixture: Fixture) => Promise<void>): Promise<void> {
  const application = `test-${randomUUID()}`;
  const key = taskKey(application, 'commands', 3);
  try {
    const store = taskStore(redis, { cluster: 'cluster-1', application, topic: 'commands', partition: 3 });
    await callback({ store, application, all: () => redis.hgetall(key) });
  } finally {
    await redis.del(key);
  }
}

const bytes = (text: string): Buffer => Buffer.from(text);
const change = (from: number, to: number, more: Partial<StateChange> = {}): StateChange => ({
  from,
  to,
  values: [['queue/1', bytes(`state at ${to}`)]],
  entry: bytes(`entry ${from} to ${to}`),
  emitted: [],
  replies: [],
  ...more,
});

/** An owner of epoch 10 with S = 0. */
async function own(store: TaskStore): Promise<void> {
  expect(await store.claim(10)).toEqual({ next: null, cluster: null, application: null });
  expect(await store.begin(10, 0)).toBe(true);
}

describe('the epoch', () => {
  test('a claim is accepted when it is not older, and told what there is', () =>
    withStore(async ({ store, application }) => {
      await own(store);
      expect(await store.claim(11)).toEqual({ next: 0, cluster: 'cluster-1', application });
      expect(await store.claim(10)).toBeNull();
      expect(await store.look()).toEqual({ next: 0, epoch: 11 });
      // Epochs are offsets: they are compared as numbers.
      expect(await store.claim(9)).toBeNull();
      expect(await store.claim(100)).not.toBeNull();
    }));

  test('whoever is no longer the owner writes nothing, by no way', () =>
    withStore(async ({ store, all }) => {
      await own(store);
      await store.commit(10, change(0, 5));
      await store.claim(11);
      const before = await all();
      expect(await store.commit(10, change(5, 6))).toEqual({ kind: 'fenced' });
      // Not even what had been applied: the newer owner may have gone on.
      expect(await store.commit(10, change(0, 5))).toEqual({ kind: 'fenced' });
      expect(await store.reset(10)).toBe(false);
      expect(await store.restore(10, [['queue/2', bytes('old')]])).toBe(false);
      expect(await store.begin(10, 7)).toBe(false);
      expect(await all()).toEqual(before);
      expect(await store.commit(11, change(5, 6))).toEqual({ kind: 'applied' });
    }));

  test('after a wipe the former owner is fenced, too', () =>
    withStore(async ({ store, application, all }) => {
      await own(store);
      await redis.del(taskKey(application, 'commands', 3));
      expect(await store.look()).toEqual({ next: null, epoch: null });
      expect(await store.commit(10, change(0, 5))).toEqual({ kind: 'fenced' });
      expect(await store.restore(10, [['queue/2', bytes('old')]])).toBe(false);
      expect(await all()).toEqual({});
    }));
});

describe('a commit', () => {
  test('sent again is answered so, writes nothing and publishes nothing a second time', () =>
    withStore(async ({ store, application, all }) => {
      const channel = `${application}:replies`;
      const heard: string[] = [];
      const listener = new Redis(servers().REDIS_URL);
      try {
        await listener.subscribe(channel);
        listener.on('message', (_channel, message) => heard.push(message));
        await own(store);
        const once = change(0, 5, { replies: [{ channel, message: bytes('outcome 1') }] });
        expect(await store.commit(10, once)).toEqual({ kind: 'applied' });
        const before = await all();
        expect(await store.commit(10, once)).toEqual({ kind: 'already' });
        expect(await all()).toEqual(before);
        await redis.publish(channel, 'the last');
        await eventually('the last message is heard', () => heard.at(-1) === 'the last');
        expect(heard).toEqual(['outcome 1', 'the last']);
      } finally {
        listener.disconnect();
      }
    }));

  test('on another S than expected is refused with the S that is there, and writes nothing', () =>
    withStore(async ({ store, all }) => {
      await own(store);
      await store.commit(10, change(0, 5));
      const before = await all();
      expect(await store.commit(10, change(4, 6))).toEqual({ kind: 'moved', next: 5 });
      expect(await store.commit(10, change(6, 8))).toEqual({ kind: 'moved', next: 5 });
      expect(await all()).toEqual(before);
      await store.reset(10);
      expect(await store.commit(10, change(5, 6))).toEqual({ kind: 'moved', next: null });
    }));

  test('takes any bytes, as values and as keys of a store', () =>
    withStore(async ({ store, application }) => {
      await own(store);
      const odd = Buffer.from([0, 255, 10, 13, 128]);
      const values = [
        ['queue/1', odd],
        ['memory/1/7', Buffer.alloc(0)],
      ] as const;
      await store.commit(10, change(0, 1, { values, entry: odd }));
      expect(await store.get(['queue/1', 'memory/1/7', 'queue/2'])).toEqual([odd, Buffer.alloc(0), null]);
      expect(await store.outbox(0, 1)).toEqual([odd]);
      const read = await stateReader(redis, application, 'commands').read(3, ['queue/1', 'queue/2']);
      expect(read).toEqual({ next: 1, values: [odd, null] });
    }));

  test('takes more values, drops and replies than Lua can unpack', () =>
    withStore(async ({ store, all }) => {
      const many = 9_001;
      const numbers = Array.from({ length: many }, (_, n) => n);
      const values = numbers.map((n) => [`queue/${n}`, bytes(`state ${n}`)] as const);
      await own(store);
      for (const from of [0, 1, 2]) await store.commit(10, change(from, from + 1));
      const replies = numbers.map((n) => ({ channel: 'nobody', message: bytes(String(n)) }));
      const emitted = numbers.filter((n) => n !== 3);
      const large = change(3, 500, { values, emitted, replies });
      expect(await store.commit(10, large)).toEqual({ kind: 'applied' });
      const { S, 'queue/0': first, 'queue/9000': last, ...rest } = await all();
      expect([S, first, last]).toEqual(['500', 'state 0', 'state 9000']);
      expect(Object.keys(rest).filter((field) => field.startsWith('outbox/'))).toEqual(['outbox/3']);

      expect(await store.reset(10)).toBe(true);
      expect(await store.restore(10, values)).toBe(true);
      const restored = await store.get(numbers.map((n) => `queue/${n}`));
      expect(restored.map(String)).toEqual(values.map(([, value]) => String(value)));
    }));
});

describe('the outbox', () => {
  test('is a chain from E to S, in order, and goes as it is emitted', () =>
    withStore(async ({ store }) => {
      await own(store);
      await store.commit(10, change(0, 3));
      await store.commit(10, change(3, 10));
      await store.commit(10, change(10, 11));
      const texts = async (from: number, to: number): Promise<string[]> =>
        ((await store.outbox(from, to)) ?? []).map(String);
      expect(await texts(0, 11)).toEqual(['entry 0 to 3', 'entry 3 to 10', 'entry 10 to 11']);
      expect(await texts(3, 11)).toEqual(['entry 3 to 10', 'entry 10 to 11']);
      expect(await texts(11, 11)).toEqual([]);
      await store.commit(10, change(11, 12, { emitted: [0, 3] }));
      expect(await texts(10, 12)).toEqual(['entry 10 to 11', 'entry 11 to 12']);
      expect(await store.outbox(0, 12)).toBeNull();
      // An E inside a batch is none that was ever committed.
      expect(await store.outbox(5, 12)).toBeNull();
    }));
});

describe('a rebuild', () => {
  test('begins with nothing but the claim, and S comes last', () =>
    withStore(async ({ store, application, all }) => {
      await own(store);
      await store.commit(10, change(0, 5));
      await store.claim(12);
      expect(await store.reset(12)).toBe(true);
      expect(Object.keys(await all()).sort()).toEqual(['application', 'cluster', 'epoch']);
      await store.restore(12, [['queue/1', bytes('from the changelog')]]);
      expect(await store.restore(12, [])).toBe(true);
      // Readers and owners see no state until it is complete.
      expect((await store.look()).next).toBeNull();
      expect(await store.begin(12, 5)).toBe(true);
      expect(await all()).toEqual({
        epoch: '12',
        S: '5',
        cluster: 'cluster-1',
        application,
        'queue/1': 'from the changelog',
      });
    }));

  test('a scan finds every value of its store and no other', () =>
    withStore(async ({ store }) => {
      await own(store);
      const queues = Array.from({ length: 3_000 }, (_, n) => `queue/${n}`);
      await store.restore(
        10,
        [...queues, 'memory/1/7', 'queues/1'].map((key) => [key, bytes(key)] as const),
      );
      const found = new Set<string>();
      for await (const chunk of store.scan('queue')) {
        for (const [key, value] of chunk) {
          expect(String(value)).toBe(key);
          found.add(key);
        }
      }
      expect([...found].sort()).toEqual([...queues].sort());
    }));
});
