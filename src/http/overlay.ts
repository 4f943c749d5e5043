/**
 * Fresh state over history. The queue's state knows everything that was finished, registered or deleted in the last 15
 * minutes of its log time, and what it says counts. Older things are Postgres' to tell, and only when its history has
 * got as far as the queue's memory reaches back: else it would tell of a past that was changed since, and an id not
 * found, or a list without it, would be a false answer. That is a 503 instead, and so is a Postgres that is away.
 */
import { freshMillis, idOf, type Queue, wasIssued } from '../domain/queue.ts';
import { HistoryAway, type HistoryReader, type Ids, type Kept, type Slice } from '../history/read.ts';
import { Problem } from './problems.ts';

/** What a queue's state has of one kind of thing that it gives ids to. */
export interface Fresh<T> {
  /** n of the newest id. */
  readonly last: number;
  /** In the order of ids. */
  readonly items: readonly T[];
  readonly idOf: (item: T) => number;
  readonly deleted: readonly { readonly id: number }[];
  /** Everything up to this id was deleted at once. */
  readonly deletedThrough: number;
}

/** One thing; null: never issued, or deleted. `ask` looks it up in history. Throws a Problem when nobody can say. */
export async function findOne<T>(
  queue: Queue,
  fresh: Fresh<T>,
  id: number,
  history: HistoryReader,
  ask: (id: number) => Promise<Kept<T>>,
): Promise<T | null> {
  const known = fresh.items.find((item) => fresh.idOf(item) === id);
  if (known) return known;
  if (!wasIssued(queue.restaurantId, fresh.last, id)) return null;
  if (id <= fresh.deletedThrough || fresh.deleted.some((mark) => mark.id === id)) return null;
  const kept = await asked(queue, history, () => ask(id));
  // Issued, and the history is complete: it was there, and somebody has taken it out of the table.
  if (kept === null) throw unavailable(`history does not have ${id}, which was issued`);
  return kept === 'DELETED' ? null : kept;
}

/** What of a list is asked for. */
export interface Page<T> {
  readonly after: number;
  readonly limit: number;
  readonly datesId: number | null;
  readonly wanted: (item: T) => boolean;
  /** Whether all that is wanted is in the queue's state whatever its age, as teams that hold a place are. */
  readonly freshOnly: boolean;
}

/** A page in the order of ids, and where the next one goes on. */
export async function list<T>(
  queue: Queue,
  fresh: Fresh<T>,
  page: Page<T>,
  history: HistoryReader,
  ask: (slice: Slice) => Promise<T[]>,
): Promise<{ readonly items: readonly T[]; readonly next: number | null }> {
  const { after, limit, datesId } = page;
  const old = page.freshOnly
    ? []
    : await beyond(queue, fresh, after, history, (ids) => ask({ ...ids, most: limit + 1, datesId }));
  const found = [...old, ...fresh.items.filter((item) => fresh.idOf(item) > after && page.wanted(item))].sort(
    (a, b) => fresh.idOf(a) - fresh.idOf(b),
  );
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, next: last ? fresh.idOf(last) : null };
}

/**
 * What history has of ids above `after` that the queue's state says nothing of. It is not asked when there are none: a
 * restaurant's lists work without Postgres as long as its first tickets are fresh. Throws a Problem when nobody can say.
 */
export async function beyond<T, R>(
  queue: Queue,
  fresh: Fresh<T>,
  after: number,
  history: HistoryReader,
  ask: (ids: Ids) => Promise<R[]>,
): Promise<R[]> {
  const from = Math.max(after, fresh.deletedThrough, idOf(queue.restaurantId, 0));
  const known = [...fresh.items.map(fresh.idOf), ...fresh.deleted.map(({ id }) => id)].filter(
    (id) => id > from,
  );
  // What was issued after the look at the queue is not in this answer.
  const newest = idOf(queue.restaurantId, fresh.last);
  if (known.length >= newest - from) return [];
  const ids = { restaurantId: queue.restaurantId, after: from, through: newest, except: known };
  return asked(queue, history, () => ask(ids));
}

/** Asks history if it reaches far enough. The reach is read first: rows may only be newer than it says. */
async function asked<R>(queue: Queue, history: HistoryReader, ask: () => Promise<R>): Promise<R> {
  try {
    const reach = await history.reach(queue.restaurantId);
    const complete = reach !== null && (reach.version >= queue.version || reach.at >= queue.at - freshMillis);
    if (!complete) throw unavailable('history has not caught up with this queue yet');
    return await ask();
  } catch (error) {
    if (!(error instanceof HistoryAway)) throw error;
    throw unavailable('history, which has what the queue no longer remembers, cannot be read', error);
  }
}

function unavailable(detail: string, cause?: unknown): Problem {
  const problem = new Problem('HISTORY_UNAVAILABLE', detail);
  problem.cause = cause;
  return problem;
}
