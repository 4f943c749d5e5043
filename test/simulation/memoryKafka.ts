/**
 * Kafka in memory, behind the ports of the engine: partition logs, transactions with their coordinator, a consumer
 * group. What clients do by themselves, as retrying a request that may be repeated, is part of the ports.
 */
import { partitionOf } from '../../src/topology/kafka/client.ts';
import {
  type Appended,
  type Appender,
  type ChangelogReader,
  type LogRange,
  NotSentError,
  type OutputRecord,
  type PartitionSource,
  type Transactions,
} from '../../src/topology/ports.ts';
import { type ConsumerGroup, consumerGroup } from './consumerGroup.ts';
import { type Link, LinkError, type Timeline, wallTimeline } from './link.ts';
import { memberSource } from './memberSource.ts';
import { type PartitionLog, partitionLog } from './partitionLog.ts';
import { memoryTransactions } from './memoryTransactions.ts';
import { transactionCoordinator } from './transactionCoordinator.ts';

export interface KafkaOptions {
  readonly topics: readonly string[];
  readonly partitions: number;
  readonly timeline?: Timeline;
  /** What the broker chooses: delays of markers, sizes of batches, who gets which partition. */
  readonly random?: () => number;
  readonly transactionTimeoutMillis?: number;
  readonly sessionMillis?: number;
  readonly rebalanceMillis?: number;
  readonly heartbeatMillis?: number;
  /** Largest value of a record that is taken. */
  readonly maxValueBytes?: number;
  readonly timedOut?: () => void;
}

export interface MemoryKafka {
  readonly partitions: number;
  readonly logOf: (topic: string, partition: number) => PartitionLog;
  readonly groupOf: (topic: string, name: string) => ConsumerGroup;
  /** Whether the broker itself does anything: markers, timeouts, sessions. Requests are the link's to refuse. */
  isUp: boolean;
  readonly transactions: (link: Link, transactionalId: string) => Transactions;
  readonly appender: (link: Link) => Appender;
  readonly changelogReader: (link: Link, topic: string) => ChangelogReader;
  readonly logRange: (link: Link) => (topic: string, partition: number) => Promise<LogRange>;
  /** `now`: the member's own clock. */
  readonly source: (
    link: Link,
    topic: string,
    group: string,
    member: string,
    now?: () => number,
  ) => PartitionSource;
}

const longestMarkerMillis = 40;
const largestFetch = 12;

export function memoryKafka(options: KafkaOptions): MemoryKafka {
  const { partitions, timeline = wallTimeline, random = () => 0.5, sessionMillis = 10_000 } = options;
  const logs = new Map(
    options.topics.map((topic) => [
      topic,
      Array.from({ length: partitions }, (_, n) => partitionLog(topic, n, timeline.now)),
    ]),
  );
  const groups = new Map<string, ConsumerGroup>();
  const isUp = (): boolean => kafka.isUp;
  const coordinator = transactionCoordinator({
    timeline,
    isUp,
    timeoutMillis: options.transactionTimeoutMillis ?? 15_000,
    markerDelay: () => random() ** 3 * longestMarkerMillis,
    ...(options.timedOut && { timedOut: options.timedOut }),
  });

  function logOf(topic: string, partition: number): PartitionLog {
    const log = logs.get(topic)?.[partition];
    if (!log) throw new NotSentError(`there is no partition ${topic}-${partition}`);
    return log;
  }

  function groupOf(topic: string, name: string): ConsumerGroup {
    const known = groups.get(`${topic}/${name}`);
    if (known) return known;
    const group = consumerGroup({
      timeline,
      partitions,
      isUp,
      sessionMillis,
      rebalanceMillis: options.rebalanceMillis ?? 30_000,
      order: (members) => {
        const first = Math.floor(random() * members.length);
        return [...members.slice(first), ...members.slice(0, first)];
      },
    });
    groups.set(`${topic}/${name}`, group);
    return group;
  }

  function append(record: OutputRecord): Appended {
    if ((record.value?.length ?? 0) > (options.maxValueBytes ?? Infinity))
      throw new NotSentError('the record is too large');
    const log = logOf(record.topic, record.partition ?? partitionOf(record.key, partitions));
    return { offset: log.append(record, null), at: timeline.now() };
  }

  const kafka: MemoryKafka = {
    partitions,
    isUp: true,
    logOf,
    groupOf,
    transactions: (link, transactionalId) =>
      memoryTransactions({ link, coordinator, transactionalId, logOf, random }),
    appender: (link) => memoryAppender(link, append),
    changelogReader: (link, topic) =>
      memoryChangelogReader(link, timeline.now, (partition) => logOf(topic, partition), random),
    logRange: (link) => (topic, partition) =>
      link.call('log range', () => {
        const log = logOf(topic, partition);
        // Asked for by one who reads what is committed, the log ends before an open transaction.
        return { start: log.start(), end: log.stable() };
      }),
    source: (link, topic, group, member, now = timeline.now) =>
      memberSource({
        link,
        member,
        group: groupOf(topic, group),
        logOf: (partition) => logOf(topic, partition),
        now,
        sessionMillis,
        heartbeatMillis: options.heartbeatMillis ?? 1_000,
        mostRecords: () => 1 + Math.floor(random() * largestFetch),
      }),
  };
  return kafka;
}

/** How often a broker that went away is asked for again. */
const probeMillis = 250;

/** After a failure that says nothing certain, nothing is sent until the broker answers again: and that is certain. */
function memoryAppender(link: Link, append: (record: OutputRecord) => Appended): Appender {
  let away = false;
  const probe = async (): Promise<void> => {
    if (away) return;
    for (away = true; away;) {
      await link.pause(probeMillis);
      away = await link.call('metadata', () => false).catch(() => true);
    }
  };
  return {
    append: async (record) => {
      if (away) throw new NotSentError('the log is out of reach');
      try {
        return await link.call('append', () => append(record));
      } catch (error) {
        if (error instanceof NotSentError) throw error;
        void probe();
        throw error instanceof LinkError && !error.sent ? new NotSentError(error.message) : error;
      }
    },
  };
}

/** A reading that gets nothing for this long has stalled. */
const stalledMillis = 15_000;
/** How long a reading that gets nothing waits for more. */
const idleMillis = 20;

function memoryChangelogReader(
  link: Link,
  now: () => number,
  logOf: (partition: number) => PartitionLog,
  random: () => number,
): ChangelogReader {
  const reading = new Set<number>();
  return {
    read: async (partition, from, until, each) => {
      const log = logOf(partition);
      if (reading.has(partition)) throw new Error(`${log.topic}-${partition} is being read already`);
      reading.add(partition);
      try {
        for (let [at, since] = [from, now()]; at <= until;) {
          const fetched = await link.call('read', () => log.fetch(at, 1 + Math.floor(random() * 24)));
          const records = fetched.records.filter(({ offset }) => offset <= until);
          if (fetched.next > at) since = now();
          else if (now() - since > stalledMillis)
            throw new Error(`nothing was read of ${log.topic}-${partition}`);
          else await link.pause(idleMillis);
          if (records.length > 0) await each(records);
          at = fetched.next;
        }
      } finally {
        reading.delete(partition);
      }
    },
  };
}
