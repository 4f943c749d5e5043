import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { AskRange } from '../ports.ts';
import { type Cluster, clusterOf } from './kafkajs/internals.ts';
import { passes } from './kafkajs/passing.ts';
import { lookAgainMillis, unlessMoved } from './moved.ts';

/** How long a leader is waited for (ms): another one leads after 9 s when it is lost. */
const patienceMillis = 12_000;

/** What is asked of a leader: an end of the log, or the first offset since an instant (ms). */
type Which = { readonly fromBeginning: boolean } | { readonly fromTimestamp: number };

/** Where the partitions' logs start and end, and how far a group is. Each partition is asked for by itself. */
export interface LogRanges {
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly of: AskRange;
  /** The ends of all partitions whose leader answers. */
  readonly ends: (topic: string) => Promise<ReadonlyMap<number, number>>;
  /** The first offset that was appended at or after an instant (milliseconds), or the end. */
  readonly since: (topic: string, partition: number, at: number) => Promise<number>;
  /** The offset that a group has committed; null: none. */
  readonly committed: (groupId: string, topic: string, partition: number) => Promise<number | null>;
}

/** Asks over connections that are kept open. */
export function logRanges(kafka: Kafka): LogRanges {
  const cluster = clusterOf(kafka);
  const admin = kafka.admin();
  let closed = false;

  /** Asks again while the answer is one that passes. */
  async function patiently<T>(asking: () => Promise<T>, patience = patienceMillis): Promise<T> {
    for (const giveUp = Date.now() + patience; ;) {
      try {
        return await asking();
      } catch (error) {
        if (closed || !passes(error) || Date.now() >= giveUp) throw error;
      }
      await sleep(lookAgainMillis);
      await cluster.refreshMetadata().catch(() => undefined);
    }
  }

  /** Asks whoever leads the partition, and the next one where that changes meanwhile. */
  const ask = (topic: string, partition: number, which: Which, patience?: number): Promise<number> =>
    patiently(async () => {
      await cluster.addTargetTopic(topic);
      const leader = leaderOf(cluster, topic, partition);
      if (leader === undefined) throw new Error(`${topic} has no partition ${partition}`);
      const asked = cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], ...which }]);
      const [found] = await unlessMoved(asked, async () => {
        await cluster.refreshMetadata();
        return leaderOf(cluster, topic, partition) !== leader;
      });
      return Number(found?.partitions[0]?.offset);
    }, patience);

  return {
    open: async () => {
      await Promise.all([cluster.connect(), admin.connect()]);
    },
    close: async () => {
      closed = true;
      await Promise.all([cluster.disconnect(), admin.disconnect()]);
    },
    of: async (topic, partition, afresh = false) => {
      // A connected client keeps for minutes what it knows of leaders: it has to ask.
      if (afresh) await cluster.refreshMetadata();
      const [start, end] = await Promise.all(
        [true, false].map((fromBeginning) => ask(topic, partition, { fromBeginning })),
      );
      return { start: start ?? Number.NaN, end: end ?? Number.NaN };
    },
    ends: async (topic) => {
      await cluster.addTargetTopic(topic);
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const asked = partitions.map(
        async (partition) => [partition, await ask(topic, partition, { fromBeginning: false }, 0)] as const,
      );
      const answers = await Promise.allSettled(asked);
      const ends = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      const failed = answers.find((each) => each.status === 'rejected');
      if (failed) await cluster.refreshMetadata().catch(() => undefined);
      if (failed && ends.length === 0) throw failed.reason;
      return new Map(ends);
    },
    since: async (topic, partition, at) => {
      const found = await ask(topic, partition, { fromTimestamp: at });
      return found < 0 ? ask(topic, partition, { fromBeginning: false }) : found;
    },
    committed: async (groupId, topic, partition) => {
      const [answer] = await patiently(() => admin.fetchOffsets({ groupId, topics: [topic] }));
      const offset = answer?.partitions.find((each) => each.partition === partition)?.offset;
      return offset === undefined || Number(offset) < 0 ? null : Number(offset);
    },
  };
}

/** −1: nobody; undefined: there is no such partition. */
export const leaderOf = (cluster: Cluster, topic: string, partition: number): number | undefined =>
  cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
