import type { SecureContextOptions } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { UnfitError } from '../errors.ts';
import type { ReplyChannel } from '../ports.ts';
import { primaryFollower } from './primary.ts';

export type RedisClient = Redis;

export interface RedisAddress {
  /** `redis://` or, encrypted, `rediss://`, with the user and the password. With sentinels its host is their name for the primary. */
  readonly url: string;
  /** PEM. Without a `ca`, what Node trusts is trusted. */
  readonly tls?: SecureContextOptions;
  readonly sentinels?: Sentinels;
}

/** Who says where the primary is. They are spoken to over TLS where it is. */
export interface Sentinels {
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly password?: string | undefined;
}

/** Without what decides the types of replies. */
type Options = Omit<RedisOptions, 'replyMapping'>;

/**
 * Makes a connection, which is made again by itself whenever it is lost; `onError` hears of that from then on. Rejects
 * with what kept it from being made at first.
 */
async function connect(
  address: RedisAddress,
  onError: (error: Error) => void,
  options: Options = {},
): Promise<Redis> {
  const { url, tls, sentinels } = address;
  const { options: following, follow } = primaryFollower();
  const redis = new Redis(url, {
    lazyConnect: true,
    // Which library a connection is of is nice to know, but a right of its own in Redis' access list.
    disableClientInfo: true,
    ...following,
    ...(tls && { tls }),
    ...(sentinels && throughSentinels(url, sentinels, tls)),
    ...options,
  });
  // The rejection alone would say that the connection is closed, and not why.
  const reasons: Error[] = [];
  const note = (error: Error): void => void reasons.push(error);
  redis.on('error', note);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw reasons.at(-1) ?? error;
  }
  redis.off('error', note);
  redis.on('error', onError);
  follow(redis, onError);
  return redis;
}

/** Whether the error says that Redis is out of reach: what it answers, such as that a password is wrong, is none of these. */
export const isRedisAway = (error: unknown): boolean =>
  error instanceof Error && error.name !== 'ReplyError' && !(error instanceof UnfitError);

function throughSentinels(
  url: string,
  { addresses, password }: Sentinels,
  tls: SecureContextOptions = {},
): Options {
  const { hostname, protocol } = new URL(url);
  return {
    sentinels: [...addresses],
    name: hostname,
    // They say it as soon as they know it, also where the former primary still answers us.
    failoverDetector: true,
    ...(password !== undefined && { sentinelPassword: password }),
    ...(protocol === 'rediss:' && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

/** Longer than Redis takes for anything that is asked of it (ms). */
const answerWithinMillis = 5_000;

/**
 * A connection for commands, which fail when they are not answered in time (`withinMillis`), and while Redis is away,
 * instead of queueing without bound: tasks try again with a pause, requests are told so. A command whose reply was lost
 * is not re-sent behind our back, for the same reason.
 */
export const connectRedis = (
  address: RedisAddress,
  onError: (error: Error) => void,
  withinMillis = answerWithinMillis,
): Promise<Redis> =>
  connect(address, onError, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: withinMillis,
  });

/**
 * Throws unless Redis keeps what it is given: under memory pressure any other policy drops queues silently. INFO, which
 * the library needs anyway, says it to users that may not see the configuration, where passwords can be.
 */
export async function requireNoEviction(redis: Redis): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1] ?? 'unknown';
  if (policy !== 'noeviction') {
    throw new UnfitError(
      `Redis has maxmemory-policy ${policy}; set it to noeviction, or queues will be lost`,
    );
  }
}

/** A channel that this process hears, on a connection of its own. Resolves once subscribed, so that no request is sent before. */
export async function openChannel(
  address: RedisAddress,
  name: string,
  onError: (error: Error) => void,
): Promise<ReplyChannel & { close: () => void }> {
  const redis = await connect(address, onError);
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
