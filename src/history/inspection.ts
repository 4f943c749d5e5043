import { Client } from 'pg';
import { connectionTo, type DatabaseAddress } from './database.ts';

/** What a database says of itself. */
export interface DatabaseReport {
  /** Names of the migrations that were done; null: none ever. */
  readonly migrations: readonly string[] | null;
  readonly version: string;
  /** null: the tables are not of this build yet. */
  readonly compressed: CompressedTime | null;
}

/** Who runs on compressed time, as far as the history has come. */
export interface CompressedTime {
  /** Those that were configured last, the latest first. */
  readonly restaurants: readonly number[];
  /** How many there are. */
  readonly count: number;
}

/** Restaurants that are named; the others are counted. */
const most = 5;
/** Made by this migration, the index finds them without reading the history. */
const indexedBy = '0003_compressed_time';

/** Rejects when it does not answer in time (ms). */
export async function inspectDatabase(address: DatabaseAddress, millis: number): Promise<DatabaseReport> {
  const client = new Client({
    ...connectionTo(address),
    application_name: 'waiting-doctor',
    connectionTimeoutMillis: millis,
    query_timeout: millis,
  });
  // A connection that breaks between two queries is told by the next one.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; there: boolean }>(
      `SELECT current_setting('server_version') AS version, to_regclass('migrations') IS NOT NULL AS there`,
    );
    const [server] = rows;
    const done = server?.there
      ? await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id')
      : null;
    const migrations = done?.rows.map(({ name }) => name) ?? null;
    const compressed = migrations?.includes(indexedBy) ? await compressedTime(client) : null;
    return { migrations, version: server?.version ?? '', compressed };
  } finally {
    await client.end();
  }
}

/** By the last settings of each restaurant. */
async function compressedTime(client: Client): Promise<CompressedTime> {
  const { rows } = await client.query<{ restaurant_id: string; count: string }>(
    `SELECT restaurant_id, count(*) OVER () AS count FROM waiting_events AS configured
     WHERE type = 'RestaurantConfigured' AND body #> '{settings,minuteMillis}' < '60000'
       AND NOT EXISTS (
         SELECT FROM waiting_events AS later
         WHERE later.restaurant_id = configured.restaurant_id AND later.version > configured.version
           AND later.type = 'RestaurantConfigured'
       )
     ORDER BY at DESC LIMIT $1`,
    [most],
  );
  return {
    restaurants: rows.map(({ restaurant_id }) => Number(restaurant_id)),
    count: Number(rows[0]?.count ?? 0),
  };
}
