/** How much a task may hold at once. */
export interface Bounds {
  /** Fetched and not yet decided: beyond this the partition is paused, so a backlog stays in Kafka. */
  readonly fetched: Size;
  /** Values at hand, in bytes as they are stored; decoded they take several times that. */
  readonly cachedBytes: number;
}

export interface Size {
  readonly records: number;
  readonly bytes: number;
}

const MiB = 1024 * 1024;

/** A batch is decided and committed together: large enough to be cheap, small enough for one script call. */
export const batch: Size = { records: 1_000, bytes: MiB };

/** What all tasks of a process hold together: its memory is the same whatever the backlog, and however many they are. */
const together = {
  fetched: { records: 16_000, bytes: 8 * MiB },
  cachedBytes: 4 * MiB,
};
/** What all tasks of a process may have between S and E. */
export interface Unemitted {
  /** For whoever needs it. */
  readonly shared: Size;
  /** Beside that, divided among the tasks: with its part each goes on, whatever the others do not get rid of. */
  readonly parts: Size;
}

export const unemitted: Unemitted = {
  shared: { records: 4_000, bytes: 12 * MiB },
  parts: { records: 1_000, bytes: 3 * MiB },
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
