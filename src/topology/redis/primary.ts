/**
 * Keeps a connection with the primary. After a failover the server at its other end may be a replica, which refuses to
 * write and shows what was; or it may say nothing any more, which a connection notices by itself after a quarter of an
 * hour. Either way the address, or the sentinels, lead to another server by then: the connection is made anew.
 */
import type { Redis, RedisOptions } from 'ioredis';

const lookMillis = 2_000;
/** So many looks in a row without an answer. */
const mostUnanswered = 3;
const mostPauseMillis = 1_000;

interface Follower {
  readonly options: Pick<RedisOptions, 'retryStrategy' | 'reconnectOnError'>;
  /** Looks at once, whenever it is connected again, and every two seconds, until it is closed. */
  readonly follow: (redis: Redis, onError: (error: Error) => void) => void;
}

export function primaryFollower(): Follower {
  /** The address led to a replica: it will for a while. */
  let replica = false;
  let unanswered = 0;

  return {
    options: {
      retryStrategy: (attempt) => (replica ? mostPauseMillis : Math.min(100 * attempt, mostPauseMillis)),
      // A script that may not write says it in the middle of its message.
      reconnectOnError: ({ message }) => message.includes('READONLY'),
    },
    follow: (redis, onError) => {
      const leave = (why: string): void => {
        onError(new Error(`${why}: connecting again`));
        redis.disconnect(true);
      };
      const look = (): void => {
        if (redis.status !== 'ready') return;
        if (unanswered === mostUnanswered) {
          leave(`Redis has not answered for ${(mostUnanswered * lookMillis) / 1000} s`);
          return;
        }
        unanswered += 1;
        redis.info('replication').then(
          (text) => {
            unanswered = 0;
            replica = /^role:slave/m.test(text);
            if (replica) leave('Redis is a replica here, and takes no writes');
          },
          (error: unknown) => {
            if (error instanceof Error && error.message !== 'Command timed out') unanswered = 0;
          },
        );
      };
      const looking = setInterval(look, lookMillis).unref();
      redis.on('ready', () => {
        unanswered = 0;
        look();
      });
      look();
      redis.on('end', () => clearInterval(looking));
    },
  };
}
