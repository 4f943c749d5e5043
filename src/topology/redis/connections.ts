import type { SecureContextOptions } from 'node:tls';
import { Redis } from 'ioredis';
import type { ReplyChannel } from '../ports.ts';

export type RedisClient = Redis;

export interface RedisAddress {
  /** `redis://` or, encrypted, `rediss://`, with the user and the password. */
  readonly url: string;
  /** PEM. Without a `ca`, what Node trusts is trusted. */
  readonly tls?: SecureContextOptions;
}

const optionsOf = ({ tls }: RedisAddress) => ({
  lazyConnect: true,
  // Which library a connection is of is nice to know, but a right of its own in Redis' access list.
  disableClientInfo: true,
  retryStrategy: (attempt: number) => Math.min(100 * attempt, 1_000),
  ...(tls && { tls }),
});

/** Longer than Redis takes for anything that is asked of it (ms). */
const answerWithinMillis = 5_000;

/**
 * A connection for commands, which fail when they are not answered in time (`withinMillis`), and while Redis is away,
 * instead of queueing without bound: tasks try again with a pause, requests are told so. A command whose reply was lost
 * is not re-sent behind our back, for the same reason.
 */
export async function connectRedis(
  address: RedisAddress,
  onError: (error: Error) => void,
  withinMillis = answerWithinMillis,
): Promise<Redis> {
  const redis = new Redis(address.url, {
    ...optionsOf(address),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: withinMillis,
  });
  redis.on('error', onError);
  await redis.connect();
  return redis;
}

/**
 * Throws unless Redis keeps what it is given: under memory pressure any other policy drops queues silently. INFO, which
 * the library needs anyway, says it to users that may not see the configuration, where passwords can be.
 */
export async function requireNoEviction(redis: Redis): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1] ?? 'unknown';
  if (policy !== 'noeviction') {
    throw new Error(`Redis has maxmemory-policy ${policy}; set it to noeviction, or queues will be lost`);
  }
}

/** A channel that this process hears, on a connection of its own. Resolves once subscribed, so that no request is sent before. */
export async function openChannel(
  address: RedisAddress,
  name: string,
  onError: (error: Error) => void,
): Promise<ReplyChannel & { close: () => void }> {
  const redis = new Redis(address.url, optionsOf(address));
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
