/** What is counted in Redis, on a real one, as several processes would count it; and what is left when it is away. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { redisCount, type SharedCount } from '../src/http/limits/sharedCount.ts';
import { connectRedis } from '../src/topology/redis/connections.ts';
import { quickConnection } from '../src/topology/redis/quickConnection.ts';
import { servers } from './application.ts';
import { openProxy, type Proxy } from './chaos/proxy.ts';
import { eventually } from './http.ts';

const rate = { points: 5, seconds: 60 };
/** As src/main.ts has it. */
const quickMillis = 250;

interface Process {
  readonly count: SharedCount;
  readonly redis: Redis;
  readonly proxy: Proxy;
  /** Asks so often for the key; answers how often it was within the rate. */
  readonly within: (key: string, times: number) => Promise<number>;
}

/** Runs the callback with so many processes, each with its own way to Redis, and a prefix that nobody else has. */
async function withProcesses(
  count: number,
  callback: (processes: readonly Process[], prefix: string) => Promise<void>,
): Promise<void> {
  const url = new URL(servers().REDIS_URL);
  const prefix = `test-${randomUUID()}:limit`;
  const ends: (() => void)[] = [];
  try {
    const processes: Process[] = [];
    for (let index = 0; index < count; index += 1) {
      const proxy = await openProxy(Number(url.port));
      ends.push(proxy.close);
      const through = new URL(url);
      through.port = String(proxy.port);
      const main = await connectRedis({ url: through.href }, () => undefined);
      ends.unshift(() => main.disconnect());
      const redis = await quickConnection(main, quickMillis, () => undefined);
      ends.unshift(() => redis.disconnect());
      const shared = redisCount(redis, prefix);
      processes.push({
        count: shared,
        redis,
        proxy,
        within: async (key, times) => {
          let within = 0;
          for (let asked = 0; asked < times; asked += 1)
            if ((await shared('OWNER:write', key, rate)) === 0) within += 1;
          return within;
        },
      });
    }
    await callback(processes, prefix);
  } finally {
    for (const end of ends) end();
  }
}

describe('writes', () => {
  test('are the same few, whichever process is asked', () =>
    withProcesses(2, async ([one, two]) => {
      if (!one || !two) throw new Error('there are two');
      expect([await one.within('1', 3), await two.within('1', 3), await one.within('1', 1)]).toEqual([
        3, 2, 0,
      ]);
      expect(await two.count('OWNER:write', '1', rate)).toBeGreaterThan(50_000);
      expect(await two.within('2', 1)).toBe(1);
    }));

  test('are no more than the rate when they come at once', () =>
    withProcesses(2, async (processes) => {
      const all = await Promise.all(
        processes.flatMap(({ count }) => Array.from({ length: 20 }, () => count('OWNER:write', '1', rate))),
      );
      expect(all.filter((millis) => millis === 0)).toHaveLength(rate.points);
    }));

  test('leave a key that ends with its window, and no other', () =>
    withProcesses(1, async ([one], prefix) => {
      await one?.within('1', 9);
      const keys = await one?.redis.keys(`*${prefix.slice(0, 20)}*`);
      expect(keys).toEqual([`${prefix}:OWNER:write:1`]);
      const left = (await one?.redis.pttl(`${prefix}:OWNER:write:1`)) ?? -1;
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(rate.seconds * 1_000);
    }));

  test('of who is over the rate do not go to Redis any more', () =>
    withProcesses(1, async ([one], prefix) => {
      await one?.within('1', 1_000);
      expect(await one?.redis.get(`${prefix}:OWNER:write:1`)).toBe(String(rate.points));
    }));
});

describe('while Redis is away', () => {
  test('every process counts for itself, and together again when it is back', () =>
    withProcesses(2, async ([one, two]) => {
      if (!one || !two) throw new Error('there are two');
      expect(await one.within('1', 2)).toBe(2);
      one.proxy.refuse(true);
      one.proxy.cut();
      await eventually('the connection is gone', () => one.redis.status !== 'ready');
      // A count of its own, as many as the rate and no more.
      expect(await one.within('1', 9)).toBe(rate.points);
      expect(await two.within('1', 9)).toBe(rate.points - 2);

      one.proxy.refuse(false);
      await eventually('the connection is back', () => one.redis.status === 'ready');
      expect(await one.within('2', 3)).toBe(3);
      expect(await two.within('2', 3)).toBe(2);
    }));

  test('or hangs, nobody waits for it for long', () =>
    withProcesses(1, async ([one]) => {
      one?.proxy.delay(3_000);
      const began = performance.now();
      expect(await one?.within('1', 1)).toBe(1);
      expect(performance.now() - began).toBeLessThan(2_000);
    }));
});
