import { differing, type Findings, plain } from './findings.ts';
import { forgottenUser, withoutFreeText } from '../../history/personal.ts';
import type { Row, Snapshot, Table } from '../../history/snapshot.ts';
import type { Rows } from './rows.ts';

/** Restaurants whose rows are asked for together. */
const together = 50;

export interface RowsDeps {
  readonly snapshot: Snapshot;
  readonly partition: number;
  /** Whether a restaurant is of this partition. */
  readonly isOurs: (restaurantId: number) => boolean;
  /** What the events before the snapshot's offset make, by restaurant. */
  readonly expected: ReadonlyMap<number, Rows>;
  /** The log of events begins at its beginning: there may be no row that they did not make. */
  readonly whole: boolean;
  readonly findings: Findings;
}

/** Rows held against events, those of events that are no longer in the log, and those that have forgotten their user. */
interface Counts {
  readonly compared: number;
  readonly older: number;
  readonly forgotten: number;
}

/** Holds the tables against the events. */
export async function compareRows(deps: RowsDeps): Promise<Counts> {
  const { snapshot, expected } = deps;
  const all = [...new Set([...expected.keys(), ...(await snapshot.restaurants())])].filter(deps.isOurs);
  let [compared, older, forgotten] = [0, 0, 0];
  for (let i = 0; i < all.length; i += together) {
    const chunk = all.slice(i, i + together);
    for (const table of ['waitings', 'waiting_events', 'no_shows'] as const) {
      const found = Map.groupBy(await snapshot.rows(table, chunk), ({ restaurant_id }) => restaurant_id);
      for (const restaurantId of chunk) {
        const counts = compareTable(deps, table, restaurantId, found.get(restaurantId) ?? []);
        compared += counts.compared;
        older += counts.older;
        forgotten += counts.forgotten;
      }
    }
  }
  return { compared, older, forgotten };
}

function compareTable(deps: RowsDeps, table: Table, restaurantId: number, found: readonly Row[]): Counts {
  const rows = deps.expected.get(restaurantId);
  const left = expectedOf(table, rows);
  let [older, forgotten] = [0, 0];
  const differ = (id: number, expected: unknown, row: unknown): void => {
    const parts = differing(plain(expected), plain(row));
    const key = `${table} ${id}`;
    if (parts)
      deps.findings.differ({
        place: 'postgres',
        partition: deps.partition,
        key,
        restaurantId,
        ...parts,
      });
  };
  for (const row of found) {
    const id = Number(row[idColumn[table]]);
    const expected = left.get(id);
    left.delete(id);
    const isForgotten = row['user_id'] === forgottenUser;
    if (isForgotten) forgotten += 1;
    if (!expected && !deps.whole && isOlder(row, rows)) older += 1;
    else differ(id, isForgotten && expected ? withoutUser(expected) : expected, row);
  }
  for (const [id, expected] of left) differ(id, expected, undefined);
  return { compared: found.length - older + left.size, older, forgotten };
}

/** What is left of a row that has forgotten its user: the log still names it. */
const withoutUser = (expected: Expected): Expected => ({
  ...expected,
  user_id: forgottenUser,
  ...(expected.reason !== undefined && { reason: withoutFreeText(expected.reason) }),
});

const idColumn = { waitings: 'waiting_id', waiting_events: 'version', no_shows: 'no_show_id' } as const;

/** Made by an event from before the log begins; a deletion in the log may have marked it since. */
const isOlder = (row: Row, rows: Rows | undefined): boolean =>
  rows === undefined || Number(row['version']) < rows.since || Boolean(row['deleted_at']);

/** A row as the events make it; those of events name nobody. */
type Expected = object & { readonly user_id?: number; readonly reason?: string | null };

function expectedOf(table: Table, rows: Rows | undefined): Map<number, Expected> {
  if (!rows) return new Map();
  switch (table) {
    case 'waitings':
      return new Map(rows.waitings);
    case 'no_shows':
      return new Map(rows.noShows);
    case 'waiting_events':
      return new Map(
        [...rows.events].map(([version, { body, ...row }]) => [
          version,
          { ...row, body: JSON.parse(body) as unknown },
        ]),
      );
  }
}
