/** Every statement that reads history. Each throws HistoryAway when Postgres does not answer. */
import type { Pool } from 'pg';
import type { NoShow } from '../domain/queue.ts';
import type { Waiting, WaitingStatus } from '../domain/waiting.ts';
import { fromRecord } from '../schemas/events.ts';

/** Postgres did not answer. Nothing is known. */
export class HistoryAway extends Error {
  override readonly name = 'HistoryAway';
}

/** How far the history of a restaurant goes: its newest event. */
interface Reach {
  readonly version: number;
  /** Log time. */
  readonly at: number;
}

/** A row, or what is left of it. */
export type Kept<T> = T | 'DELETED' | null;

/** What of a restaurant is asked for: that of which its queue's state says nothing. */
export interface Ids {
  readonly restaurantId: number;
  /** Only ids above it, up to the queue's newest. */
  readonly after: number;
  readonly through: number;
  /** Not these: the queue's state says better. */
  readonly except: readonly number[];
}

/** A part of a list, in the order of ids. */
export interface Slice extends Ids {
  readonly most: number;
  readonly datesId: number | null;
}

/** Waitings of a business day that are alike, together. */
export interface Tally {
  readonly status: WaitingStatus;
  /** With a reason on record, as all that the closing of the day finished. */
  readonly reasoned: boolean;
  readonly teams: number;
  /** From the registration to the end of each, added up; what has not ended adds nothing. */
  readonly waitedMillis: number;
}

export interface HistoryReader {
  /** null: nothing of this restaurant has come yet. */
  readonly reach: (restaurantId: number) => Promise<Reach | null>;
  readonly waiting: (waitingId: number) => Promise<Kept<Waiting>>;
  readonly noShow: (noShowId: number) => Promise<Kept<NoShow>>;
  /** Not deleted ones; `statuses` null: of any status. */
  readonly waitings: (slice: Slice, statuses: readonly WaitingStatus[] | null) => Promise<Waiting[]>;
  readonly noShows: (slice: Slice) => Promise<NoShow[]>;
  /** Those that were not deleted of one business day. */
  readonly tally: (ids: Ids, datesId: number) => Promise<Tally[]>;
}

export function historyReader(pool: Pool): HistoryReader {
  async function rows<R extends object>(sql: string, parameters: readonly unknown[]): Promise<R[]> {
    try {
      return (await pool.query<R>(sql, [...parameters])).rows;
    } catch (cause) {
      throw new HistoryAway('Postgres did not answer', { cause });
    }
  }

  return {
    reach: async (restaurantId) => {
      const [row] = await rows<{ version: string; at: Date }>(
        'SELECT version, at FROM waiting_events WHERE restaurant_id = $1 ORDER BY version DESC LIMIT 1',
        [restaurantId],
      );
      return row ? { version: Number(row.version), at: row.at.getTime() } : null;
    },

    waiting: async (waitingId) => {
      const [row] = await rows<WaitingColumns>(
        `SELECT ${waitingColumns} FROM waitings WHERE waiting_id = $1`,
        [waitingId],
      );
      if (!row) return null;
      return row.deleted_at === null ? toWaiting(row) : 'DELETED';
    },

    noShow: async (noShowId) => {
      const [row] = await rows<NoShowColumns>(`SELECT ${noShowColumns} FROM no_shows WHERE no_show_id = $1`, [
        noShowId,
      ]);
      if (!row) return null;
      return row.deleted_at === null ? toNoShow(row) : 'DELETED';
    },

    waitings: async ({ restaurantId, after, through, except, most, datesId }, statuses) => {
      const found = await rows<WaitingColumns>(
        `SELECT ${waitingColumns} FROM waitings
         WHERE restaurant_id = $1 AND waiting_id > $2 AND waiting_id <= $3 AND waiting_id <> ALL ($4)
           AND deleted_at IS NULL
           AND ($5::text[] IS NULL OR status = ANY ($5)) ${datesId === null ? '' : 'AND dates_id = $7'}
         ORDER BY waiting_id LIMIT $6`,
        [restaurantId, after, through, except, statuses, most, ...(datesId === null ? [] : [datesId])],
      );
      return found.map(toWaiting);
    },

    noShows: async ({ restaurantId, after, through, except, most, datesId }) => {
      const found = await rows<NoShowColumns>(
        `SELECT ${noShowColumns} FROM no_shows
         WHERE restaurant_id = $1 AND no_show_id > $2 AND no_show_id <= $3 AND no_show_id <> ALL ($4)
           AND deleted_at IS NULL AND ($5::bigint IS NULL OR dates_id = $5)
         ORDER BY no_show_id LIMIT $6`,
        [restaurantId, after, through, except, datesId, most],
      );
      return found.map(toNoShow);
    },

    tally: async ({ restaurantId, after, through, except }, datesId) => {
      const found = await rows<TallyColumns>(
        `SELECT status, reason IS NOT NULL AS reasoned, count(*)::integer AS teams,
           coalesce(sum(extract(epoch FROM finished_at - created_at)), 0) AS waited_seconds
         FROM waitings
         WHERE restaurant_id = $1 AND dates_id = $2 AND waiting_id > $3 AND waiting_id <= $4
           AND waiting_id <> ALL ($5) AND deleted_at IS NULL
         GROUP BY status, reasoned`,
        [restaurantId, datesId, after, through, except],
      );
      return found.map(({ waited_seconds, ...row }) => ({
        ...row,
        waitedMillis: Math.round(Number(waited_seconds) * 1_000),
      }));
    },
  };
}

/** The library gives a bigint as text; ours are safe integers. */
type Big = string;

interface WaitingColumns {
  readonly waiting_id: Big;
  readonly dates_id: Big;
  readonly ticket_no: number;
  readonly user_id: Big;
  readonly user_count: number;
  readonly status: WaitingStatus;
  readonly created_at: Date;
  readonly unanswered: number;
  readonly soon_told: boolean;
  readonly called_at: Date | null;
  readonly deadline_at: Date | null;
  readonly move_minutes: number | null;
  readonly move_time_over: boolean;
  readonly finished_at: Date | null;
  readonly reason: string | null;
  readonly deleted_at: Date | null;
}

const waitingColumns = `waiting_id, dates_id, ticket_no, user_id, user_count, status, created_at, unanswered, soon_told,
  called_at, deadline_at, move_minutes, move_time_over, finished_at, reason, deleted_at`;

const toWaiting = (row: WaitingColumns): Waiting =>
  fromRecord({
    waitingId: Number(row.waiting_id),
    datesId: Number(row.dates_id),
    ticketNo: row.ticket_no,
    userId: Number(row.user_id),
    userCount: row.user_count,
    status: row.status,
    createdAt: row.created_at.getTime(),
    unanswered: row.unanswered,
    soonTold: row.soon_told,
    calledAt: row.called_at?.getTime() ?? null,
    deadlineAt: row.deadline_at?.getTime() ?? null,
    moveMinutes: row.move_minutes,
    moveTimeOver: row.move_time_over,
    finishedAt: row.finished_at?.getTime() ?? null,
    reason: row.reason,
  });

interface TallyColumns {
  readonly status: WaitingStatus;
  readonly reasoned: boolean;
  readonly teams: number;
  /** The library gives a numeric as text. */
  readonly waited_seconds: string;
}

interface NoShowColumns {
  readonly no_show_id: Big;
  readonly user_id: Big;
  readonly waiting_id: Big | null;
  readonly dates_id: Big | null;
  readonly reason: string | null;
  readonly created_at: Date;
  readonly deleted_at: Date | null;
}

const noShowColumns = 'no_show_id, user_id, waiting_id, dates_id, reason, created_at, deleted_at';

const toNoShow = (row: NoShowColumns): NoShow => ({
  noShowId: Number(row.no_show_id),
  userId: Number(row.user_id),
  waitingId: row.waiting_id === null ? null : Number(row.waiting_id),
  datesId: row.dates_id === null ? null : Number(row.dates_id),
  reason: row.reason,
  createdAt: row.created_at.getTime(),
});
