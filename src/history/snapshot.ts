import pg from 'pg';
import { topics } from '../schemas/topics.ts';
import { connectionTo, type DatabaseAddress } from './database.ts';

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];

/** Numbers and instants as the rows of `history/changes.ts` have them. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [pg.types.builtins.INT8]: Number,
  [pg.types.builtins.TIMESTAMPTZ]: (text) => new Date(text).toISOString(),
};
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: TypeId, format?: 'text') =>
    parsers[oid] ?? (pg.types.getTypeParser(oid, format) as unknown)) as typeof pg.types.getTypeParser,
};

const connectMillis = 3_000;
/** Of a statement: a table without an index for it is read through once. */
const statementMillis = 120_000;

export type Row = Readonly<Record<string, unknown>> & { readonly restaurant_id: number };
export type Table = 'waitings' | 'waiting_events' | 'no_shows';

/** The history as of one moment, whatever is written to it meanwhile. */
export interface Snapshot {
  /** The next event to be applied, of which cluster's log; null: no worker has begun with the partition. */
  readonly offset: { readonly next: number; readonly cluster: string } | null;
  /** Every restaurant that has a row. */
  readonly restaurants: () => Promise<readonly number[]>;
  readonly rows: (table: Table, restaurants: readonly number[]) => Promise<readonly Row[]>;
  readonly close: () => Promise<void>;
}

export async function openSnapshot(address: DatabaseAddress, partition: number): Promise<Snapshot> {
  const client = new pg.Client({
    ...connectionTo(address),
    application_name: 'waiting-verify',
    connectionTimeoutMillis: connectMillis,
    statement_timeout: statementMillis,
    types,
  });
  // A connection that breaks between two queries is told by the next one.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await client.query<{ next_offset: number; cluster_id: string }>(
    'SELECT next_offset, cluster_id FROM history_offsets WHERE topic = $1 AND partition = $2',
    [topics.events, partition],
  );
  const [row] = rows;
  return {
    offset: row ? { next: row.next_offset, cluster: row.cluster_id } : null,
    restaurants: async () => {
      const found = await client.query<Row>(
        `SELECT restaurant_id FROM waiting_events
         UNION SELECT restaurant_id FROM waitings
         UNION SELECT restaurant_id FROM no_shows`,
      );
      return found.rows.map(({ restaurant_id }) => restaurant_id);
    },
    rows: async (table, restaurants) => {
      const found = await client.query<Row>(`SELECT * FROM ${table} WHERE restaurant_id = ANY ($1)`, [
        restaurants,
      ]);
      return found.rows;
    },
    close: () => client.end(),
  };
}
