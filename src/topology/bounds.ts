/** How much a task may hold at once. */
export interface Bounds {
  /** Fetched and not yet decided: beyond this the partition is paused, so a backlog stays in Kafka. */
  readonly fetched: { readonly records: number; readonly bytes: number };
  /** S − E: what a new owner may have to emit, and what the outbox may hold in Redis. */
  readonly unemitted: { readonly records: number; readonly bytes: number };
  /** Values at hand, in bytes as they are stored; decoded they take several times that. */
  readonly cachedBytes: number;
}

const MiB = 1024 * 1024;

/** What all tasks of a process hold together: its memory is the same whatever the backlog, and however many they are. */
const together = { records: 6_000, bytes: 6 * MiB };
/** One task alone needs no more to be busy, and with less than the least it would wait for each of its batches. */
const most = { records: 2_000, bytes: 2 * MiB };
const least = { records: 500, bytes: MiB / 4 };

/** The share of a task among so many in its process. */
export function boundsAmong(tasks: number): Bounds {
  const share = (of: 'records' | 'bytes'): number =>
    Math.max(least[of], Math.min(most[of], Math.floor(together[of] / tasks)));
  const bounds = { records: share('records'), bytes: share('bytes') };
  return { fetched: bounds, unemitted: { ...bounds, bytes: 2 * bounds.bytes }, cachedBytes: bounds.bytes };
}
