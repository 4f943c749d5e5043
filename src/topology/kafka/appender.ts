import type { Kafka } from 'kafkajs';
import { NotSentError, type Appended, type Appender, type OutputRecord } from '../ports.ts';
import { causeOf, isPassing, partitionOf, sizeOf, toMessage } from './client.ts';
import { clusterOf, producerOn } from './kafkajs/internals.ts';
import { leaderOf, logRanges } from './logRanges.ts';
import { unlessMoved } from './moved.ts';

/** Broker answers that may come for a record which is in the log all the same. */
const perhapsTaken = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'UNKNOWN']);

/** How long a refusal may take to pass: 20 times 100 ms. */
const refusedAttempts = 20;
const refusedMillis = 100;

/** How often it is asked whether the brokers are there: who sends nothing would not hear that they went away (ms). */
const beatMillis = { there: 5_000, away: 250 };
/** One of them answers by then. */
const answerWithinMillis = 3_000;

/** The broker's limit for a record of the commands topic holds for the batch they are sent in: one a request. */
const maxRequestBytes = 48 * 1024;

interface Waiting {
  readonly record: OutputRecord;
  readonly done: (appended: Appended) => void;
  readonly failed: (error: unknown) => void;
}

/** The records of one partition. */
interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly queue: Waiting[];
  draining: boolean;
  /** Its leader did not answer, and has not since: nothing is sent. */
  out: boolean;
}

/**
 * Appends single records, each answered for itself. While a partition's request is under way its next records gather:
 * one request a partition at a time, because only then does an error say of each record what became of it.
 *
 * The library reconnects inside a failing send, and an error of that hides whether something was sent before. So a
 * failure says nothing certain of the records in it; but from then on nothing is sent to the partition until its leader
 * answers again, and that is certain. The other partitions go on.
 */
export function appender(
  kafka: Kafka,
  partitions: ReadonlyMap<string, number>,
): Appender & {
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Whether no broker answers, or none that leads a partition that was appended to. */
  readonly isAway: () => boolean;
} {
  const cluster = clusterOf(kafka);
  const producer = producerOn(kafka, cluster, { allowAutoTopicCreation: false, retry: { retries: 0 } });
  const ranges = logRanges(kafka);
  const lanes = new Map<string, Lane>();
  let answered = true;
  let closed = false;

  async function drain(lane: Lane): Promise<void> {
    lane.draining = true;
    // Gathers what is appended in this turn of the event loop.
    await Promise.resolve();
    while (lane.queue.length > 0) {
      const batch = lane.queue.splice(0, countUpTo(lane.queue, maxRequestBytes));
      const records = batch.map(({ record }) => record);
      try {
        if (lane.out) throw new NotSentError('the log is out of reach');
        const { offset, at } = await send(lane, records);
        batch.forEach(({ done }, i) => done({ offset: offset + i, at }));
      } catch (error) {
        if (!(error instanceof NotSentError) || isLeaderless(error.cause)) void lookFor(lane);
        batch.forEach(({ failed }) => failed(error));
      }
    }
    lane.draining = false;
  }

  /**
   * Answers where the first of the records stands; the others follow it. A refusal that passes, as while a partition
   * changes its leader, is tried again: nothing was taken before.
   */
  async function send(lane: Lane, records: readonly OutputRecord[]): Promise<Appended> {
    const { topic } = lane;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const sent = producer.send({ topic, acks: -1, messages: records.map(toMessage) });
        const [where] = await unlessMoved(sent, movedFrom(lane));
        return { offset: Number(where?.baseOffset), at: Number(where?.logAppendTime) };
      } catch (error) {
        const told = classify(error);
        const passing = told instanceof NotSentError && isPassing(told.cause);
        if (!passing || attempt === refusedAttempts) throw told;
        await pause(refusedMillis);
      }
    }
  }

  /** Whether another broker leads the partition by now than when this was called. */
  function movedFrom({ topic, partition }: Lane): () => Promise<boolean> {
    const leader = leaderOf(cluster, topic, partition);
    return async () => {
      await cluster.refreshMetadata();
      return leaderOf(cluster, topic, partition) !== leader;
    };
  }

  /** Sends nothing until the partition's leader answers. */
  async function lookFor(lane: Lane): Promise<void> {
    if (lane.out) return;
    lane.out = true;
    const answers = (): Promise<boolean> =>
      ranges.of(lane.topic, lane.partition).then(
        () => true,
        () => false,
      );
    while (!closed && !(await answers())) await pause(beatMillis.away);
    // A producer whose request timed out asks nobody who leads by now.
    await cluster.refreshMetadata().catch(() => undefined);
    lane.out = false;
  }

  async function listen(): Promise<void> {
    while (!closed) {
      const refreshed = cluster.refreshMetadata().then(
        () => true,
        () => false,
      );
      answered = await Promise.race([refreshed, pause(answerWithinMillis).then(() => false)]);
      await pause(answered ? beatMillis.there : beatMillis.away);
    }
  }

  function laneOf(topic: string, partition: number): Lane {
    const place = `${topic}-${partition}`;
    let lane = lanes.get(place);
    if (!lane) lanes.set(place, (lane = { topic, partition, queue: [], draining: false, out: false }));
    return lane;
  }

  return {
    isAway: () => !answered || (lanes.size > 0 && [...lanes.values()].every(({ out }) => out)),
    open: async () => {
      await Promise.all([producer.connect(), ranges.open()]);
      await cluster.addMultipleTargetTopics([...partitions.keys()]);
      void listen();
    },
    close: async () => {
      closed = true;
      await Promise.all([producer.disconnect(), ranges.close()]);
    },
    append: (record) =>
      new Promise((done, failed) => {
        const count = partitions.get(record.topic);
        if (count === undefined) {
          failed(new NotSentError(`the partitions of ${record.topic} are not known`));
          return;
        }
        const partition = record.partition ?? partitionOf(record.key, count);
        const lane = laneOf(record.topic, partition);
        lane.queue.push({ record: { ...record, partition }, done, failed });
        if (!lane.draining) void drain(lane);
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

/** The library looks for the leader before it sends anything, and it is to try once only. */
const isLeaderless = (cause: unknown): boolean =>
  cause instanceof Error && cause.name === 'KafkaJSBrokerNotFound';

/** NotSentError where the broker's own answer says that the log does not have the records. */
function classify(error: unknown): unknown {
  const cause = causeOf(error);
  if (isLeaderless(cause)) return new NotSentError('nobody leads the partition', { cause });
  if (!(cause instanceof Error) || cause.name !== 'KafkaJSProtocolError' || !('type' in cause)) return error;
  return perhapsTaken.has(String(cause.type)) ? error : new NotSentError(cause.message, { cause });
}
