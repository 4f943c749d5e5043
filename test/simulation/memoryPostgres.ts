/** The tables of the history in memory: what the statements of src/history/write.ts leave there. */
import type { Changes } from '../../src/history/changes.ts';
import { type HistoryStore, type LogPlace, OvertakenError } from '../../src/history/store.ts';
import type { Link } from './link.ts';

type WaitingRow = Changes['waitings'][number];
type NoShowRow = Changes['noShows'][number];
type Deletable<T> = T & { readonly deleted_at: string | null };

interface Tables {
  /** By topic and partition: whose log it is, and the next offset. */
  readonly offsets: ReadonlyMap<string, { readonly cluster: string; readonly next: number }>;
  /** By restaurant and version. */
  readonly events: ReadonlyMap<string, Changes['events'][number]>;
  readonly waitings: ReadonlyMap<number, Deletable<WaitingRow>>;
  readonly noShows: ReadonlyMap<number, Deletable<NoShowRow>>;
}

export interface MemoryPostgres {
  readonly historyStore: (link: Link, place: LogPlace) => HistoryStore;
  readonly tables: Tables;
}

export function memoryPostgres(): MemoryPostgres {
  const offsets = new Map<string, { cluster: string; next: number }>();
  const events = new Map<string, Changes['events'][number]>();
  const waitings = new Map<number, Deletable<WaitingRow>>();
  const noShows = new Map<number, Deletable<NoShowRow>>();

  function apply(changes: Changes): void {
    for (const row of changes.events) {
      const key = `${row.restaurant_id}/${row.version}`;
      if (!events.has(key)) events.set(key, row);
    }
    for (const row of changes.waitings) {
      const old = waitings.get(row.waiting_id);
      if (!old || old.version < row.version)
        waitings.set(row.waiting_id, { ...row, deleted_at: old?.deleted_at ?? null });
    }
    for (const row of changes.noShows) {
      if (!noShows.has(row.no_show_id)) noShows.set(row.no_show_id, { ...row, deleted_at: null });
    }
    for (const deletion of changes.waitingDeletions) markDeleted(waitings, deletion);
    for (const deletion of changes.noShowDeletions) markDeleted(noShows, deletion);
  }

  return {
    tables: { offsets, events, waitings, noShows },
    historyStore: (link, { topic, partition, cluster }) => {
      const place = `${topic}-${partition}`;
      return {
        position: (first) =>
          link.call('position', () => {
            const found = offsets.get(place) ?? { cluster, next: first };
            offsets.set(place, found);
            return { ...found };
          }),
        apply: (changes, from, to) =>
          link.call('apply', () => {
            const found = offsets.get(place);
            if (found?.cluster !== cluster || found.next !== from)
              throw new OvertakenError(`another writer has moved ${place} from ${from}`);
            offsets.set(place, { cluster, next: to });
            apply(changes);
          }),
      };
    },
  };
}

/** The first deletion of a row is the one that counts. */
function markDeleted<T extends { readonly restaurant_id: number; readonly version: number }>(
  rows: Map<number, Deletable<T>>,
  { restaurant_id, first_id, last_id, at, version }: Changes['waitingDeletions'][number],
): void {
  for (const [id, row] of rows) {
    const meant = row.restaurant_id === restaurant_id && id >= first_id && id <= last_id;
    if (meant && row.deleted_at === null && row.version < version)
      rows.set(id, { ...row, deleted_at: at, version });
  }
}
