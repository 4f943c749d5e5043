import { project, revive, type SubTopology } from './batch.ts';
import type { Clock } from './clock.ts';
import {
  cut,
  decodeEntry,
  type KeptPosition,
  type Marks,
  ownerKey,
  type Position,
  positionKey,
} from './emission.ts';
import { DisownedError, RepartitionedError } from './errors.ts';
import { rangeHolding } from './logHolding.ts';
import type { EngineMetrics } from './metrics.ts';
import type { AskRange, ChangelogReader, TaskStore, Transactions } from './ports.ts';

export interface TakeoverDeps {
  readonly sub: SubTopology;
  readonly partition: number;
  readonly identity: { readonly cluster: string; readonly application: string };
  readonly store: TaskStore;
  readonly changelog: ChangelogReader;
  readonly logRange: AskRange;
  readonly marks: Marks;
  readonly clock: Clock;
  readonly metrics: Pick<EngineMetrics, 'restoring'>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: object) => void;
}

/** What an owner holds: its epoch, and S = E with what the former owner kept beside E. */
export interface Ownership extends Position {
  readonly epoch: number;
}

/** The last E is among the last records: look back a little, and further only where it isn't there. */
const firstLookBack = 64;

/** How often a restore that lasts says how far it is. */
const sayMillis = 1_000;

/**
 * Makes this process the owner of a task, whatever it finds: fences the former owner in Kafka, then in Redis, and
 * leaves Redis and Kafka with S = E. `producer` is new and becomes the owner's. Rejects with the reason of `closing`
 * at the next step once the task is closed.
 */
export async function takeOver(
  deps: TakeoverDeps,
  producer: Transactions,
  closing: AbortSignal,
): Promise<Ownership> {
  const { sub, partition, store, marks, identity } = deps;
  // Added since this process started.
  if (partition >= marks.partitions) throw new RepartitionedError(marks.partitions, partition + 1);
  await producer.open();
  closing.throwIfAborted();
  const claim = { topic: sub.changelog, partition, key: ownerKey, value: marks.encodeOwner() };
  const epoch = await producer.commit([claim]);

  const position = await lastPosition(deps, epoch);
  const was = position?.partitions ?? marks.partitions;
  if (was !== marks.partitions) throw new RepartitionedError(was, marks.partitions);
  closing.throwIfAborted();

  const found = await store.claim(epoch);
  if (found === null) throw new DisownedError('a newer claim than ours is there already');

  // Only now: until the claim is made, the former owner may move S, and the log grows with it.
  const { topic } = sub.source;
  const input = position
    ? await rangeHolding({ ...deps, topic, closing }, position.next)
    : await deps.logRange(topic, partition);
  const measured = { wellAt: position?.wellAt ?? null, beatAt: position?.beatAt ?? null };
  const emitted = position?.next ?? input.start;
  closing.throwIfAborted();
  const { next } = found;
  const known = found.cluster === identity.cluster && found.application === identity.application;
  if (next !== null && known && emitted <= next && next <= input.end) {
    const owned = { epoch, next, ...measured };
    if (await emitOutbox(deps, producer, emitted, owned)) return owned;
  }
  deps.log('info', 'restoring the state from the changelog', {
    partition,
    next: emitted,
    found: next,
    known,
  });
  const stillOurs = () => producer.commit([claim]);
  await restore(deps, epoch, emitted, stillOurs, closing);
  return { epoch, next: emitted, ...measured };
}

/** E, from the last position record up to an offset of the changelog; null: the task never emitted anything. */
export async function lastPosition(
  deps: Pick<TakeoverDeps, 'partition' | 'changelog' | 'logRange'> & {
    readonly sub: Pick<SubTopology, 'changelog'>;
    readonly marks: Pick<Marks, 'decodePosition'>;
  },
  until: number,
): Promise<KeptPosition | null> {
  const { sub, partition, changelog, logRange, marks } = deps;
  const { start } = await logRange(sub.changelog, partition);
  for (let back = firstLookBack; ; back *= 16) {
    const from = Math.max(start, until - back);
    const positions: KeptPosition[] = [];
    await changelog.read(partition, from, until, (records) => {
      for (const { key, value } of records) {
        if (key?.toString() === positionKey && value) positions.push(marks.decodePosition(value));
      }
      return Promise.resolve();
    });
    const last = positions.at(-1);
    if (last !== undefined) return last;
    if (from === start) return null;
  }
}

/**
 * Tells the outside all that happened between E and S, as the state at S has it. False: the outbox does not lead there.
 * A Redis that was brought back from an older copy has E within or beyond an entry, once a former owner has gone on
 * from that copy.
 */
async function emitOutbox(
  deps: TakeoverDeps,
  producer: Transactions,
  from: number,
  { epoch, next: to, wellAt, beatAt }: Ownership,
): Promise<boolean> {
  if (from === to) return true;
  const { sub, partition, store, marks } = deps;
  const found = await store.outbox(from, to);
  if (found === null) return false;
  const entries = found.map(decodeEntry);
  const keys = [...new Set(entries.flatMap((entry) => entry.keys))];
  const values = await store.get(keys);
  // Values of another moment would be told as those at S, and be what Redis is rebuilt from.
  const now = await store.look();
  if (now.next !== to || now.epoch !== epoch)
    throw new DisownedError(`Redis has S = ${String(now.next)} under epoch ${String(now.epoch)} by now`);
  const images = keys.flatMap((key, i) => {
    const value = values[i];
    return value ? [[key, value] as const] : [];
  });
  const outputs = project(
    sub,
    entries.flatMap((entry) => entry.facts.map((fact) => revive(sub, fact))),
  );
  await producer.commit(
    cut(sub, partition, outputs, images, marks.encodePosition({ next: to, wellAt, beatAt })),
  );
  deps.log('info', 'emitted the outbox', { partition, from, to, records: outputs.length });
  return true;
}

/**
 * Redis has nothing of use: the changelog's values are put there, which are those at E. `stillOurs` rejects when Kafka
 * has a newer claim. Without one nobody has written after ours, so that compaction took nothing of what was to be read;
 * and an owner that slept meanwhile, while Redis was wiped, is the only one that Redis knows.
 */
async function restore(
  deps: TakeoverDeps,
  epoch: number,
  next: number,
  stillOurs: () => Promise<unknown>,
  closing: AbortSignal,
): Promise<void> {
  const { sub, partition, store, changelog, clock, metrics, log } = deps;
  const owned = (still: boolean): void => {
    if (!still)
      throw new DisownedError('claimed by another owner, or brought back from a copy, while restoring');
  };
  const began = clock.now();
  owned(await store.reset(epoch));
  const { start } = await deps.logRange(sub.changelog, partition);
  const total = epoch - start;
  let values = 0;
  let said = began;
  metrics.restoring(partition, { done: 0, total });
  try {
    await changelog.read(partition, start, epoch, async (records) => {
      closing.throwIfAborted();
      const chunk = records.flatMap(({ key, value }) => {
        const name = key?.toString() ?? '';
        return value === null || name.startsWith('__') ? [] : [[name, value] as const];
      });
      owned(await store.restore(epoch, chunk));
      values += chunk.length;
      const done = (records.at(-1)?.offset ?? start) - start;
      metrics.restoring(partition, { done, total });
      if (clock.now() - said < sayMillis) return;
      said = clock.now();
      log('info', 'restoring', { partition, values, done, total });
    });
  } finally {
    metrics.restoring(partition, null);
  }
  await stillOurs();
  owned(await store.begin(epoch, next, values));
  log('info', 'restored the state', { partition, values, next, ms: clock.now() - began });
}
