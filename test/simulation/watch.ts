/** Follows S and E as they move, and keeps the whole changelog, whatever is compacted later. */
import { topics } from '../../src/schemas/topics.ts';
import { expect } from '../../src/schemas/state.ts';
import { offlineCodec as codec } from '../codec.ts';
import type { MemoryKafka } from './memoryKafka.ts';
import type { Write } from './memoryRedis.ts';
import type { Scheduler } from './scheduler.ts';

/** Something that must not be, by the number of its invariant. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

export interface Change {
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer | null;
}

export interface Watch {
  readonly written: (write: Write) => void;
  /** S of each task's hash moved by other hands: it was wiped, or brought back from a copy. */
  readonly replaced: () => void;
  readonly hasUnemitted: () => boolean;
  /** E by partition, 0 where nothing was told yet. */
  readonly emitted: (partition: number) => number;
  /** When S first passed an offset: the command before it was decided then. */
  readonly decidedAt: (partition: number, offset: number) => number | null;
  /** Every committed change of the changelog, in order. */
  readonly changes: (partition: number) => readonly Change[];
  readonly violations: readonly Violation[];
}

/** Takes a violation down. */
export type Report = (invariant: string, what: string) => void;

interface Marks {
  next: number | null;
  /** The newest claim of the hash as it is. */
  owner: number;
  /** Who has recorded that the state is being restored; a copy may bring such a moment back. */
  readonly restoring: Set<number>;
  emitted: number;
  readonly changes: Change[];
  /** When S reached what, both going up. */
  readonly reached: { readonly next: number; readonly at: number }[];
}

export function watchMarks(kafka: MemoryKafka, scheduler: Scheduler): Watch {
  const violations: Violation[] = [];
  const violated = (what: string): void => void violations.push({ invariant: 'I7', what });
  const partitions = Array.from({ length: kafka.partitions }, (_, partition) => {
    const marks: Marks = {
      next: null,
      owner: -1,
      restoring: new Set(),
      emitted: 0,
      changes: [],
      reached: [],
    };
    const log = kafka.logOf(topics.changelog, partition);
    let at = 0;
    log.onChange(() => {
      const fetched = log.fetch(at, Infinity);
      at = fetched.next;
      for (const { offset, key, value } of fetched.records) {
        const name = String(key);
        marks.changes.push({ offset, key: name, value });
        if (name !== '__pos' || value === null) continue;
        const next = expect('TaskPosition', codec.decode(value)).next;
        if (next < marks.emitted)
          violated(`E of partition ${partition} went from ${marks.emitted} back to ${next}`);
        marks.emitted = next;
      }
    });
    return marks;
  });
  const of = (partition: number): Marks => {
    const marks = partitions[partition];
    if (!marks) throw new Error(`there is no partition ${partition}`);
    return marks;
  };

  return {
    violations,
    written: ({ key, kind, epoch, before, after }) => {
      const partition = Number(/-(\d+)\}$/.exec(key)?.[1]);
      const marks = of(partition);
      if (kind === 'claim') marks.owner = Math.max(marks.owner, epoch);
      else if (kind !== 'commit' && epoch < marks.owner)
        violated(`${kind} of partition ${partition} by ${epoch}, though ${marks.owner} owns it`);
      if (kind === 'reset') marks.restoring.add(epoch);
      if (kind === 'begin' && !marks.restoring.has(epoch))
        violated(`S of partition ${partition} set to ${String(after)} without a restore`);
      if (kind === 'commit' && (before === null || after === null || after <= before))
        violated(`S of partition ${partition} went from ${String(before)} to ${String(after)}`);
      marks.next = after;
      const last = marks.reached.at(-1)?.next ?? 0;
      if (kind === 'commit' && after !== null && after > last)
        marks.reached.push({ next: after, at: scheduler.now() });
    },
    replaced: () => {
      for (const marks of partitions) marks.owner = -1;
    },
    hasUnemitted: () => partitions.some(({ next, emitted }) => next !== null && next > emitted),
    emitted: (partition) => of(partition).emitted,
    decidedAt: (partition, offset) => of(partition).reached.find(({ next }) => next > offset)?.at ?? null,
    changes: (partition) => of(partition).changes,
  };
}
