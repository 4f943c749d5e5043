/** What is counted in Redis, on a real one, as several processes would count it; and what is left when it is away. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { createLimits, defaultLimits } from '../src/http/limits/limits.ts';
import { redisCount } from '../src/http/limits/sharedCount.ts';
import { connectRedis } from '../src/topology/redis/connections.ts';
import { servers } from './application.ts';
import { openProxy, type Proxy } from './chaos/proxy.ts';
import { eventually } from './http.ts';
import { requestFrom } from './requestFrom.ts';

/** Of a user's registrations: five, in a window that outlasts any test. */
const factor = 0.5;
const rate = { points: 5, seconds: 60 };
/** How long a count may take (ms): as src/main.ts has it, and so long that a busy machine makes no difference. */
const quickMillis = 250;
const patientMillis = 20_000;

interface Process {
  readonly redis: Redis;
  readonly proxy: Proxy;
  /** Registers once; says whether that was within the rate. */
  readonly register: (userId: string) => Promise<boolean>;
  /** Registers so often; answers how often that was within the rate. */
  readonly within: (userId: string, times: number) => Promise<number>;
  /** How often it counted for itself. */
  readonly alone: () => Promise<number>;
}

async function openProcess(
  url: URL,
  prefix: string,
  withinMillis: number,
): Promise<Process & { readonly close: () => void }> {
  const proxy = await openProxy(Number(url.port));
  const through = new URL(url);
  through.port = String(proxy.port);
  const redis = await connectRedis({ url: through.href }, () => undefined, withinMillis);
  const metrics = new Registry();
  const limits = createLimits({ ...defaultLimits, factor, shared: redisCount(redis, prefix) }, metrics);
  const register = async (userId: string): Promise<boolean> => {
    try {
      await limits.count(requestFrom('203.0.113.7'), { role: 'CUSTOMER', id: userId }, 'registration');
      return true;
    } catch (error) {
      expect(error).toMatchObject({ status: 429 });
      return false;
    }
  };
  return {
    redis,
    proxy,
    register,
    within: async (userId, times) => {
      let within = 0;
      for (let asked = 0; asked < times; asked += 1) if (await register(userId)) within += 1;
      return within;
    },
    alone: async () => {
      const metric = await metrics.getSingleMetric('waiting_http_counted_alone_total')?.get();
      return metric?.values[0]?.value ?? 0;
    },
    close: () => {
      redis.disconnect();
      proxy.close();
    },
  };
}

/** Runs the callback with two processes, each with its own way to Redis, and a prefix that nobody else has. */
async function withProcesses(
  callback: (one: Process, two: Process, prefix: string) => Promise<void>,
  withinMillis = patientMillis,
): Promise<void> {
  const url = new URL(servers().REDIS_URL);
  const prefix = `test-${randomUUID()}:limit`;
  const open = (): ReturnType<typeof openProcess> => openProcess(url, prefix, withinMillis);
  const [one, two] = await Promise.all([open(), open()]);
  try {
    await callback(one, two, prefix);
  } finally {
    for (const each of [one, two]) each.close();
  }
}

describe('writes', () => {
  test('are the same few, whichever process is asked', () =>
    withProcesses(async (one, two) => {
      const counts = [await one.within('1', 3), await two.within('1', 3), await one.within('1', 1)];
      expect(counts).toEqual([3, 2, 0]);
      expect(await two.within('2', 1)).toBe(1);
      expect([await one.alone(), await two.alone()]).toEqual([0, 0]);
    }));

  test('are no more than the rate when they come at once', () =>
    withProcesses(async (one, two) => {
      const all = await Promise.all(
        [one, two].flatMap(({ register }) => Array.from({ length: 20 }, () => register('1'))),
      );
      expect(all.filter((within) => within)).toHaveLength(rate.points);
    }));

  test('leave a key that ends with its window, and no other', () =>
    withProcesses(async ({ redis, within }, _two, prefix) => {
      await within('1', 9);
      const key = `${prefix}:CUSTOMER:registration:1`;
      expect(await redis.keys(`${prefix}*`)).toEqual([key]);
      const left = await redis.pttl(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(rate.seconds * 1_000);
    }));

  test('of who is over the rate do not go to Redis any more', () =>
    withProcesses(async ({ redis, within }, _two, prefix) => {
      await within('1', 1_000);
      expect(await redis.get(`${prefix}:CUSTOMER:registration:1`)).toBe(String(rate.points));
    }));
});

describe('while Redis is away', () => {
  test('every process counts for itself, and together again when it is back', () =>
    withProcesses(async (one, two) => {
      expect(await one.within('1', 2)).toBe(2);
      one.proxy.refuse(true);
      one.proxy.cut();
      await eventually('the connection is gone', () => one.redis.status !== 'ready');
      // A count of its own, as many as the rate and no more.
      expect(await one.within('1', 9)).toBe(rate.points);
      expect(await two.within('1', 9)).toBe(rate.points - 2);
      expect([await one.alone(), await two.alone()]).toEqual([9, 0]);

      one.proxy.refuse(false);
      await eventually('the connection is back', () => one.redis.status === 'ready');
      expect(await one.within('2', 3)).toBe(3);
      expect(await two.within('2', 3)).toBe(2);
    }));

  test('or hangs, nobody waits for it for long', () =>
    withProcesses(async (one) => {
      one.proxy.delay(20_000);
      const began = performance.now();
      expect(await one.within('1', 1)).toBe(1);
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(await one.alone()).toBe(1);
    }, quickMillis));

  test('or does not let it count, it counts alone', () =>
    withProcesses(async (one, _two, prefix) => {
      // What a user without rights is answered, is an error like this one.
      await one.redis.set(`${prefix}:CUSTOMER:registration:1`, 'no number', 'EX', 60);
      expect(await one.within('1', 9)).toBe(rate.points);
      expect(await one.alone()).toBe(9);
    }));
});
