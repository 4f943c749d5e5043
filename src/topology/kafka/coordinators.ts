import { type Broker, findCoordinatorV4 } from '@platformatic/kafka';
import type { AskAny } from './brokers.ts';
import { unlessMoved } from './moved.ts';

const kinds = { group: 0, transaction: 1 } as const;

export interface Coordinator extends Broker {
  readonly nodeId: number;
}

/** Answers that say: not this broker, or not now. */
export const coordinatorMoves = ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'] as const;

/** Who coordinates a consumer group or a transactional id. */
export interface Coordinators {
  /** Throws while there is none. */
  readonly find: (kind: keyof typeof kinds, key: string) => Promise<Coordinator>;
  /** The coordinator's answer; rejects with MovedError once the others name another one. */
  readonly answer: <T>(
    kind: keyof typeof kinds,
    key: string,
    asked: Coordinator,
    answer: Promise<T>,
  ) => Promise<T>;
}

export function coordinatorsBy(askAny: AskAny): Coordinators {
  const find: Coordinators['find'] = async (kind, key) => {
    const { coordinators } = await askAny((connection) =>
      findCoordinatorV4.api.async(connection, kinds[kind], [key]),
    );
    const [coordinator] = coordinators;
    if (!coordinator) throw new Error(`no broker coordinates ${key}`);
    return coordinator;
  };
  return {
    find,
    answer: (kind, key, asked, answer) =>
      unlessMoved(answer, async () => (await find(kind, key)).nodeId !== asked.nodeId),
  };
}
