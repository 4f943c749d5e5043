import { Client } from 'pg';
import { connectionTo, type DatabaseAddress } from './database.ts';

/** What a database says of itself. */
export interface DatabaseReport {
  /** Names of the migrations that were done; null: none ever. */
  readonly migrations: readonly string[] | null;
  readonly version: string;
}

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
    return { migrations: done?.rows.map(({ name }) => name) ?? null, version: server?.version ?? '' };
  } finally {
    await client.end();
  }
}
