/**
 * Writes are counted in Redis: however many processes somebody asks in turns, they are the same few. Who is over the
 * rate is remembered here until his window ends, so that a flood costs Redis no more than what is allowed.
 */
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisClient } from '../../topology/redis/connections.ts';
import type { Rate } from './table.ts';

/** As `Count`, of a rate that has a name of its own. Rejects when Redis does not count. */
export type SharedCount = (name: string, key: string, rate: Rate) => Promise<number>;

/** Keys are `<prefix>:<name>:<key>`, and end with their window. `redis` should be quick to give up. */
export function redisCount(redis: RedisClient, prefix: string): SharedCount {
  const limiters = new Map<string, RateLimiterRedis>();

  function limiterOf(name: string, { points, seconds: duration }: Rate): RateLimiterRedis {
    const before = limiters.get(name);
    if (before) return before;
    const limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `${prefix}:${name}`,
      points,
      duration,
      inMemoryBlockOnConsumed: points,
      rejectIfRedisNotReady: true,
    });
    limiters.set(name, limiter);
    return limiter;
  }

  return async (name, key, rate) => {
    try {
      await limiterOf(name, rate).consume(key);
      return 0;
    } catch (refused) {
      // The library rejects with what was counted, or with what kept it from counting.
      if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext);
      throw refused;
    }
  };
}
