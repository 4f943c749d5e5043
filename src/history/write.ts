/** Every statement that writes history. Each takes a batch at once; done again, none changes anything. */
import type { Pool, PoolClient } from 'pg';
import type { Changes } from './changes.ts';
import { keptReason } from './forget.ts';
import { forgottenUser } from './personal.ts';
import type { LogPlace } from './store.ts';

/** The next offset to be applied, as Postgres has it; a first one is put there when it has none. */
export async function readOffset(
  pool: Pool,
  { topic, partition, cluster }: LogPlace,
  first: number,
): Promise<{ readonly next: number; readonly cluster: string }> {
  await pool.query(
    `INSERT INTO history_offsets (topic, partition, cluster_id, next_offset)
     VALUES ($1, $2, $3, $4)
     ON CONFLICT (topic, partition) DO NOTHING`,
    [topic, partition, cluster, first],
  );
  const { rows } = await pool.query<{ cluster_id: string; next_offset: string }>(
    'SELECT cluster_id, next_offset FROM history_offsets WHERE topic = $1 AND partition = $2',
    [topic, partition],
  );
  const row = rows[0];
  if (!row) throw new Error(`the offset of ${topic}-${partition} is gone`);
  return { next: Number(row.next_offset), cluster: row.cluster_id };
}

/** Moves the offset from where we believe it is; false: another writer has moved it. Holds the row until the commit. */
export async function moveOffset(
  client: PoolClient,
  { topic, partition, cluster }: LogPlace,
  from: number,
  to: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE history_offsets SET next_offset = $5
     WHERE topic = $1 AND partition = $2 AND cluster_id = $3 AND next_offset = $4`,
    [topic, partition, cluster, from, to],
  );
  return rowCount === 1;
}

/** Writes a batch: rows first, then the marks on them. */
export async function applyChanges(client: PoolClient, changes: Changes): Promise<void> {
  if (changes.events.length > 0) await insertEvents(client, changes.events);
  if (changes.waitings.length > 0) await upsertWaitings(client, changes.waitings);
  if (changes.noShows.length > 0) await insertNoShows(client, changes.noShows);
  if (changes.waitingDeletions.length > 0) await markWaitings(client, changes.waitingDeletions);
  if (changes.noShowDeletions.length > 0) await markNoShows(client, changes.noShowDeletions);
}

/** Beside `new`: the mark of its user, where there is one and the row is from before it. */
const withForgotten =
  'LEFT JOIN forgotten_users ON forgotten_users.user_id = new.user_id AND new.created_at <= forgotten_at';
const userUnlessForgotten = `CASE WHEN forgotten_at IS NULL THEN new.user_id ELSE ${forgottenUser} END`;
const reasonUnlessForgotten = `CASE WHEN forgotten_at IS NULL THEN reason ELSE ${keptReason('reason')} END`;

const insertEvents = (client: PoolClient, rows: Changes['events']) =>
  client.query(
    `INSERT INTO waiting_events (restaurant_id, version, waiting_id, type, at, body)
     SELECT restaurant_id, version, waiting_id, type, at, body
     FROM json_to_recordset($1) AS new (
       restaurant_id bigint, version bigint, waiting_id bigint, type text, at timestamptz, body jsonb)
     ON CONFLICT (restaurant_id, version) DO NOTHING`,
    [JSON.stringify(rows)],
  );

/** Rows come from the log, and from it once more when a history is built anew: who was forgotten stays forgotten. */
const upsertWaitings = (client: PoolClient, rows: Changes['waitings']) =>
  client.query(
    `INSERT INTO waitings AS old (
       waiting_id, restaurant_id, dates_id, ticket_no, user_id, user_count, status, created_at, unanswered,
       soon_told, called_at, deadline_at, move_minutes, move_time_over, finished_at, reason, version)
     SELECT
       waiting_id, restaurant_id, dates_id, ticket_no, ${userUnlessForgotten}, user_count, status, created_at,
       unanswered, soon_told, called_at, deadline_at, move_minutes, move_time_over, finished_at,
       ${reasonUnlessForgotten}, version
     FROM json_to_recordset($1) AS new (
       waiting_id bigint, restaurant_id bigint, dates_id bigint, ticket_no integer, user_id bigint,
       user_count integer, status text, created_at timestamptz, unanswered integer, soon_told boolean,
       called_at timestamptz, deadline_at timestamptz, move_minutes integer, move_time_over boolean,
       finished_at timestamptz, reason text, version bigint)
     ${withForgotten}
     ON CONFLICT (waiting_id) DO UPDATE SET
       status = excluded.status,
       unanswered = excluded.unanswered,
       soon_told = excluded.soon_told,
       called_at = excluded.called_at,
       deadline_at = excluded.deadline_at,
       move_minutes = excluded.move_minutes,
       move_time_over = excluded.move_time_over,
       finished_at = excluded.finished_at,
       reason = CASE WHEN old.user_id = ${forgottenUser} THEN ${keptReason('excluded.reason')} ELSE excluded.reason END,
       version = excluded.version
     WHERE old.version < excluded.version`,
    [JSON.stringify(rows)],
  );

const insertNoShows = (client: PoolClient, rows: Changes['noShows']) =>
  client.query(
    `INSERT INTO no_shows (no_show_id, restaurant_id, user_id, waiting_id, dates_id, reason, created_at, version)
     SELECT no_show_id, restaurant_id, ${userUnlessForgotten}, waiting_id, dates_id, ${reasonUnlessForgotten},
       created_at, version
     FROM json_to_recordset($1) AS new (
       no_show_id bigint, restaurant_id bigint, user_id bigint, waiting_id bigint, dates_id bigint, reason text,
       created_at timestamptz, version bigint)
     ${withForgotten}
     ON CONFLICT (no_show_id) DO NOTHING`,
    [JSON.stringify(rows)],
  );

/** The first deletion of a row is the one that counts. */
const markWaitings = (client: PoolClient, ranges: Changes['waitingDeletions']) =>
  client.query(
    `UPDATE waitings AS old SET deleted_at = gone.at, version = gone.version
     FROM (
       SELECT DISTINCT ON (waiting_id) waiting_id, range.at, range.version
       FROM json_to_recordset($1) AS range (
         restaurant_id bigint, first_id bigint, last_id bigint, at timestamptz, version bigint)
       JOIN waitings ON waitings.restaurant_id = range.restaurant_id
         AND waiting_id BETWEEN first_id AND last_id
         AND deleted_at IS NULL AND waitings.version < range.version
       ORDER BY waiting_id, range.version
     ) AS gone
     WHERE old.waiting_id = gone.waiting_id`,
    [JSON.stringify(ranges)],
  );

const markNoShows = (client: PoolClient, ranges: Changes['noShowDeletions']) =>
  client.query(
    `UPDATE no_shows AS old SET deleted_at = gone.at, version = gone.version
     FROM (
       SELECT DISTINCT ON (no_show_id) no_show_id, range.at, range.version
       FROM json_to_recordset($1) AS range (
         restaurant_id bigint, first_id bigint, last_id bigint, at timestamptz, version bigint)
       JOIN no_shows ON no_shows.restaurant_id = range.restaurant_id
         AND no_show_id BETWEEN first_id AND last_id
         AND deleted_at IS NULL AND no_shows.version < range.version
       ORDER BY no_show_id, range.version
     ) AS gone
     WHERE old.no_show_id = gone.no_show_id`,
    [JSON.stringify(ranges)],
  );
