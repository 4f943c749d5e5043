/** The state of a task on a real Redis; the one in memory goes through the same cases. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectRedis, openChannel, type RedisClient } from '../../src/topology/redis/connections.ts';
import { commitScript } from '../../src/topology/redis/scripts.ts';
import { stateReader, taskKey, taskStore } from '../../src/topology/redis/taskStore.ts';
import { servers } from '../application.ts';
import { eventually } from '../http.ts';
import { ownershipCases } from './ownershipCases.ts';
import { stateCases } from './stateCases.ts';
import { bytes, owned, type WithStored } from './taskStore.ts';

let redis: RedisClient;
beforeAll(async () => {
  redis = await connectRedis({ url: servers().REDIS_URL }, () => undefined);
});
afterAll(() => redis.disconnect());

const withRedis: WithStored = async (callback) => {
  const place = { application: `test-${randomUUID()}`, topic: 'commands', partition: 3 };
  const { application, topic, partition } = place;
  const key = taskKey(application, topic, partition);
  const ends: (() => void)[] = [];
  try {
    await callback({
      application,
      partition,
      store: (cluster = 'cluster-1') => taskStore(redis, { ...place, cluster }),
      reader: stateReader(redis, application, topic),
      listen: async (name) => {
        const channel = await openChannel({ url: servers().REDIS_URL }, name, () => undefined);
        ends.push(channel.close);
        return channel;
      },
      all: () => redis.hgetall(key),
      wipe: async () => {
        await redis.del(key);
      },
    });
  } finally {
    for (const end of ends) end();
    await redis.del(key);
  }
};

describe('Redis', () => {
  ownershipCases(withRedis);
  stateCases(withRedis);

  test('a rebuild leaves it to another thread to free the state that it drops: nobody waits for that', () =>
    withRedis(async (stored) => {
      const values = Array.from({ length: 3_000 }, (_, n) => [`queue/${n}`, bytes('state')] as const);
      const store = await owned(stored, values);
      const freed = async (): Promise<number> =>
        Number(/^lazyfreed_objects:(\d+)/m.exec(await redis.info('memory'))?.[1]);
      const before = await freed();
      expect(await store.reset(10)).toBe(true);
      await eventually('it is freed', async () => (await freed()) > before, 5_000);
    }));

  test('a commit whose arguments do not add up writes nothing', () =>
    withRedis(async (stored) => {
      await owned(stored);
      const before = await stored.all();
      const key = taskKey(stored.application, 'commands', stored.partition);
      const pairs = ['queue/1', bytes('state')];
      const sent = redis.call('EVAL', commitScript, 1, key, 10, 0, 5, 2, 0, 0, ...pairs);
      await expect(sent).rejects.toThrow('arguments do not add up');
      expect(await stored.all()).toEqual(before);
    }));
});
