import type { Kafka } from 'kafkajs';
import type { ChangelogReader, InputRecord } from '../ports.ts';
import { toRecord } from './client.ts';
import { whileJoined } from './source.ts';

/** How long an idle fetch takes: a reading that starts waits for it to end. */
const idleMillis = 20;

/** A reading that gets nothing for this long has stalled: the library's consumers sometimes do, silently. */
const stalledMillis = 15_000;
/** So many readings in a row that got nothing: the consumer will not come back by itself. */
const mostStalls = 4;
/** Readings that go on side by side: one that waits for its reader holds up no other. */
const concurrent = 16;

/**
 * After a broker's crash the library joins as a new member, and the group waits for the old one's session to be over.
 * No takeover can be made meanwhile, so it is the shortest that brokers allow.
 */
const sessionTimeoutMillis = 6_000;
const heartbeatMillis = 1_000;

interface Reading {
  readonly partition: number;
  readonly from: number;
  readonly until: number;
  readonly each: (records: readonly InputRecord[]) => Promise<void>;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
  readonly watchdog: NodeJS.Timeout;
}

/**
 * Reads changelogs wherever they are needed. The library only reads as a member of a group, so this is the one member
 * of a group of its own: every partition is paused, and resumed while it is read.
 */
export function changelogReader(
  kafka: Kafka,
  topic: string,
  groupId: string,
  /** The library gave up: nothing can be read any more. */
  crashed: (error: Error) => void,
): ChangelogReader & { open: () => Promise<void>; close: () => Promise<void> } {
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMillis,
    rebalanceTimeout: 2 * sessionTimeoutMillis,
    heartbeatInterval: heartbeatMillis,
    maxWaitTimeInMs: idleMillis,
    allowAutoTopicCreation: false,
    readUncommitted: false,
  });
  const readings = new Map<number, Reading>();
  let stalls = 0;

  /** A reading that has ended before, whose last chunk comes late, ends no other of its partition. */
  const finish = (reading: Reading, end: (reading: Reading) => void): void => {
    const { partition } = reading;
    if (readings.get(partition) !== reading) return;
    readings.delete(partition);
    clearTimeout(reading.watchdog);
    end(reading);
    whileJoined(() => consumer.pause([{ topic, partitions: [partition] }]));
  };

  /** Everything up to this offset was read. */
  const reached = (reading: Reading, offset: number): void => {
    stalls = 0;
    reading.watchdog.refresh();
    if (offset >= reading.until) finish(reading, ({ done }) => done());
  };

  return {
    open: async () => {
      const joined = new Promise<void>((resolve) => {
        consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
          const partitions = payload.memberAssignment[topic] ?? [];
          consumer.pause([{ topic, partitions }]);
          // After a rejoin the library has forgotten where it was: whoever reads starts over.
          for (const reading of readings.values()) {
            finish(reading, ({ failed }) => failed(new Error('the changelog reader had to join again')));
          }
          resolve();
        });
      });
      // Comes for batches of nothing but control markers, too, which the batch handler never sees.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
        const reading = readings.get(partition);
        if (reading && batchSize === 0) reached(reading, Number(lastOffset));
      });
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        for (const reading of readings.values()) finish(reading, ({ failed }) => failed(payload.error));
        if (!payload.restart) crashed(payload.error);
      });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrent,
        eachBatch: async (payload) => {
          const { batch } = payload;
          const reading = readings.get(batch.partition);
          if (!reading || payload.isStale()) return;
          const records = batch.messages
            .map((message) => toRecord(topic, batch.partition, message))
            .filter(({ offset }) => offset >= reading.from && offset <= reading.until);
          try {
            await reading.each(records);
          } catch (error) {
            const failure = error instanceof Error ? error : new Error(String(error));
            finish(reading, ({ failed }) => failed(failure));
            return;
          }
          if (readings.get(batch.partition) !== reading) return;
          payload.resolveOffset(batch.lastOffset());
          reached(reading, Number(batch.lastOffset()));
        },
      });
      await joined;
    },
    close: () => consumer.disconnect(),
    read: (partition, from, until, each) =>
      new Promise((done, failed) => {
        if (readings.has(partition)) throw new Error(`${topic}-${partition} is being read already`);
        consumer.seek({ topic, partition, offset: String(from) });
        consumer.resume([{ topic, partitions: [partition] }]);
        const watchdog = setTimeout(() => {
          const stalled = new Error(
            `nothing was read of ${topic}-${partition} for ${stalledMillis / 1000} s`,
          );
          finish(reading, () => failed(stalled));
          stalls += 1;
          if (stalls === mostStalls) crashed(stalled);
        }, stalledMillis);
        const reading: Reading = { partition, from, until, each, done, failed, watchdog };
        readings.set(partition, reading);
      }),
  };
}
