import type { Consumer, Kafka } from 'kafkajs';
import type { PartitionSource, SourceHandler } from '../ports.ts';
import { roundRobinSayingLevel } from './assignment.ts';
import { toRecord } from './client.ts';
import { confirmationsOf } from './confirmations.ts';
import { type GroupLog, offsetCommits } from './offsetCommits.ts';

/**
 * Bounds how long a resumed partition waits for the fetch under way to come back; the library has one fetch at a time
 * per broker. Ten empty fetches a second cost nothing that shows.
 */
const maxFetchWaitMillis = 100;
/** The library decodes whatever a fetch brings, and a task wants no more than some batches in hand. */
const maxBytesPerPartition = 128 * 1024;
const sessionTimeoutMillis = 10_000;
const heartbeatMillis = 1_000;

/** A client that neither fetches nor fails for this long has stalled; a request of its own times out after 15 s. */
const stalled = { beats: 12, everyMillis: 5_000 };

/**
 * One topic through a consumer group. Records are handed over at once and the fetch loop goes on, so that no partition
 * holds up another, nor the heartbeat.
 */
export function partitionSource(
  kafka: Kafka,
  topic: string,
  groupId: string,
  log: GroupLog,
): PartitionSource {
  const consumer = kafka.consumer({
    groupId,
    partitionAssigners: [roundRobinSayingLevel],
    sessionTimeout: sessionTimeoutMillis,
    rebalanceTimeout: 3 * sessionTimeoutMillis,
    heartbeatInterval: heartbeatMillis,
    maxWaitTimeInMs: maxFetchWaitMillis,
    maxBytesPerPartition,
    allowAutoTopicCreation: false,
  });
  const watchdog = watchSigns(consumer);
  const confirmations = confirmationsOf(consumer, sessionTimeoutMillis);
  const commits = offsetCommits(
    groupId,
    (offsets) =>
      consumer.commitOffsets(
        [...offsets].map(([partition, next]) => ({ topic, partition, offset: String(next) })),
      ),
    log,
  );
  const only = (partition: number) => [{ topic, partitions: [partition] }];

  return {
    start: async (handler) => {
      onAssignment(consumer, topic, (partitions) => {
        commits.assigned(partitions);
        handler.assigned(partitions);
        confirmations.joined();
      });
      watchdog.start(handler.crashed);
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) handler.crashed(payload.error);
      });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => {
          const { batch } = payload;
          // A batch fetched before a seek is not what the task asked for.
          if (payload.isStale() || !payload.isRunning()) return Promise.resolve();
          handler.records(
            batch.partition,
            batch.messages.map((message) => toRecord(topic, batch.partition, message)),
            Number(batch.highWatermark),
          );
          payload.resolveOffset(batch.lastOffset());
          return Promise.resolve();
        },
      });
    },
    resume: (partition, from) =>
      whileJoined(() => {
        consumer.seek({ topic, partition, offset: String(from) });
        consumer.resume(only(partition));
      }),
    pause: (partition) => whileJoined(() => consumer.pause(only(partition))),
    confirmed: confirmations.confirmed,
    commit: commits.commit,
    stop: async () => {
      watchdog.stop();
      await commits.finish();
      await consumer.disconnect();
    },
  };
}

/**
 * Finds a consumer that stopped working without a word. It counts beats of this process, not time: a process that was
 * frozen has missed nothing that it could have heard.
 */
function watchSigns(consumer: Consumer) {
  let beats = 0;
  let timer: NodeJS.Timeout | undefined;
  const { FETCH, GROUP_JOIN, REBALANCING, CRASH } = consumer.events;
  for (const sign of [FETCH, GROUP_JOIN, REBALANCING, CRASH]) consumer.on(sign, () => void (beats = 0));
  return {
    start: (crashed: (error: Error) => void): void => {
      timer = setInterval(() => {
        beats += 1;
        if (beats < stalled.beats) return;
        clearInterval(timer);
        const seconds = (stalled.beats * stalled.everyMillis) / 1000;
        crashed(new Error(`the consumer has neither fetched nor failed for ${seconds} s`));
      }, stalled.everyMillis);
    },
    stop: (): void => clearInterval(timer),
  };
}

/**
 * While the library restarts a consumer that crashed, it has no group to speak to, and says so by throwing. Nothing is
 * fetched then, and the next assignment begins with everything paused and every task resuming where it is.
 */
export function whileJoined(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('Consumer group was not initialized')))
      throw error;
  }
}

/** Pauses what was assigned before the first fetch: where to read from is the task's to say, not the group's. */
function onAssignment(consumer: Consumer, topic: string, assigned: SourceHandler['assigned']): void {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const partitions = payload.memberAssignment[topic] ?? [];
    if (partitions.length > 0) consumer.pause([{ topic, partitions }]);
    assigned(partitions);
  });
}
