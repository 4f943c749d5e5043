import type { Pool } from 'pg';
import { inTransaction } from './database.ts';
import { type HistoryStore, type LogPlace, OvertakenError } from './store.ts';
import { applyChanges, moveOffset, readOffset } from './write.ts';

/** The history of one partition in Postgres. `lost` is told of a connection that broke between two statements. */
export const postgresHistory = (pool: Pool, place: LogPlace, lost: (error: Error) => void): HistoryStore => ({
  position: (first) => readOffset(pool, place, first),
  apply: (changes, from, to) =>
    inTransaction(
      pool,
      async (client) => {
        if (!(await moveOffset(client, place, from, to))) {
          throw new OvertakenError(`another writer has moved ${place.topic}-${place.partition} from ${from}`);
        }
        await applyChanges(client, changes);
      },
      lost,
    ),
});
