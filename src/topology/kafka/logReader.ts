import type { Kafka } from 'kafkajs';
import type { InputRecord, LogRange } from '../ports.ts';
import { toRecord } from './client.ts';

/** How long an idle fetch takes: a reading that starts waits for it to end. */
const idleMillis = 20;
const maxBytesPerPartition = 2 * 1024 * 1024;
/** A reading that gets nothing for this long will not get anything. */
const stalledMillis = 20_000;

/** Reads any part of some topics once, for tools: no offset is committed, and no group of the application disturbed. */
export interface LogReader {
  /**
   * Every committed record of `range`, in order, in pieces. `range.end` is the next offset after it, a control marker
   * perhaps. One reading a partition at a time; another one of the same partition goes on at or after its end.
   */
  read: (
    topic: string,
    partition: number,
    range: LogRange,
    each: (records: readonly InputRecord[]) => Promise<void>,
  ) => Promise<void>;
}

interface Reading {
  readonly range: LogRange;
  readonly each: (records: readonly InputRecord[]) => Promise<void>;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
  readonly watchdog: NodeJS.Timeout;
}

/** The library only reads as a member of a group: this is the one member of a group of its own, everything paused. */
export function logReader(
  kafka: Kafka,
  topics: readonly string[],
  groupId: string,
): LogReader & { open: () => Promise<void>; close: () => Promise<void> } {
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: idleMillis,
    maxBytesPerPartition,
    allowAutoTopicCreation: false,
  });
  const readings = new Map<string, Reading>();

  function finish(topic: string, partition: number, end: (reading: Reading) => void): void {
    const place = `${topic}-${partition}`;
    const reading = readings.get(place);
    if (!reading) return;
    readings.delete(place);
    clearTimeout(reading.watchdog);
    consumer.pause([{ topic, partitions: [partition] }]);
    end(reading);
  }

  async function take(topic: string, partition: number, records: readonly InputRecord[], next: number) {
    const reading = readings.get(`${topic}-${partition}`);
    if (!reading) return;
    const { start, end } = reading.range;
    try {
      await reading.each(records.filter(({ offset }) => offset >= start && offset < end));
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      finish(topic, partition, ({ failed }) => failed(failure));
      return;
    }
    reading.watchdog.refresh();
    if (next >= end) finish(topic, partition, ({ done }) => done());
  }

  return {
    open: async () => {
      const joined = new Promise<void>((resolve) => {
        consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
          consumer.pause(topics.map((topic) => ({ topic, partitions: memberAssignment[topic] ?? [] })));
          resolve();
        });
      });
      // Comes for batches of nothing but control markers, too, which the batch handler never sees.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        if (payload.batchSize === 0)
          void take(payload.topic, payload.partition, [], Number(payload.lastOffset) + 1);
      });
      consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
        for (const { failed, watchdog } of readings.values()) {
          clearTimeout(watchdog);
          failed(error);
        }
        readings.clear();
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async (payload) => {
          const { batch } = payload;
          if (payload.isStale()) return;
          const records = batch.messages.map((message) => toRecord(batch.topic, batch.partition, message));
          await take(batch.topic, batch.partition, records, Number(batch.lastOffset()) + 1);
          payload.resolveOffset(batch.lastOffset());
        },
      });
      await joined;
    },
    close: () => consumer.disconnect(),
    read: (topic, partition, range, each) =>
      new Promise((done, failed) => {
        if (range.start >= range.end) {
          done();
          return;
        }
        const stalled = new Error(`nothing was read of ${topic}-${partition} for ${stalledMillis / 1000} s`);
        const watchdog = setTimeout(
          () => finish(topic, partition, (reading) => reading.failed(stalled)),
          stalledMillis,
        );
        readings.set(`${topic}-${partition}`, { range, each, done, failed, watchdog });
        consumer.seek({ topic, partition, offset: String(range.start) });
        consumer.resume([{ topic, partitions: [partition] }]);
      }),
  };
}
