import type { SecureContextOptions } from 'node:tls';
import { type ClientConfig, Pool, type PoolClient } from 'pg';
import { systemClock } from '../topology/clock.ts';

/** The wait for a connection, and for a statement: who asks goes on to the next attempt, or tells its client. */
const connectMillis = 3_000;
const closeMillis = 2_000;

export interface DatabaseAddress {
  /** `postgres://`, with the role and its password; `sslmode=verify-full` encrypts where `tls` is absent. */
  readonly url: string;
  /** PEM. The server is verified, its name included; without a `ca`, what Node trusts is trusted. */
  readonly tls?: SecureContextOptions;
}

/** What every connection to it begins with. */
export const connectionTo = ({ url, tls }: DatabaseAddress): ClientConfig => ({
  connectionString: url,
  ...(tls && { ssl: tls }),
});

export interface DatabaseOptions {
  /** Told to Postgres: `waiting-<use>` in pg_stat_activity. */
  readonly use: 'history' | 'reads' | 'privacy';
  readonly connections: number;
  readonly statementMillis: number;
  /** A connection was lost. The next query makes another. */
  readonly lost: (error: Error) => void;
}

/** Connections to Postgres, made when they are needed: it may be away now and later. */
export function openDatabase(address: DatabaseAddress, options: DatabaseOptions): Pool {
  const pool = new Pool({
    ...connectionTo(address),
    application_name: `waiting-${options.use}`,
    max: options.connections,
    connectionTimeoutMillis: connectMillis,
    statement_timeout: options.statementMillis,
    // The same without Postgres' help: one that hangs does not time out anything. A little later, so that it may.
    query_timeout: options.statementMillis + 1_000,
    keepAlive: true,
  });
  // Without a listener, a killed backend ends the process.
  pool.on('error', options.lost);
  return pool;
}

/** Ends the connections; those to a server that hangs are left to the end of the process. */
export async function closeDatabase(pool: Pool): Promise<void> {
  const patience = new AbortController();
  const ended = pool.end().finally(() => patience.abort());
  await Promise.race([ended, systemClock.sleep(closeMillis, patience.signal)]);
}

/** One transaction. After any error its connection is thrown away: what state it is in is not worth knowing. */
export async function inTransaction<T>(
  pool: Pool,
  action: (client: PoolClient) => Promise<T>,
  lost: (error: Error) => void,
): Promise<T> {
  const client = await pool.connect();
  // Between two queries of ours the pool does not listen.
  client.on('error', lost);
  let failed: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await action(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    failed = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.off('error', lost);
    client.release(failed);
  }
}
