/** The history of a partition on a real Postgres; the one in memory goes through the same cases. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { idOf } from '../../src/domain/queue.ts';
import { openDatabase } from '../../src/history/database.ts';
import { postgresHistory } from '../../src/history/postgres.ts';
import { servers, withSetting } from '../application.ts';
import { newRestaurant } from '../http.ts';
import { historyCases } from './historyCases.ts';
import type { Row, WithWritten } from './historyStore.ts';

const database = (): Pool =>
  openDatabase(
    { url: servers().DATABASE_URL },
    {
      use: 'history',
      connections: 4,
      statementMillis: 10_000,
      lost: () => undefined,
    },
  );

let pool: Pool;
beforeAll(async () => {
  // The tables are there once the application has been set up.
  await withSetting(() => Promise.resolve());
  pool = database();
});
afterAll(() => pool.end());

/** A topic and restaurants that no other test has, and none after it: no log has made these rows. */
const withPostgres: WithWritten = async (callback) => {
  const place = { topic: `test-${randomUUID()}`, partition: 0, cluster: 'here' };
  const mine = newRestaurant();
  const broken: Pool[] = [];
  try {
    await callback({
      restaurantId: mine,
      store: (other = {}) => postgresHistory(pool, { ...place, ...other }, () => undefined),
      interrupted: (when) => {
        const breaking = database();
        broken.push(breaking);
        breaking.on('connect', (client) => breakAtCommit(client, when));
        return postgresHistory(breaking, place, () => undefined);
      },
      rows: async (restaurantId = mine) => ({
        events: await versions(restaurantId),
        waitings: await rows('waitings', 'waiting_id', 'status', restaurantId),
        noShows: await rows('no_shows', 'no_show_id', 'reason', restaurantId),
      }),
    });
  } finally {
    for (const each of broken) await each.end();
    await pool.query('DELETE FROM history_offsets WHERE topic = $1', [place.topic]);
    for (const table of ['waitings', 'waiting_events', 'no_shows'])
      await pool.query(`DELETE FROM ${table} WHERE restaurant_id IN ($1, $2)`, [mine, mine - 1]);
  }
};

async function versions(restaurantId: number): Promise<number[]> {
  const { rows } = await pool.query<{ version: string }>(
    'SELECT version FROM waiting_events WHERE restaurant_id = $1 ORDER BY version',
    [restaurantId],
  );
  return rows.map(({ version }) => Number(version));
}

async function rows(table: string, id: string, says: string, restaurantId: number): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `SELECT (${id} - $2)::integer AS n, ${says} AS says, version::integer AS version,
            (extract(epoch FROM deleted_at) * 1000)::float AS "deletedAt"
     FROM ${table} WHERE restaurant_id = $1 ORDER BY ${id}`,
    [restaurantId, idOf(restaurantId, 0)],
  );
  return rows;
}

/** Has Postgres end the connection when it is to commit, or when it has. */
function breakAtCommit(client: PoolClient, when: 'before' | 'after'): void {
  const query = client.query.bind(client) as (
    text: string,
    values?: readonly unknown[],
  ) => Promise<QueryResult>;
  const commit = async (): Promise<QueryResult> => {
    const { rows } = await query('SELECT pg_backend_pid() AS pid');
    if (when === 'after') await query('COMMIT');
    await pool.query('SELECT pg_terminate_backend($1)', [(rows[0] as { pid: number }).pid]);
    return query(when === 'after' ? 'SELECT 1' : 'COMMIT');
  };
  const breaking = (text: string, values?: readonly unknown[]): Promise<QueryResult> =>
    text === 'COMMIT' ? commit() : query(text, values);
  Object.assign(client, { query: breaking });
}

describe('Postgres', () => {
  historyCases(withPostgres);
});
