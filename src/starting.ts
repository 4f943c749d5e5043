/**
 * A start waits for servers that are away, as a running process does: whoever starts everything at once need not put it
 * into an order, and a process that ended would only be started again, and again. What a server that answers refuses, and
 * what is not as it has to be, ends the start: waiting would not help.
 */
import { RegistryAwayError } from './schemas/learning.ts';
import type { Clock } from './topology/clock.ts';
import { causeOf, isPassing } from './topology/kafka/client.ts';
import { isUnreachable } from './topology/kafka/connection.ts';
import { isRedisAway } from './topology/redis/connections.ts';

/** Between two attempts. */
const retryMillis = 1_000;
/** An attempt that takes longer is one of a server that does not answer. */
const slowMillis = 3_000;
/** How often it is said again. */
const sayMillis = 60_000;

/** By the name of their check of readiness: what people call them, and whether an error says that one is out of reach, and no more. */
const neededServers = {
  kafka: { name: 'Kafka', isAway: (error: unknown) => isPassing(causeOf(error)) || isUnreachable(error) },
  redis: { name: 'Redis', isAway: isRedisAway },
  registry: {
    name: 'the schema registry',
    isAway: (error: unknown) => error instanceof RegistryAwayError,
  },
} as const;
type NeededServer = keyof typeof neededServers;

export interface Starting {
  /** Resolves as `ask` does, which is called until the server is there. Rejects with what waiting does not help against. */
  readonly from: <T>(server: NeededServer, ask: () => Promise<T>) => Promise<T>;
  /** What is waited for, for readiness. */
  readonly checks: () => Readonly<Record<string, string>>;
}

export function createStarting(
  clock: Clock,
  log: (level: 'warn' | 'info', message: string, details: object) => void,
): Starting {
  /** When it was last said that a server is away. */
  const away = new Map<NeededServer, number>();
  const never = new AbortController().signal;

  function say(server: NeededServer, details: object): void {
    const said = away.get(server);
    if (said !== undefined && clock.now() - said < sayMillis) return;
    away.set(server, clock.now());
    log('warn', `${neededServers[server].name} is away: the start waits for it`, details);
  }

  /** One attempt. */
  async function attempt<T>(server: NeededServer, ask: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    void clock.sleep(slowMillis, over.signal).then(() => {
      if (!over.signal.aborted) say(server, { waitedMillis: slowMillis });
    });
    try {
      return await ask();
    } finally {
      over.abort();
    }
  }

  return {
    checks: () => Object.fromEntries([...away.keys()].map((server) => [server, 'away'])),
    from: async (server, ask) => {
      const { name, isAway } = neededServers[server];
      for (;;) {
        try {
          const answer = await attempt(server, ask);
          if (away.delete(server)) log('info', `${name} is there`, {});
          return answer;
        } catch (error) {
          if (!isAway(error)) throw error;
          say(server, { err: error });
        }
        await clock.sleep(retryMillis, never);
      }
    },
  };
}
