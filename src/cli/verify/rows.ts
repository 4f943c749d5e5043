import type { Event } from '../../domain/event.ts';
import { type Changes, changesOf } from '../../history/changes.ts';

type Deletable<Row> = Row & { readonly deleted_at: string | null };
type Deletion = Changes['waitingDeletions'][number];

/** The rows of one restaurant, as its events make them. */
export interface Rows {
  /** Of its first event here: rows of an older version are of events that are no longer in the log. */
  readonly since: number;
  /** By version; the event itself as JSON, which takes the least room. */
  readonly events: Map<number, Omit<Changes['events'][number], 'body'> & { readonly body: string }>;
  readonly waitings: Map<number, Deletable<Changes['waitings'][number]>>;
  readonly noShows: Map<number, Deletable<Changes['noShows'][number]>>;
}

/** Adds what an event changes, by the same mapping as the history, one event at a time. */
export function applyToRows(restaurants: Map<number, Rows>, event: Event): void {
  const { restaurantId, version } = event;
  const rows = restaurants.get(restaurantId) ?? {
    since: version,
    events: new Map(),
    waitings: new Map(),
    noShows: new Map(),
  };
  restaurants.set(restaurantId, rows);
  const changes = changesOf([event]);
  for (const { body, ...row } of changes.events)
    rows.events.set(row.version, { ...row, body: JSON.stringify(body) });
  for (const row of changes.waitings) rows.waitings.set(row.waiting_id, { ...row, deleted_at: null });
  for (const row of changes.noShows) rows.noShows.set(row.no_show_id, { ...row, deleted_at: null });
  for (const deletion of changes.waitingDeletions) mark(rows.waitings, deletion);
  for (const deletion of changes.noShowDeletions) mark(rows.noShows, deletion);
}

/** The first deletion of a row is the one that counts. */
function mark<Row extends { readonly deleted_at: string | null }>(
  rows: Map<number, Row>,
  { first_id, last_id, at, version }: Deletion,
): void {
  for (const [id, row] of rows) {
    if (id >= first_id && id <= last_id && row.deleted_at === null)
      rows.set(id, { ...row, deleted_at: at, version });
  }
}
