import { expect, test } from '@jest/globals';
import type { StateChange } from '../../src/topology/ports.ts';
import { directLink } from './link.ts';
import { memoryRedis, type RedisOptions } from './memoryRedis.ts';

const task = { cluster: 'here', application: 'waiting', topic: 'commands', partition: 0 };
const change = (from: number, to: number): StateChange => ({
  from,
  to,
  values: [['queue/1', Buffer.from(`at ${to}`)]],
  entry: Buffer.from(`${from} to ${to}`),
  emitted: [],
  replies: [],
});

const begun = async (options?: RedisOptions) => {
  const redis = memoryRedis(options);
  const store = redis.taskStore(directLink, task);
  await store.claim(10);
  await store.reset(10);
  await store.begin(10, 0, 0);
  return { redis, store };
};

test('Redis in memory takes a batch once, under the newest claim, from the S that is there', async () => {
  const { store } = await begun();
  expect(await store.commit(10, change(0, 5))).toEqual({ kind: 'applied' });
  expect(await store.commit(10, change(0, 5))).toEqual({ kind: 'already' });
  expect(await store.commit(10, change(3, 7))).toEqual({ kind: 'moved', next: 5 });
  expect((await store.outbox(0, 5))?.map(String)).toEqual(['0 to 5']);
  expect(await store.outbox(3, 5)).toBeNull();
  await store.claim(12);
  expect(await store.commit(10, change(5, 6))).toEqual({ kind: 'fenced' });
  expect(await store.reset(10)).toBe(false);
  expect(await store.look()).toEqual({ next: 5, epoch: 12 });
});

test('Redis in memory can be brought back from a copy, and loses all at once', async () => {
  const { redis, store } = await begun();
  const copy = redis.copy();
  await store.commit(10, change(0, 5));
  redis.restoreCopy(copy);
  expect(await store.look()).toEqual({ next: 0, epoch: 10 });
  expect(await store.get(['queue/1'])).toEqual([null]);
  redis.wipe();
  expect(await store.commit(10, change(0, 5))).toEqual({ kind: 'fenced' });
});

test('without one of its checks Redis in memory takes what it should not', async () => {
  const careless = await begun({ without: 'S check' });
  expect(await careless.store.commit(10, change(3, 7))).toEqual({ kind: 'applied' });
  const unfenced = await begun({ without: 'epoch check' });
  await unfenced.store.claim(12);
  expect(await unfenced.store.commit(10, change(0, 5))).toEqual({ kind: 'applied' });
});
