import { differing, type Findings, plain } from './findings.ts';
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

/** Holds the tables against the events; answers how many rows, and how many are of events no longer in the log. */
export async function compareRows(deps: RowsDeps): Promise<{ compared: number; older: number }> {
  const { snapshot, expected } = deps;
  const all = [...new Set([...expected.keys(), ...(await snapshot.restaurants())])].filter(deps.isOurs);
  let compared = 0;
  let older = 0;
  for (let i = 0; i < all.length; i += together) {
    const chunk = all.slice(i, i + together);
    for (const table of ['waitings', 'waiting_events', 'no_shows'] as const) {
      const found = Map.groupBy(await snapshot.rows(table, chunk), ({ restaurant_id }) => restaurant_id);
      for (const restaurantId of chunk) {
        const counts = compareTable(deps, table, restaurantId, found.get(restaurantId) ?? []);
        compared += counts.compared;
        older += counts.older;
      }
    }
  }
  return { compared, older };
}

function compareTable(deps: RowsDeps, table: Table, restaurantId: number, found: readonly Row[]) {
  const rows = deps.expected.get(restaurantId);
  const left = expectedOf(table, rows);
  let older = 0;
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
    if (!expected && !deps.whole && isOlder(row, rows)) older += 1;
    else differ(id, expected, row);
  }
  for (const [id, expected] of left) differ(id, expected, undefined);
  return { compared: found.length - older + left.size, older };
}

const idColumn = { waitings: 'waiting_id', waiting_events: 'version', no_shows: 'no_show_id' } as const;

/** Made by an event from before the log begins; a deletion in the log may have marked it since. */
const isOlder = (row: Row, rows: Rows | undefined): boolean =>
  rows === undefined || Number(row['version']) < rows.since || Boolean(row['deleted_at']);

function expectedOf(table: Table, rows: Rows | undefined): Map<number, unknown> {
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
