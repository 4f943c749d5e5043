import type { Formats } from '../schemas/formats.ts';
import type { Account, Allowance } from './allowance.ts';
import type { Bounds } from './bounds.ts';
import { type Batch, BugError, keysOf, read, type Readable, run } from './batch.ts';
import { wakeup } from './clock.ts';
import { emitter, type Emitter, encodeEntry } from './emission.ts';
import { DisownedError, isFence, LogTruncatedError, RepartitionedError } from './errors.ts';
import { requireWhole } from './gap.ts';
import { PoisonError } from './graph.ts';
import { intake } from './intake.ts';
import type { EngineMetrics, Stage, TaskState } from './metrics.ts';
import type { Appender, CommitResult, InputRecord, PartitionSource, Transactions } from './ports.ts';
import { stateCache, type StateCache } from './stateCache.ts';
import { type Ownership, takeOver, type TakeoverDeps } from './takeover.ts';
import { openTimers, type Timers } from './timers.ts';

const backoffMillis = { first: 200, most: 5_000 };
/** How often S and the epoch are looked at when no batch does it. */
const watchMillis = 1_000;
/** So many looks without a record: then the broker is asked whether there are any. */
const idleLooks = 15;

export interface TaskDeps extends TakeoverDeps {
  readonly source: Pick<PartitionSource, 'pause' | 'resume' | 'confirmed' | 'commit'>;
  readonly newProducer: () => Transactions;
  readonly appender: Appender;
  readonly partitionOf: (key: Buffer) => number;
  readonly metrics: EngineMetrics;
  /** Which forms of records it may write. */
  readonly formats: Formats;
  /** How much it may hold at once, as things are. */
  readonly bounds: () => Bounds;
  /** What all tasks of the process may have decided and not told. */
  readonly unemitted: Allowance;
  /** A term has failed: what can be done about it, such as asking the registry for a schema not seen before. */
  readonly recover: (error: unknown) => Promise<void>;
  /** A batch has taken effect: for metrics of what it was about. */
  readonly committed: (batch: Batch, records: readonly Readable[]) => void;
}

/** One sub-topology on one partition: a single consumer, so that each key's records have their effect in log order. */
export interface Task {
  readonly offer: (records: readonly InputRecord[], end: number) => void;
  /** The group has assigned the partition anew: the source has forgotten where it was. */
  readonly reassigned: () => void;
  readonly state: () => TaskState;
  /** Ends the batch under way, emits what is decided, and lets go. */
  readonly close: () => Promise<void>;
}

/** Starts the task: it takes its partition over and runs until it is closed, or a bug or a truncated log stops it. */
export function startTask(deps: TaskDeps): Task {
  const { partition, clock, metrics } = deps;
  const closing = new AbortController();
  const input = intake(deps.source, partition, () => deps.bounds().fetched);
  const closed = (): boolean => closing.signal.aborted;
  const arrived = wakeup();
  let state: TaskState = 'taking over';
  /** S of this term; null between terms. */
  let next: number | null = null;
  /** What S is about to be. */
  let target = 0;

  const become = (now: TaskState): void => {
    state = now;
    metrics.task(partition, now);
  };

  async function live(): Promise<void> {
    let fencedAt = -Infinity;
    for (let wait = backoffMillis.first; !closed(); wait = Math.min(2 * wait, backoffMillis.most)) {
      // Claiming fences whoever has the partition: never on an assignment that may be another's by now.
      await deps.source.confirmed(fencedAt, closing.signal);
      if (closed()) return;
      const producer = deps.newProducer();
      const since = clock.now();
      try {
        become('taking over');
        const owned = await unlessClosing(takeOver(deps, producer, closing.signal));
        if (owned === null) return;
        metrics.stage('takeover', (clock.now() - since) / 1000);
        deps.log('info', 'took the task over', { partition, epoch: owned.epoch, next: owned.next });
        become('running');
        await own(owned, producer);
      } catch (error) {
        if (error === closing.signal.reason || stops(error)) return;
        metrics.failure(error);
        deps.log('warn', 'the task lets go and takes over again', { partition, err: error });
        if (isFence(error)) fencedAt = clock.now();
        // A term that lasted was no failure of the one before.
        if (clock.now() - since > 2 * backoffMillis.most) wait = backoffMillis.first;
        become('backing off');
        await deps.recover(error).catch((cause: unknown) => {
          deps.log('warn', 'nothing could be done about it yet', { partition, err: cause });
        });
      } finally {
        next = null;
        input.stop();
        await producer.close().catch((error: unknown) => {
          deps.log('warn', 'closing a producer failed', { partition, err: error });
        });
      }
      await clock.sleep(wait, closing.signal);
    }
  }

  /**
   * null when the task is closed first: a step of a takeover may wait long for a server that is away. That step comes
   * to nothing or is undone by the next owner's claim.
   */
  async function unlessClosing<T>(action: Promise<T>): Promise<T | null> {
    const over = new AbortController();
    action.catch(() => undefined);
    const closed = wakeup()
      .until(() => false, AbortSignal.any([closing.signal, over.signal]))
      .then(() => null);
    try {
      return await Promise.race([action, closed]);
    } finally {
      over.abort();
    }
  }

  /** A bug or a truncated log would only come again: the task stops, the record is kept, the others go on. */
  function stops(error: unknown): boolean {
    if (!isFinal(error)) return false;
    become('failed');
    metrics.failure(error);
    deps.log('error', 'the task has stopped and will not go on by itself', { partition, err: error });
    return true;
  }

  /** One term of ownership. Its loops end together: at the first error, or in order when the task is closed. */
  async function own(owned: Ownership, producer: Transactions): Promise<void> {
    const term = new AbortController();
    const quit = new AbortController();
    const drained = new AbortController();
    const timers = openTimers(deps, owned);
    const account = deps.unemitted.open();
    const out = emitter(
      {
        ...deps,
        producer,
        account,
        measured: timers.measured,
        emitted: (batches, seconds) => told(batches, seconds, out, timers),
      },
      owned.next,
    );
    const cache = stateCache(deps.sub, deps.store, deps.bounds().cachedBytes);
    next = owned.next;
    target = owned.next;
    input.restart(owned.next);
    metrics.marks(partition, owned.next, owned.next);
    deps.source.commit(partition, owned.next);

    const stopping = AbortSignal.any([term.signal, quit.signal, closing.signal]);
    const guard = async (loop: Promise<void>): Promise<void> => {
      try {
        await loop;
      } catch (error) {
        if (error === stopping.reason) return;
        // What was decided before a bug is sound, and is still told.
        if (isFinal(error)) quit.abort();
        else term.abort();
        throw error;
      }
    };
    const loops = [
      guard(decide(owned, out, account, timers, cache, stopping)).finally(() => drained.abort()),
      guard(out.run(drained.signal, term.signal)),
      guard(watch(owned, out, stopping)),
      guard(lookThrough(owned, out, timers, stopping).then(() => timers.run(stopping))),
    ];
    const reasons = (await Promise.allSettled(loops)).flatMap((result): unknown[] =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    account.close();
    if (closing.signal.aborted) deps.source.commit(partition, out.position());
    // A bug is for the next term to meet again, when something else kept what was decided before it from being told.
    if (reasons.length > 0) throw reasons.find((reason) => !isFinal(reason)) ?? reasons[0];
  }

  async function decide(
    owned: Ownership,
    out: Emitter,
    account: Account,
    timers: Timers,
    cache: StateCache,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      await arrived.until(() => !input.isEmpty(), signal);
      const granted = await account.reserve(input.ready(), signal);
      if (signal.aborted) return;
      const records = input.take(granted);
      await requireWhole(
        { ...deps, topic: deps.sub.source.topic, closing: signal },
        next ?? owned.next,
        records,
      );
      const readable = await timed('decode', () => readAll(records));
      const get = await timed('fetch', () => cache.fetch(keysOf(deps.sub, readable)));
      const from = next ?? owned.next;
      const batch = await timed('process', () => Promise.resolve(run(deps.sub, from, readable, get)));
      const change = {
        from: batch.from,
        to: batch.to,
        values: [...batch.changes].map(([key, { bytes }]) => [key, bytes] as const),
        entry: encodeEntry(batch, deps.formats),
        emitted: out.takeEmitted(),
        replies: batch.replies,
      };
      target = batch.to;
      timers.changing(batch.changes.keys());
      requireTaken(await timed('commit', () => deps.store.commit(owned.epoch, change)));
      next = batch.to;
      cache.apply(batch.changes);
      out.add(batch);
      metrics.batch(batch.records);
      for (const each of readable) if ('poison' in each) metrics.deadLetter(each.poison.reason);
      deps.committed(batch, readable);
      metrics.marks(partition, next, out.position());
      metrics.log(partition, input.end(), input.first());
    }
  }

  /** A batch waits for a schema now and then; a promise for each of its records would cost more than decoding it. */
  async function readAll(records: readonly InputRecord[]): Promise<readonly Readable[]> {
    const read = records.map(readOne);
    return read.some((each) => each instanceof Promise)
      ? Promise.all(read as Promise<Readable>[])
      : (read as Readable[]);
  }

  /** A record of another partition's key would give its queue a second writer: it goes no further. */
  function readOne(record: InputRecord): Readable | Promise<Readable> {
    const misrouted = record.key !== null && deps.partitionOf(record.key) !== partition;
    if (!misrouted) return read(deps.sub, record);
    const poison = new PoisonError('MISROUTED', `the key belongs to another partition than ${partition}`);
    return { record, poison };
  }

  /** Finds a lost or foreign state even when no command comes. */
  async function watch(owned: Ownership, out: Emitter, signal: AbortSignal): Promise<void> {
    let committed = owned.next;
    let idle = 0;
    let seen = owned.next;
    for (;;) {
      await clock.sleep(watchMillis, signal);
      if (signal.aborted) return;
      idle = seen === next && input.isEmpty() ? idle + 1 : 0;
      seen = next ?? seen;
      if (idle > 0 && idle % idleLooks === 0) void askAgain(seen);
      // Rarely: each commit is a request, and E has its own record.
      if (committed !== out.position()) deps.source.commit(partition, out.position());
      committed = out.position();
      const before = next ?? owned.next;
      const found = await deps.store.look();
      // Between what was committed before and what is being committed now.
      const expected = found.next !== null && found.next >= before && found.next <= target;
      if (found.epoch !== owned.epoch || !expected) {
        throw new DisownedError(
          `Redis has S = ${String(found.next)} under epoch ${String(found.epoch)}; expected ${before} under ${owned.epoch}`,
        );
      }
    }
  }

  /**
   * The library sometimes stops fetching a partition without a word. Asking for it again heals that, and costs nothing
   * where there is only a control marker to come. Not while a record that came meanwhile is being decided: it would
   * come a second time.
   */
  async function askAgain(from: number): Promise<void> {
    const range = await deps.logRange(deps.sub.source.topic, partition).catch(() => null);
    if (range === null || range.end <= from || next !== from || input.next() !== from) return;
    deps.log('info', 'the log has more and nothing comes: asking again', { partition, from, end: range.end });
    input.restart(from);
  }

  function told(batches: readonly Batch[], seconds: number, out: Emitter, timers: Timers): void {
    metrics.stage('emit', seconds);
    metrics.marks(partition, next ?? out.position(), out.position());
    for (const { changes } of batches) changes.forEach(({ value }, key) => timers.observe(key, value));
    timers.published(out.position());
  }

  /**
   * One pass over what was there before this term: deadlines, and outbox entries whose effects are out. An owner that
   * ended had no commit of its own to drop its last ones.
   */
  async function lookThrough(
    owned: Ownership,
    out: Emitter,
    timers: Timers,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const chunk of deps.store.scan([...timers.stores, 'outbox'])) {
      if (signal.aborted) return;
      const entries: number[] = [];
      for (const [field, bytes] of chunk) {
        if (field.startsWith('outbox/')) entries.push(Number(field.slice('outbox/'.length)));
        else timers.found(field, bytes);
      }
      out.alreadyEmitted(entries.filter((from) => from < owned.next));
    }
  }

  async function timed<T>(stage: Stage, action: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await action();
    metrics.stage(stage, (performance.now() - started) / 1000);
    return result;
  }

  const ended = live().catch((error: unknown) => {
    become('failed');
    deps.log('error', 'the task has ended in a way it should not', { partition, err: error });
  });
  return {
    offer: (records, end) => {
      if (next === null) return;
      input.offer(records, end);
      metrics.log(partition, end, input.first());
      arrived.wake();
    },
    reassigned: () => {
      if (next !== null) input.reassigned();
    },
    state: () => state,
    close: async () => {
      closing.abort();
      await ended;
      metrics.task(partition, null);
    },
  };
}

/** What would only come again: the task stops, after telling what it had decided before. */
const isFinal = (error: unknown): boolean =>
  [BugError, LogTruncatedError, RepartitionedError].some((kind) => error instanceof kind);

function requireTaken(result: CommitResult): void {
  switch (result.kind) {
    case 'applied':
    case 'already':
      return;
    case 'fenced':
      throw new DisownedError('a newer claim is in Redis');
    case 'moved':
      throw new DisownedError(`Redis has S = ${String(result.next)}, which this owner did not leave there`);
  }
}
