/**
 * The history of one partition: events in log order, in batches, each in one transaction that first moves the offset
 * row from where we believe it to be. Nothing is applied twice, whatever answer was lost and whoever else writes; and
 * nothing is skipped: where Postgres is away the partition waits, and its records stay in Kafka.
 */
import type { Event } from '../domain/event.ts';
import { type Codec, UnknownRecordError, UnseenSchemaError } from '../schemas/codec.ts';
import { toEvent } from '../schemas/events.ts';
import { decodeLearning, RegistryAwayError } from '../schemas/learning.ts';
import type { Bounds } from '../topology/bounds.ts';
import { type Clock, wakeup } from '../topology/clock.ts';
import { LogTruncatedError } from '../topology/errors.ts';
import { requireWhole } from '../topology/gap.ts';
import { intake } from '../topology/intake.ts';
import { rangeHolding } from '../topology/logHolding.ts';
import type { TaskState } from '../topology/metrics.ts';
import type { AskRange, InputRecord, PartitionSource } from '../topology/ports.ts';
import type { Task } from '../topology/task.ts';
import { changesOf } from './changes.ts';
import type { HistoryMetrics } from './metrics.ts';
import type { HistoryStore, LogPlace } from './store.ts';

const backoffMillis = { first: 200, most: 5_000 };

export interface SinkDeps {
  readonly store: HistoryStore;
  readonly place: LogPlace;
  readonly source: Pick<PartitionSource, 'pause' | 'resume' | 'commit'>;
  readonly logRange: AskRange;
  /** The group's offset as `source.commit` left it: a guess at what Postgres has while Postgres is away. */
  readonly committed: (topic: string, partition: number) => Promise<number | null>;
  readonly codec: Codec;
  readonly clock: Clock;
  /** How much it may fetch ahead, as things are. */
  readonly bounds: () => Bounds['fetched'];
  readonly metrics: HistoryMetrics;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: object) => void;
}

/** A record of `waiting.events` that is no event. We wrote it: somebody has to look. */
class PoisonedError extends Error {
  override readonly name = 'PoisonedError';
  constructor(record: InputRecord, cause: unknown) {
    const { topic, partition, offset } = record;
    super(`${topic}-${partition}-${offset} is no event: ${String(cause)}`, { cause });
  }
}

/** Postgres holds the history of another cluster's log: going on would mix two. */
class ForeignHistoryError extends Error {
  override readonly name = 'ForeignHistoryError';
}

/** Runs until it is closed, or a record or a log that it must not pass over stops it. */
export function startSink(deps: SinkDeps): Task {
  const { store, place, clock, metrics } = deps;
  const { topic, partition } = place;
  const closing = new AbortController();
  const input = intake(deps.source, partition, deps.bounds);
  const followed = { ...place, logRange: deps.logRange, clock, closing: closing.signal };
  const arrived = wakeup();
  let state: TaskState = 'taking over';
  let open = false;
  /** What Postgres has for sure is all before this; null: it has not been seen yet. */
  let applied: number | null = null;

  const become = (now: TaskState): void => {
    state = now;
    metrics.state(partition, now);
  };

  async function live(): Promise<void> {
    for (
      let wait = backoffMillis.first;
      !closing.signal.aborted;
      wait = Math.min(2 * wait, backoffMillis.most)
    ) {
      const since = clock.now();
      try {
        become('taking over');
        const next = await position();
        deps.log('info', 'history goes on', { partition, next });
        become('running');
        open = true;
        input.restart(next);
        await follow(next);
      } catch (error) {
        if (error === closing.signal.reason) return;
        metrics.failure(error instanceof Error ? error.name : 'unknown');
        if (stops(error)) return;
        deps.log('warn', 'history waits and tries again', { partition, err: error });
        if (clock.now() - since > 2 * backoffMillis.most) wait = backoffMillis.first;
        become('backing off');
      } finally {
        open = false;
        input.stop();
      }
      await clock.sleep(wait, closing.signal);
    }
  }

  /** What would only come again. The record is kept, other partitions go on. */
  function stops(error: unknown): boolean {
    const loud =
      error instanceof PoisonedError ||
      error instanceof ForeignHistoryError ||
      error instanceof LogTruncatedError;
    if (!loud) return false;
    become('failed');
    deps.log('error', 'the history of a partition has stopped and will not go on by itself', {
      partition,
      err: error,
    });
    return true;
  }

  async function position(): Promise<number> {
    const range = await deps.logRange(topic, partition);
    // Kafka is asked first, so that the lag is there and grows while Postgres is away.
    metrics.end(partition, range.end);
    metrics.goesOn(partition, applied ?? (await deps.committed(topic, partition)) ?? range.start);
    const found = await store.position(range.start);
    if (found.cluster !== place.cluster) {
      throw new ForeignHistoryError(
        `this database has the history of cluster ${found.cluster}; this is ${place.cluster}`,
      );
    }
    // Since Kafka was asked the log may have grown, and another sink may have gone on with it.
    if (found.next < range.start || found.next > range.end) await rangeHolding(followed, found.next);
    metrics.goesOn(partition, found.next);
    applied = found.next;
    return found.next;
  }

  async function follow(from: number): Promise<void> {
    for (let at = from; ;) {
      await arrived.until(() => !input.isEmpty(), closing.signal);
      if (closing.signal.aborted) return;
      const records = input.take();
      const [first] = records;
      if (!first) continue;
      metrics.end(partition, input.end());
      metrics.behind(partition, first);
      const [{ events, to, unreadable }] = await Promise.all([
        readEvents(records),
        // Every transaction leaves its marker, so this is asked for most batches: while they are decoded.
        requireWhole(followed, at, records),
      ]);
      if (to > at) await store.apply(changesOf(events), at, to);
      at = to;
      metrics.applied(events.length);
      if (unreadable) {
        metrics.behind(partition, unreadable.record);
        throw unreadable.error;
      }
      applied = at;
      metrics.goesOn(partition, at);
      deps.source.commit(partition, at);
    }
  }

  /** The events, and the offset after the last record read: what is before an unreadable one counts. */
  async function readEvents(records: readonly InputRecord[]) {
    const events: Event[] = [];
    let to = 0;
    for (const record of records) {
      try {
        const decoded = await decodeLearning(deps.codec, record.value);
        // A refusal changed nothing.
        if (decoded.name !== 'CommandRejected') events.push(toEvent(decoded));
        to = record.offset + 1;
      } catch (error) {
        if (error instanceof UnseenSchemaError || error instanceof RegistryAwayError) throw error;
        // A newer build's: that one applies it, and this one waits until then.
        const waits = error instanceof UnknownRecordError;
        return {
          events,
          to,
          unreadable: { record, error: waits ? error : new PoisonedError(record, error) },
        };
      }
    }
    return { events, to, unreadable: null };
  }

  const ended = live();
  return {
    offer: (records, end) => {
      if (!open) return;
      input.offer(records, end);
      arrived.wake();
    },
    reassigned: () => {
      if (open) input.reassigned();
    },
    state: () => state,
    close: async () => {
      closing.abort();
      await ended;
      metrics.gone(partition);
    },
  };
}
