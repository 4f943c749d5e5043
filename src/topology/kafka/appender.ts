import type { Kafka, Producer } from 'kafkajs';
import { type Appender, NotSentError, type OutputRecord } from '../ports.ts';
import { partitionOf } from './client.ts';
import { toMessage } from './transactions.ts';

/** Errors that come before anything is written to a socket. */
const beforeSending = new Set([
  'KafkaJSConnectionError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
]);
/** Broker answers that may come for a record which is in the log all the same. */
const perhapsTaken = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'UNKNOWN']);

interface Waiting {
  readonly record: OutputRecord;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Appends single records, each answered for itself. While a partition's request is under way its next records gather:
 * one request a partition at a time, because only then does an error say of each record what became of it.
 */
export function appender(
  kafka: Kafka,
  partitions: ReadonlyMap<string, number>,
): Appender & { open: () => Promise<void>; close: () => Promise<void> } {
  // Not retried here: a later attempt's "nothing was sent" would hide an earlier one that perhaps was.
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
  const lanes = new Map<string, Waiting[]>();

  async function drain(lane: string, queue: Waiting[]): Promise<void> {
    // Gathers what is appended in this turn of the event loop.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = queue.splice(0, 500);
      try {
        await send(
          producer,
          batch.map(({ record }) => record),
        );
        batch.forEach(({ done }) => done());
      } catch (error) {
        const told = classify(error);
        batch.forEach(({ failed }) => failed(told));
      }
    }
    lanes.delete(lane);
  }

  return {
    open: () => producer.connect(),
    close: () => producer.disconnect(),
    append: (record) =>
      new Promise((done, failed) => {
        const count = partitions.get(record.topic);
        if (count === undefined) {
          failed(new NotSentError(`the partitions of ${record.topic} are not known`));
          return;
        }
        const partition = record.partition ?? partitionOf(record.key, count);
        const lane = `${record.topic}-${partition}`;
        const queue = lanes.get(lane);
        const waiting = { record: { ...record, partition }, done, failed };
        if (queue) queue.push(waiting);
        else {
          const started = [waiting];
          lanes.set(lane, started);
          void drain(lane, started);
        }
      }),
  };
}

async function send(producer: Producer, records: readonly OutputRecord[]): Promise<void> {
  const topic = records[0]?.topic ?? '';
  await producer.send({ topic, acks: -1, messages: records.map(toMessage) });
}

/** NotSentError where the error shows that the log does not have the records. */
function classify(error: unknown): unknown {
  // The library wraps what it gave up on.
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return error;
  const refused =
    cause.name === 'KafkaJSProtocolError' && 'type' in cause && !perhapsTaken.has(String(cause.type));
  return beforeSending.has(cause.name) || refused ? new NotSentError(cause.message, { cause }) : error;
}
