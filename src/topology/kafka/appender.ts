import type { Kafka, Producer } from 'kafkajs';
import { NotSentError, type Appended, type Appender, type OutputRecord } from '../ports.ts';
import { causeOf, isPassing, partitionOf, sizeOf, toMessage } from './client.ts';

/** Broker answers that may come for a record which is in the log all the same. */
const perhapsTaken = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'UNKNOWN']);

/** How long a refusal may take to pass: 20 times 100 ms. */
const refusedAttempts = 20;
const refusedMillis = 100;

/** How often a broker that went away is asked for again. */
const probeMillis = 250;

/** How often a broker is asked whether it is there: who sends nothing would not hear that it went away. */
const beatMillis = 5_000;

/** The broker's limit for a record of the commands topic holds for the batch they are sent in: one a request. */
const maxRequestBytes = 48 * 1024;

interface Waiting {
  readonly record: OutputRecord;
  readonly done: (appended: Appended) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Appends single records, each answered for itself. While a partition's request is under way its next records gather:
 * one request a partition at a time, because only then does an error say of each record what became of it.
 *
 * The library reconnects inside a failing send, and an error of that hides whether something was sent before. So a
 * failure says nothing certain of the records in it; but from then on nothing is sent until the broker answers again,
 * and that is certain.
 */
export function appender(
  kafka: Kafka,
  partitions: ReadonlyMap<string, number>,
): Appender & {
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Whether the broker left the last thing that it was asked unanswered: a record, or every few seconds whether it is there. */
  readonly isAway: () => boolean;
} {
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
  const admin = kafka.admin({ retry: { retries: 0 } });
  const lanes = new Map<string, Waiting[]>();
  /** Nothing is sent. */
  let away = false;
  let answered = true;
  let closed = false;

  async function drain(lane: string, queue: Waiting[]): Promise<void> {
    // Gathers what is appended in this turn of the event loop.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = queue.splice(0, countUpTo(queue, maxRequestBytes));
      const records = batch.map(({ record }) => record);
      try {
        if (away) throw new NotSentError('the log is out of reach');
        const { offset, at } = await send(producer, records);
        batch.forEach(({ done }, i) => done({ offset: offset + i, at }));
      } catch (error) {
        if (!(error instanceof NotSentError)) void probe();
        batch.forEach(({ failed }) => failed(error));
      }
    }
    lanes.delete(lane);
  }

  const answers = (): Promise<boolean> =>
    admin.fetchTopicMetadata({ topics: [...partitions.keys()] }).then(
      () => true,
      () => false,
    );

  /** Ends the silence once the broker knows the topics again. */
  async function probe(): Promise<void> {
    if (away) return;
    away = true;
    while (!closed && !(await answers())) await pause(probeMillis);
    away = false;
  }

  async function listen(): Promise<void> {
    while (!closed) {
      answered = await answers();
      await pause(answered ? beatMillis : probeMillis);
    }
  }

  return {
    isAway: () => away || !answered,
    open: async () => {
      await Promise.all([producer.connect(), admin.connect()]);
      void listen();
    },
    close: async () => {
      closed = true;
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    },
    append: (record) =>
      new Promise((done, failed) => {
        const count = partitions.get(record.topic);
        if (count === undefined) {
          failed(new NotSentError(`the partitions of ${record.topic} are not known`));
          return;
        }
        const partition = record.partition ?? partitionOf(record.key, count);
        const lane = `${record.topic}-${partition}`;
        const waiting = { record: { ...record, partition }, done, failed };
        const queue = lanes.get(lane);
        if (queue) queue.push(waiting);
        else {
          const started = [waiting];
          lanes.set(lane, started);
          void drain(lane, started);
        }
      }),
  };
}

/** Keeps no process from ending. */
const pause = (millis: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, millis).unref();
  });

/** How many of the first records fit, at least one: a record that is too large by itself is the broker's to refuse. */
function countUpTo(queue: readonly Waiting[], bytes: number): number {
  let sum = 0;
  const over = queue.findIndex(({ record }) => (sum += sizeOf(record)) > bytes);
  return over < 0 ? queue.length : Math.max(1, over);
}

/**
 * Answers where the first of the records stands; the others follow it. A refusal that passes, as while a partition
 * changes its leader, is tried again: nothing was taken before.
 */
async function send(producer: Producer, records: readonly OutputRecord[]): Promise<Appended> {
  const topic = records[0]?.topic ?? '';
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [sent] = await producer.send({ topic, acks: -1, messages: records.map(toMessage) });
      return { offset: Number(sent?.baseOffset), at: Number(sent?.logAppendTime) };
    } catch (error) {
      const told = classify(error);
      const passes = told instanceof NotSentError && isPassing(told.cause);
      if (!passes || attempt === refusedAttempts) throw told;
      await new Promise((resolve) => setTimeout(resolve, refusedMillis));
    }
  }
}

/** NotSentError where the broker's own answer says that the log does not have the records. */
function classify(error: unknown): unknown {
  const cause = causeOf(error);
  if (!(cause instanceof Error) || cause.name !== 'KafkaJSProtocolError' || !('type' in cause)) return error;
  return perhapsTaken.has(String(cause.type)) ? error : new NotSentError(cause.message, { cause });
}
