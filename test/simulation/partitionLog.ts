import type { Header, InputRecord, OutputRecord } from '../../src/topology/ports.ts';

/** A transaction as the partitions see it: one of a producer's, decided in each partition by its own marker. */
export interface Transaction {
  readonly producer: string;
  readonly epoch: number;
  outcome: 'open' | 'committed' | 'aborted';
}

/** A record or a control marker in the log. */
interface Entry extends InputRecord {
  /** null: written outside transactions. */
  readonly transaction: Transaction | null;
  readonly isMarker: boolean;
  /** When readers of committed records could first see it; null: not yet, or never. */
  visibleAt: number | null;
}

/** What a reader of committed records gets. */
interface Fetched {
  readonly records: readonly Entry[];
  /** Where it goes on: behind markers and aborted records, too. */
  readonly next: number;
}

/** One partition of a topic, as its leader keeps it. */
export interface PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly append: (record: OutputRecord, transaction: Transaction | null) => number;
  /** Writes the control marker of a transaction that has been decided; it takes an offset. */
  readonly mark: (transaction: Transaction) => void;
  readonly start: () => number;
  /** The high watermark: the next offset. */
  readonly end: () => number;
  /** The last stable offset: the first record of the oldest open transaction, or the end. */
  readonly stable: () => number;
  /** Committed records from an offset on. */
  readonly fetch: (from: number, most: number) => Fetched;
  /** Everything that is there: open, aborted and markers too. */
  readonly entries: () => readonly Entry[];
  /**
   * Removes records of a key that has a later one, aborted records, and markers; never what is at or above the last
   * stable offset, nor the last `dirty` offsets. Offsets stay.
   */
  readonly compact: (dirty: number) => number;
  /** Drops everything before an offset, as retention does. */
  readonly truncate: (before: number) => void;
  /** Called whenever more can be read; returns the way to stop it. */
  readonly onChange: (listener: () => void) => () => void;
}

export function partitionLog(topic: string, partition: number, now: () => number): PartitionLog {
  let entries: Entry[] = [];
  let start = 0;
  let end = 0;
  /** First offsets of transactions without a marker here. */
  const open = new Map<Transaction, number>();
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const stable = (): number => Math.min(end, ...open.values());

  const put = (
    record: Omit<OutputRecord, 'topic' | 'partition' | 'key'> & { readonly key: string | null },
    transaction: Transaction | null,
    isMarker: boolean,
  ): number => {
    entries.push({
      topic,
      partition,
      offset: end,
      timestamp: now(),
      key: record.key === null ? null : Buffer.from(record.key),
      value: record.value,
      headers: headersOf(record.headers ?? {}),
      transaction,
      isMarker,
      visibleAt: transaction || isMarker ? null : now(),
    });
    end += 1;
    return end - 1;
  };
  const isVisible = (entry: Entry): boolean =>
    !entry.isMarker &&
    (entry.transaction === null ||
      (entry.transaction.outcome === 'committed' && !open.has(entry.transaction)));

  return {
    topic,
    partition,
    append: (record, transaction) => {
      if (transaction && !open.has(transaction)) open.set(transaction, end);
      const offset = put(record, transaction, false);
      changed();
      return offset;
    },
    mark: (transaction) => {
      const first = open.get(transaction);
      open.delete(transaction);
      put({ key: null, value: null }, null, true);
      if (first !== undefined && transaction.outcome === 'committed') {
        for (const entry of entries.slice(indexOf(entries, first))) {
          if (entry.transaction === transaction) entry.visibleAt = now();
        }
      }
      changed();
    },
    start: () => start,
    end: () => end,
    stable,
    fetch: (from, most) => {
      const until = stable();
      const records: Entry[] = [];
      let next = Math.max(from, start);
      for (let i = indexOf(entries, next); i < entries.length && records.length < most; i += 1) {
        const entry = entries[i];
        if (!entry || entry.offset >= until) break;
        next = entry.offset + 1;
        if (isVisible(entry)) records.push(entry);
      }
      return { records, next: records.length < most ? Math.max(next, until) : next };
    },
    entries: () => entries,
    compact: (dirty) => {
      const before = Math.min(stable(), end - dirty);
      const last = new Map<string, number>();
      for (const { key, offset, isMarker, transaction } of entries) {
        if (offset >= before) break;
        if (!isMarker && transaction?.outcome !== 'aborted') last.set(String(key), offset);
      }
      const kept = entries.filter(
        (entry) =>
          entry.offset >= before || (isVisible(entry) && last.get(String(entry.key)) === entry.offset),
      );
      const removed = entries.length - kept.length;
      entries = kept;
      return removed;
    },
    truncate: (before) => {
      start = Math.max(start, Math.min(before, end));
      entries = entries.filter(({ offset }) => offset >= start);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const headersOf = (headers: Readonly<Record<string, string>>): Header[] =>
  Object.entries(headers).map(([key, value]) => ({ key, value: Buffer.from(value) }));

/** The index of the first entry at or after an offset. */
function indexOf(entries: readonly Entry[], offset: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.offset ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
