/** Every statement that forgets users. Rows stay; done again, none changes anything. */
import type { Pool, PoolClient } from 'pg';
import { forgottenUser, ourReasons } from './personal.ts';

/** A row's reason without what somebody wrote, as SQL. */
export const keptReason = (column: string): string =>
  `CASE WHEN ${column} IN (${ourReasons.map((reason) => `'${reason}'`).join(', ')}) THEN ${column} END`;

const forgotten = `user_id = ${forgottenUser}, reason = ${keptReason('reason')}`;
const named = `user_id <> ${forgottenUser}`;

/** The tables that name users, with the column of their ids. */
export const personalTables = { waitings: 'waiting_id', no_shows: 'no_show_id' } as const;
export type PersonalTable = keyof typeof personalTables;
type Counts = Readonly<Record<PersonalTable, number>>;

/**
 * Takes the user from at most so many rows that were made before an instant (ms), the oldest first; answers from how
 * many. Rows that another process is at are left to it.
 */
export async function forgetOlder(
  pool: Pool,
  table: PersonalTable,
  before: number,
  most: number,
): Promise<number> {
  const id = personalTables[table];
  const { rowCount } = await pool.query(
    `WITH old AS (
       SELECT ${id} FROM ${table} WHERE ${named} AND created_at < $1
       ORDER BY created_at LIMIT $2
       FOR UPDATE SKIP LOCKED)
     UPDATE ${table} SET ${forgotten} FROM old WHERE ${table}.${id} = old.${id}`,
    [new Date(before).toISOString(), most],
  );
  return rowCount ?? 0;
}

/** Lets go of marks that the log has outlived. */
export async function dropMarks(pool: Pool, now: number): Promise<void> {
  await pool.query('DELETE FROM forgotten_users WHERE kept_until < $1', [new Date(now).toISOString()]);
}

/** What the history has of a user. */
export interface UserRows {
  /** Rows, by table. */
  readonly rows: Counts;
  /** Waitings that are not over. */
  readonly active: readonly { readonly waitingId: number; readonly status: string }[];
}

export async function rowsOfUser(client: Pool | PoolClient, userId: number): Promise<UserRows> {
  const count = async (table: PersonalTable): Promise<number> => {
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*) AS count FROM ${table} WHERE user_id = $1`,
      [userId],
    );
    return Number(rows[0]?.count);
  };
  const counts = { waitings: await count('waitings'), no_shows: await count('no_shows') };
  const { rows: active } = await client.query<{ waiting_id: string; status: string }>(
    `SELECT waiting_id, status FROM waitings
     WHERE user_id = $1 AND finished_at IS NULL AND deleted_at IS NULL ORDER BY waiting_id`,
    [userId],
  );
  return {
    rows: counts,
    active: active.map(({ waiting_id, status }) => ({ waitingId: Number(waiting_id), status })),
  };
}

/**
 * Takes a user from every row, and marks that rows from before now are written without, until the instant given as
 * Postgres reads it. Answers what was there. Changes nothing where a waiting is active: whoever is called must be known.
 */
export async function forgetUser(client: PoolClient, userId: number, keptUntil: string): Promise<UserRows> {
  // Whatever is written at this moment is counted, and what is written next sees the mark.
  await client.query('LOCK TABLE waitings, no_shows IN SHARE ROW EXCLUSIVE MODE');
  const found = await rowsOfUser(client, userId);
  if (found.active.length > 0) return found;
  // Rows have the broker's time, which may be a little ahead of this clock.
  await client.query(
    `INSERT INTO forgotten_users AS old (user_id, forgotten_at, kept_until)
     SELECT $1::bigint, greatest(now(), max(created_at)), $2::timestamptz
     FROM (SELECT created_at FROM waitings WHERE user_id = $1
           UNION ALL SELECT created_at FROM no_shows WHERE user_id = $1) AS rows
     ON CONFLICT (user_id) DO UPDATE SET
       forgotten_at = greatest(old.forgotten_at, excluded.forgotten_at),
       kept_until = greatest(old.kept_until, excluded.kept_until)`,
    [userId, keptUntil],
  );
  for (const table of ['waitings', 'no_shows'])
    await client.query(`UPDATE ${table} SET ${forgotten} WHERE user_id = $1`, [userId]);
  return found;
}
