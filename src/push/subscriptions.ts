/**
 * Where a customer's browsers are told: in Redis, since a subscription is worth as much as its waiting lasts, ends by
 * itself, and is put again whenever the page is opened.
 */
import { z } from 'zod';
import type { RedisClient } from '../topology/redis/connections.ts';

export const languages = ['ko', 'en'] as const;
export type Language = (typeof languages)[number];

/** What the texts name of a restaurant, as it was when the subscription was put. */
interface Place {
  readonly name: string;
  /** IANA name. */
  readonly timeZone: string;
}

export interface Subscription {
  /** Who knows it may try to send to this browser. */
  readonly endpoint: string;
  /** What messages are encrypted for, in base64url. */
  readonly keys: { readonly p256dh: string; readonly auth: string };
  readonly language: Language;
  readonly place: Place;
}

/** Every one rejects while Redis is away. */
export interface Subscriptions {
  readonly put: (waitingId: number, subscription: Subscription) => Promise<void>;
  /** Of each waiting, in the order of the ids. */
  readonly of: (waitingIds: readonly number[]) => Promise<readonly (readonly Subscription[])[]>;
  readonly drop: (waitingId: number, endpoint: string) => Promise<void>;
  readonly dropAll: (waitingId: number) => Promise<void>;
}

/** Longer than anybody waits: a business day, and the night after it. */
const keptSeconds = 48 * 60 * 60;
/** Somebody's phones and computers. The newest count: a browser that subscribes anew has another endpoint. */
const most = 5;

const stored = z.object({
  keys: z.object({ p256dh: z.string(), auth: z.string() }),
  language: z.enum(languages),
  place: z.object({ name: z.string(), timeZone: z.string() }),
  /** When it was put (ms). */
  at: z.number(),
});
type Stored = z.output<typeof stored>;

/** Under `<prefix>:<waitingId>`, a hash by endpoint. */
export function redisSubscriptions(
  redis: RedisClient,
  prefix: string,
  now: () => number = Date.now,
): Subscriptions {
  const keyOf = (waitingId: number): string => `${prefix}:${waitingId}`;
  return {
    put: async (waitingId, { endpoint, ...rest }) => {
      const key = keyOf(waitingId);
      const others = read(await redis.hgetall(key)).filter(([each]) => each !== endpoint);
      const surplus = others
        .sort(([, a], [, b]) => b.at - a.at)
        .slice(most - 1)
        .map(([each]) => each);
      const value: Stored = { ...rest, at: now() };
      const writing = redis.multi().hset(key, endpoint, JSON.stringify(value)).expire(key, keptSeconds);
      if (surplus.length > 0) writing.hdel(key, ...surplus);
      results(await writing.exec());
    },
    of: async (waitingIds) => {
      if (waitingIds.length === 0) return [];
      const commands = waitingIds.map((waitingId) => ['hgetall', keyOf(waitingId)]);
      return results(await redis.pipeline(commands).exec()).map((hash) =>
        read(hash as Record<string, string>).map(([endpoint, { at: _at, ...rest }]) => ({
          endpoint,
          ...rest,
        })),
      );
    },
    drop: async (waitingId, endpoint) => {
      await redis.hdel(keyOf(waitingId), endpoint);
    },
    dropAll: async (waitingId) => {
      await redis.del(keyOf(waitingId));
    },
  };
}

/** What of another version cannot be read is as good as not there: its page puts it again. */
const read = (hash: Readonly<Record<string, string>>): (readonly [string, Stored])[] =>
  Object.entries(hash).flatMap(([endpoint, text]) => {
    const parsed = stored.safeParse(JSON.parse(text));
    return parsed.success ? [[endpoint, parsed.data] as const] : [];
  });

/** Throws the first error among them. */
function results(replies: readonly (readonly [Error | null, unknown])[] | null): unknown[] {
  return (replies ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}
