/** What the cases want of the tables of history, whether in Postgres or in memory. */
import type { HistoryStore } from '../../src/history/store.ts';

/** A row as far as the cases look at it: the `n` of its id, what its events said last, when it was marked as deleted. */
export interface Row {
  readonly n: number;
  readonly says: string | null;
  readonly version: number;
  readonly deletedAt: number | null;
}

export interface Rows {
  /** Versions of the restaurant's events. */
  readonly events: readonly number[];
  /** `says` is the status of a waiting and the reason of a no-show. */
  readonly waitings: readonly Row[];
  readonly noShows: readonly Row[];
}

/** A topic, and a restaurant and the one before it, that no other case has. */
interface Written {
  readonly restaurantId: number;
  readonly store: (place?: { readonly cluster?: string; readonly partition?: number }) => HistoryStore;
  /** Loses its connection as it applies: before it is committed, or after that and before it is told so. */
  readonly interrupted: (when: 'before' | 'after') => HistoryStore;
  /** In order of versions and ids. */
  readonly rows: (restaurantId?: number) => Promise<Rows>;
}

export type WithWritten = (callback: (written: Written) => Promise<void>) => Promise<void>;
