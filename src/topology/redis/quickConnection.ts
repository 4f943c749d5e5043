import type { RedisClient } from './connections.ts';

/**
 * A connection of its own, to the same server and with the same rights as another: for what would rather do without an
 * answer than wait for it, behind what the tasks ask or for a server that hangs. Commands fail after `withinMillis`.
 */
export async function quickConnection(
  like: RedisClient,
  withinMillis: number,
  onError: (error: Error) => void,
): Promise<RedisClient> {
  const redis = like.duplicate({ commandTimeout: withinMillis });
  redis.on('error', onError);
  await redis.connect();
  return redis;
}
