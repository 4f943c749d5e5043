import avsc from 'avsc';
import type { Formats } from '../schemas/formats.ts';
import { versioned } from '../schemas/versioned.ts';
import { type Batch, type Fact, project, type SubTopology } from './batch.ts';
import type { Account } from './allowance.ts';
import { batch as largest } from './bounds.ts';
import { type Clock, wakeup } from './clock.ts';
import type { OutputRecord, Transactions } from './ports.ts';

/**
 * A batch as Redis keeps it between S and E: the facts still to be told, and which keys they changed. Not the values:
 * whoever finds it emits everything up to S at once, and Redis holds the values at S.
 */
export interface OutboxEntry {
  readonly from: number;
  readonly to: number;
  readonly facts: readonly Omit<Fact, 'value'>[];
  readonly keys: readonly string[];
}

const fact: avsc.Schema = {
  type: 'record',
  name: 'Fact',
  fields: [
    { name: 'node', type: 'string' },
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
    { name: 'bytes', type: 'bytes' },
  ],
};

/** The newest form of an entry. */
const newestForm = 1;

const entries = versioned(
  avsc.Type.forSchema({
    type: 'record',
    name: 'OutboxEntry',
    fields: [
      { name: 'from', type: 'long' },
      { name: 'to', type: 'long' },
      { name: 'facts', type: { type: 'array', items: fact } },
      { name: 'keys', type: { type: 'array', items: 'string' } },
    ],
  }),
  newestForm,
);

interface Flat {
  readonly from: number;
  readonly to: number;
  readonly facts: readonly {
    node: string;
    topic: string;
    partition: number;
    offset: number;
    bytes: Buffer;
  }[];
  readonly keys: readonly string[];
}

/** `formats` say whether the entry may name its form: until then a build that does not read that may take over. */
export function encodeEntry({ from, to, facts, changes }: Batch, formats: Pick<Formats, 'mayWrite'>): Buffer {
  const flat: Flat = {
    from,
    to,
    facts: facts.map(({ node, origin, bytes }) => ({ node, ...origin, bytes })),
    keys: [...changes.keys()],
  };
  return entries.encode(flat, formats.mayWrite('versionedOutbox') ? newestForm : 0);
}

/** Reads an entry of any form so far. Throws NewerFormError. */
export function decodeEntry(bytes: Buffer): OutboxEntry {
  const { from, to, facts, keys } = entries.decode(bytes) as Flat;
  return {
    from,
    to,
    facts: facts.map(({ node, topic, partition, offset, bytes: value }) => ({
      node,
      origin: { topic, partition, offset },
      bytes: value,
    })),
    keys,
  };
}

/** Keys of the changelog that are about the task and not of its stores. */
export const positionKey = '__pos';
export const ownerKey = '__owner';

/** What is known of the stalls of a partition (broker time). */
export interface Measured {
  /** Up to when all of them are accounted for; null: nobody has measured yet. */
  readonly wellAt: number | null;
  /** When the last beat that was published was appended; null: none was. */
  readonly beatAt: number | null;
}

/** E, with what is kept beside it. */
export interface Position extends Measured {
  readonly next: number;
}

/** A position as the changelog has it. */
export interface KeptPosition extends Position {
  /** How many partitions the source had when it was written: which keys are here follows from it. null: nobody said. */
  readonly partitions: number | null;
}

/** How the task's own records are written. */
export interface Marks {
  /** How many partitions the source has, which every position says. */
  readonly partitions: number;
  readonly encodePosition: (position: Position) => Buffer;
  readonly decodePosition: (bytes: Buffer) => KeptPosition;
  readonly encodeOwner: () => Buffer;
}

/** One transaction's records: outputs, the values as of the cut, and E last. */
export const cut = (
  sub: SubTopology,
  partition: number,
  outputs: readonly OutputRecord[],
  images: readonly (readonly [string, Buffer])[],
  position: Buffer,
): OutputRecord[] => [
  ...outputs,
  ...images.map(([key, value]) => ({ topic: sub.changelog, partition, key, value })),
  { topic: sub.changelog, partition, key: positionKey, value: position },
];

/** One transaction an interval: its cost is shared by all commands in it, and readers wait no longer than this. */
const commitIntervalMillis = 100;

export interface EmitterDeps {
  readonly sub: SubTopology;
  readonly partition: number;
  readonly producer: Transactions;
  readonly marks: Marks;
  readonly clock: Clock;
  readonly account: Account;
  /** What goes into the position at `next`. */
  readonly measured: (next: number) => Measured;
  /** After every transaction: the batches that the outside has been told of. */
  readonly emitted: (batches: readonly Batch[], seconds: number) => void;
}

/** Moves E after S: tells Kafka, in transactions, what the state store has taken already. */
export interface Emitter {
  readonly add: (batch: Batch) => void;
  /** E. */
  readonly position: () => number;
  /** Outbox entries that an earlier owner left behind. */
  readonly alreadyEmitted: (entries: readonly number[]) => void;
  /** Outbox entries of the store that are no longer needed, each told once. */
  readonly takeEmitted: () => readonly number[];
  /** Emits until told to finish, then what is left. Rejects with the first error: the producer is no good then. */
  readonly run: (finish: AbortSignal, stop: AbortSignal) => Promise<void>;
}

export function emitter(deps: EmitterDeps, from: number): Emitter {
  const { sub, partition, producer, marks, clock, account } = deps;
  const changed = wakeup();
  let pending: Batch[] = [];
  let records = 0;
  let position = from;
  let done: number[] = [];
  let full = new AbortController();

  /** Half a batch does not wait for the interval. */
  const isFull = (): boolean => records >= largest.records / 2;

  async function emit(): Promise<void> {
    const batches = pending;
    const last = batches.at(-1);
    if (!last) return;
    pending = [];
    const started = clock.now();
    const images = new Map<string, Buffer>();
    for (const { changes } of batches) changes.forEach((change, key) => images.set(key, change.bytes));
    const outputs = batches.flatMap(({ facts }) => project(sub, facts));
    const here = marks.encodePosition({ next: last.to, ...deps.measured(last.to) });
    await producer.commit(cut(sub, partition, outputs, [...images], here));
    position = last.to;
    for (const batch of batches) {
      done.push(batch.from);
      records -= batch.records;
      account.release({ records: batch.records, bytes: sizeOf(batch) });
    }
    changed.wake();
    deps.emitted(batches, (clock.now() - started) / 1000);
  }

  return {
    add: (batch) => {
      pending.push(batch);
      records += batch.records;
      account.grow(sizeOf(batch));
      if (isFull()) full.abort();
      changed.wake();
    },
    position: () => position,
    alreadyEmitted: (entries) => done.push(...entries),
    takeEmitted: () => {
      const taken = done;
      done = [];
      return taken;
    },
    run: async (finish, stop) => {
      while (!stop.aborted && !finish.aborted) {
        await changed.until(() => pending.length > 0, finish);
        if (!isFull()) {
          full = new AbortController();
          await clock.sleep(commitIntervalMillis, AbortSignal.any([finish, full.signal]));
        }
        await emit();
      }
      if (!stop.aborted) await emit();
    },
  };
}

const sizeOf = ({ facts, changes }: Batch): number => {
  let bytes = 0;
  for (const fact of facts) bytes += fact.bytes.length;
  for (const change of changes.values()) bytes += change.bytes.length;
  return bytes;
};
