import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, ConnectionPool } from '@platformatic/kafka';
import { isClosed } from './connection.ts';
import type { Leader, Leaders } from './leaders.ts';
import { lookAgainMillis, unlessMoved } from './moved.ts';

/** Nobody leads the partition, or the leader cannot be reached: nothing was sent. */
export class LeaderlessError extends Error {
  override readonly name = 'LeaderlessError';
}

export interface Reached {
  readonly leader: Leader;
  readonly connection: Connection;
}

/** A connection to the leader of a partition, waited for. Throws LeaderlessError after `patience` (ms). */
export async function reachLeader(
  leaders: Leaders,
  pool: ConnectionPool,
  topic: string,
  partition: number,
  patience: number,
): Promise<Reached> {
  for (const giveUp = Date.now() + patience; ;) {
    let cause: unknown;
    try {
      await leaders.learn([topic]);
      const leader = leaders.of(topic, partition);
      if (leader) return { leader, connection: await pool.get(leader.broker) };
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= giveUp || isClosed(cause))
      throw new LeaderlessError(`no leader of ${topic}-${partition} can be reached`, { cause });
    await sleep(lookAgainMillis);
    await leaders.refresh().catch(() => undefined);
  }
}

/** What a leader answers; rejects with MovedError once another one leads the partition. */
export const leadersAnswer = <T>(
  leaders: Leaders,
  { node }: Leader,
  topic: string,
  partition: number,
  answer: Promise<T>,
): Promise<T> =>
  unlessMoved(answer, async () => {
    await leaders.refresh();
    return leaders.of(topic, partition)?.node !== node;
  });
