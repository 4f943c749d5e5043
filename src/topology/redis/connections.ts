import { Redis } from 'ioredis';
import type { ReplyChannel } from '../ports.ts';

export type RedisClient = Redis;

/**
 * A connection for commands. They fail while Redis is away, instead of queueing without bound: tasks try again with a
 * pause, requests are told so. A command whose reply was lost is not re-sent behind our back, for the same reason.
 */
export async function connectRedis(url: string, onError: (error: Error) => void): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 5_000,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
  });
  redis.on('error', onError);
  await redis.connect();
  return redis;
}

/** Throws unless Redis keeps what it is given: under memory pressure any other policy drops queues silently. */
export async function requireNoEviction(redis: Redis): Promise<void> {
  const [, policy] = await redis.config('GET', 'maxmemory-policy');
  if (policy !== 'noeviction') {
    throw new Error(
      `Redis has maxmemory-policy ${String(policy)}; set it to noeviction, or queues will be lost`,
    );
  }
}

/** A channel that this process hears, on a connection of its own. Resolves once subscribed, so that no request is sent before. */
export async function openChannel(
  url: string,
  name: string,
  onError: (error: Error) => void,
): Promise<ReplyChannel & { close: () => void }> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
  });
  redis.on('error', onError);
  await redis.connect();
  await redis.subscribe(name);
  return {
    name,
    onMessage: (handler) =>
      void redis.on('messageBuffer', (_channel: Buffer, message: Buffer) => handler(message)),
    // ioredis subscribes again by itself; `ready` comes after that connection is up.
    onReconnect: (handler) => void redis.on('ready', handler),
    close: () => redis.disconnect(),
  };
}
