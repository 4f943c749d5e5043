/**
 * Looks at S several times a second, and copies of all keys of Redis to bring back later, as a failover to a replica
 * that lagged would.
 */
import type { Redis } from 'ioredis';
import type { Sample } from './evidence.ts';

/** Old enough that what came after it has been told to Kafka: what Redis then has is older than E. */
const ageMillis = 3_000;
const copyEveryMillis = 1_000;
const sampleEveryMillis = 200;

/** `waiting:{waiting.commands-3}`. */
const taskKey = /^waiting:\{waiting\.commands-(\d+)\}$/;

interface Copy {
  readonly at: number;
  readonly keys: readonly (readonly [key: string, dump: Buffer])[];
}

export interface Snapshots {
  readonly samples: readonly Sample[];
  /** How old the copy was that was brought back last, when it was (ms). */
  readonly age: () => number;
  /** Puts the state from some seconds ago into Redis; answers on how many partitions S went back by that. */
  readonly bringBack: () => Promise<number>;
  readonly stop: () => void;
}

export function takeSnapshots(redis: Redis, partitions: number): Snapshots {
  const samples: Sample[] = [];
  let copies: Copy[] = [];
  let age = 0;

  async function marks(): Promise<Map<number, number>> {
    const keys = Array.from({ length: partitions }, (_, n) => `waiting:{waiting.commands-${n}}`);
    const found = await Promise.all(keys.map((key) => redis.hget(key, 'S')));
    return new Map(found.flatMap((next, n) => (next === null ? [] : [[n, Number(next)] as const])));
  }

  /** What cannot be seen now, because Redis is away, is not seen. */
  const unlessAway = (look: () => Promise<void>) => (): void => void look().catch(() => undefined);

  const sample = unlessAway(async () => {
    const found = await marks();
    const at = Date.now();
    for (const [partition, next] of found) samples.push({ at, partition, next });
  });

  const copy = unlessAway(async () => {
    const at = Date.now();
    const keys = (await redis.keys('waiting:*')).filter((key) => taskKey.test(key));
    if (keys.length === 0) return;
    const dumps = (await redis.multi(keys.map((key) => ['dumpBuffer', key])).exec()) ?? [];
    const dumped = keys.flatMap((key, n) => {
      const dump = dumps[n]?.[1];
      return Buffer.isBuffer(dump) ? [[key, dump] as const] : [];
    });
    copies.push({ at, keys: dumped });
    copies = copies.filter((each) => each.at > at - 10 * ageMillis);
  });

  const timers = [setInterval(sample, sampleEveryMillis), setInterval(copy, copyEveryMillis)];
  return {
    samples,
    age: () => age,
    bringBack: async () => {
      const old = copies.findLast(({ at }) => at <= Date.now() - ageMillis);
      if (!old) return 0;
      age = Date.now() - old.at;
      const before = await marks();
      await redis.multi([['flushall'], ...old.keys.map(([key, dump]) => ['restore', key, '0', dump])]).exec();
      const after = await marks();
      return [...after].filter(([partition, next]) => next < (before.get(partition) ?? 0)).length;
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
