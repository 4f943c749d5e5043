import { wakeup } from './clock.ts';

/** How much a task may hold at once. */
export interface Bounds {
  /** Fetched and not yet decided: beyond this the partition is paused, so a backlog stays in Kafka. */
  readonly fetched: Size;
  /** Values at hand, in bytes as they are stored; decoded they take several times that. */
  readonly cachedBytes: number;
}

interface Size {
  readonly records: number;
  readonly bytes: number;
}

const MiB = 1024 * 1024;

/** A batch is decided and committed together: large enough to be cheap, small enough for one script call. */
export const batch: Size = { records: 1_000, bytes: MiB };

/** What all tasks of a process hold together: its memory is the same whatever the backlog, and however many they are. */
const together = {
  fetched: { records: 16_000, bytes: 8 * MiB },
  unemitted: { records: 4_000, bytes: 12 * MiB },
  cachedBytes: 4 * MiB,
};
/** One task alone needs no more to be busy, and with less than the least it would wait for each of its batches. */
const most = { records: 2_000, bytes: 2 * MiB };
const least = { records: 500, bytes: MiB / 4 };

/** The share of a task among so many in its process. */
export function boundsAmong(tasks: number): Bounds {
  const share = (all: number, of: 'records' | 'bytes'): number =>
    Math.max(least[of], Math.min(most[of], Math.floor(all / tasks)));
  const { fetched, cachedBytes } = together;
  return {
    fetched: { records: share(fetched.records, 'records'), bytes: share(fetched.bytes, 'bytes') },
    cachedBytes: share(cachedBytes, 'bytes'),
  };
}

/** A task's part of S − E: what a new owner may have to emit, what the outbox may hold in Redis, and memory here. */
export interface Account {
  /** Resolves when the process may hold so many records more, which are held from then on, or when the signal aborts. */
  readonly reserve: (records: number, signal: AbortSignal) => Promise<void>;
  /** What was reserved takes so many bytes. */
  readonly grow: (bytes: number) => void;
  readonly release: (size: Size) => void;
  /** Releases what is left. */
  readonly close: () => void;
}

/** What may be between S and E in this process. Tasks take turns, so that a few large batches are under way at a time. */
export interface Allowance {
  readonly open: () => Account;
}

export function allowance({ records: mostRecords, bytes: mostBytes }: Size = together.unemitted): Allowance {
  const changed = wakeup();
  const held = { records: 0, bytes: 0 };
  const turns: symbol[] = [];

  function open(): Account {
    const own = { records: 0, bytes: 0 };
    const add = (records: number, bytes: number): void => {
      for (const each of [own, held]) {
        each.records += records;
        each.bytes += bytes;
      }
      changed.wake();
    };
    /** A task whose batches stay leaves room for the others. */
    const mayAsk = (records: number) => (): boolean =>
      own.records === 0 || own.records + records <= mostRecords / 2;
    const fits = (records: number): boolean =>
      held.records === 0 || (held.records + records <= mostRecords && held.bytes < mostBytes);

    return {
      reserve: async (records, signal) => {
        await changed.until(mayAsk(records), signal);
        const turn = Symbol();
        turns.push(turn);
        await changed.until(() => turns[0] === turn && fits(records), signal);
        turns.splice(turns.indexOf(turn), 1);
        if (signal.aborted) changed.wake();
        else add(records, 0);
      },
      grow: (bytes) => add(0, bytes),
      release: ({ records, bytes }) => add(-records, -bytes),
      close: () => add(-own.records, -own.bytes),
    };
  }

  return { open };
}
