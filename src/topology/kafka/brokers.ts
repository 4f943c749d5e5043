import type { Broker, Connection, ConnectionPool } from '@platformatic/kafka';
import { type Bootstrap, addressOf, connectionPool, isAnswer } from './connection.ts';
import { type Coordinators, coordinatorsBy } from './coordinators.ts';
import { firstAnswer } from './firstAnswer.ts';
import { type Leaders, leadersOf } from './leaders.ts';

/** How long a broker that was slow, or out of reach, is asked after the others (ms). */
const lastMillis = 10_000;

/** Asks brokers, one after the other, until one answers. Rejects with an answer that is an error, or when none answers. */
export type AskAny = <T>(ask: (connection: Connection) => Promise<T>, atOnce?: number) => Promise<T>;

/** A cluster as the tasks' transactions reach it: one view of who leads and coordinates what, whoever of them asks. */
export interface Brokers {
  /** Connections for one use; to be closed by who asked for them. Requests time out after `requestMillis`. */
  readonly pool: (use: string, requestMillis?: number) => ConnectionPool;
  readonly leaders: Leaders;
  readonly coordinators: Coordinators;
  readonly close: () => Promise<void>;
}

/** Connects to nobody until somebody asks. */
export function brokersOf(bootstrap: Bootstrap): Brokers {
  const given = bootstrap.brokers.map(addressOf);
  const pool = connectionPool(bootstrap, 'any');
  // Those that were given stay: all others may have moved.
  const ask = askAny(pool, () => {
    const found = leaders.brokers();
    const known = new Set(found.map(keyOf));
    return [...found, ...given.filter((broker) => !known.has(keyOf(broker)))];
  });
  const leaders = leadersOf(ask);
  return {
    pool: (use, requestMillis) => connectionPool(bootstrap, use, requestMillis),
    leaders,
    coordinators: coordinatorsBy(ask),
    close: () => pool.close(),
  };
}

/**
 * Questions that any broker can answer. None is the first by its place in a list: they take turns, so that one that is
 * cut off from the others, and answers with what it knew before, is not believed for ever.
 */
function askAny(pool: ConnectionPool, brokers: () => readonly Broker[]): AskAny {
  /** When each was slow, or out of reach. */
  const slowAt = new Map<string, number>();
  const slow = (broker: Broker): void => void slowAt.set(keyOf(broker), Date.now());
  const isSlow = (broker: Broker): boolean => Date.now() - (slowAt.get(keyOf(broker)) ?? 0) < lastMillis;
  let turn = 0;

  function inOrder(): Broker[] {
    const all = brokers();
    turn = (turn + 1) % Math.max(1, all.length);
    const turned = [...all.slice(turn), ...all.slice(0, turn)];
    return [...turned.filter((each) => !isSlow(each)), ...turned.filter(isSlow)];
  }

  return (ask, atOnce) =>
    firstAnswer(
      inOrder(),
      async (broker) => {
        try {
          const answer = await ask(await pool.get(broker));
          slowAt.delete(keyOf(broker));
          return answer;
        } catch (error) {
          if (!isAnswer(error)) slow(broker);
          throw error;
        }
      },
      { ...(atOnce !== undefined && { atOnce }), isAnswer, slow },
    );
}

const keyOf = ({ host, port }: Broker): string => `${host}:${port}`;
