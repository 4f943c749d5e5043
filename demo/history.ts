/** What Postgres keeps of a run, beside what the service says of it: reads over HTTP are of the queue's state for 15 minutes. */
import { Client } from 'pg';
import { z } from 'zod';

const row = z.object({
  restaurant_id: z.coerce.number(),
  waiting_id: z.coerce.number(),
  user_id: z.coerce.number(),
});
const waitingRow = row.extend({ ticket_no: z.int(), status: z.string() });
const eventRow = z.object({ restaurant_id: z.coerce.number(), events: z.int(), newest: z.int() });

export interface Kept {
  readonly waitings: readonly z.infer<typeof waitingRow>[];
  readonly noShows: readonly z.infer<typeof row>[];
  /** By restaurant: how many events, and the version of the newest. */
  readonly events: readonly z.infer<typeof eventRow>[];
}

/** Rejects when Postgres does not answer. */
export async function readHistory(databaseUrl: string, restaurants: readonly number[]): Promise<Kept> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const rows = async (sql: string): Promise<object[]> =>
      (await client.query<object>(sql, [restaurants])).rows;
    const waitings = await rows(
      `SELECT restaurant_id, waiting_id, user_id, ticket_no, status FROM waitings
       WHERE restaurant_id = ANY ($1::bigint[]) AND deleted_at IS NULL`,
    );
    const noShows = await rows(
      `SELECT restaurant_id, waiting_id, user_id FROM no_shows
       WHERE restaurant_id = ANY ($1::bigint[]) AND deleted_at IS NULL`,
    );
    const events = await rows(
      `SELECT restaurant_id, count(*)::int AS events, max(version)::int AS newest FROM waiting_events
       WHERE restaurant_id = ANY ($1::bigint[]) GROUP BY restaurant_id`,
    );
    return {
      waitings: waitings.map((each) => waitingRow.parse(each)),
      noShows: noShows.map((each) => row.parse(each)),
      events: events.map((each) => eventRow.parse(each)),
    };
  } finally {
    await client.end();
  }
}
