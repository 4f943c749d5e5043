import type { Settings } from './command.ts';
import { finishedAt, holdsPlace, type PlaceHolder, type Waiting } from './waiting.ts';

/**
 * Ids name their queue without a look-up: `restaurantId × 10,000,000 + n`, n counting up per restaurant for ever.
 * The same on every replay, and a safe JavaScript integer.
 */
const idsPerRestaurant = 10_000_000;

/** So many waitings, and as many no-shows, a restaurant can have: the next id would name the next restaurant. */
export const maxIds = idsPerRestaurant - 1;

/** The largest restaurant whose ids are all safe integers. */
export const maxRestaurantId = Math.floor(Number.MAX_SAFE_INTEGER / idsPerRestaurant) - 1;

/** A waiting's or a no-show's id. */
export const idOf = (restaurantId: number, n: number): number => restaurantId * idsPerRestaurant + n;

/** The queue that issued an id. */
export const restaurantOf = (id: number): number => Math.floor(id / idsPerRestaurant);

/** Whether this restaurant has issued the id, `last` being the n of its newest one. */
export const wasIssued = (restaurantId: number, last: number, id: number): boolean =>
  id > idOf(restaurantId, 0) && id <= idOf(restaurantId, last);

const minute = 60_000;
const day = 24 * 60 * minute;

/** How long the queue itself still answers for what was finished or deleted, while history catches up (log time). */
export const freshMillis = 15 * minute;

/** How long a closed business day may open again and go on with its ticket numbers. */
export const reopenMillis = 7 * day;

/** One opening of a restaurant. */
export interface BusinessDay {
  readonly datesId: number;
  /** Local date in the restaurant's time zone, YYYY-MM-DD. */
  readonly date: string;
  readonly opensAt: number;
  readonly closesAt: number;
  readonly closedAt: number | null;
  /** Tickets given so far. */
  readonly tickets: number;
  /** The last seatings, oldest first: the pace of the day. */
  readonly seatings: readonly number[];
}

/** Whether it takes teams then. */
export const isOpenAt = ({ opensAt, closesAt, closedAt }: BusinessDay, at: number): boolean =>
  closedAt === null && at >= opensAt && at < closesAt;

/** A user who didn't answer twice, or was put on record by hand. */
export interface NoShow {
  readonly noShowId: number;
  readonly userId: number;
  readonly waitingId: number | null;
  readonly datesId: number | null;
  readonly reason: string | null;
  readonly createdAt: number;
}

/** What was deleted, and when. */
interface DeletionMark {
  readonly id: number;
  readonly at: number;
}

/** All that deciding needs of one restaurant; it does not grow with its history. */
export interface Queue {
  readonly restaurantId: number;
  /** null until the restaurant is configured. */
  readonly settings: Settings | null;
  /** How often the links that tablets are paired by were revoked: one that names a lower number is void. */
  readonly pairing: number;
  /** Events so far. */
  readonly version: number;
  /** Log time of the last command. */
  readonly at: number;
  /** Commands decided and remembered so far. */
  readonly decided: number;
  /** Stalls before this instant have extended the deadlines that ran then. */
  readonly excusedUntil: number;
  /** n of the newest waitingId and noShowId. */
  readonly lastWaiting: number;
  readonly lastNoShow: number;
  /** The highest business day closed for so long that it may not open again. */
  readonly forgottenDatesId: number;
  readonly days: readonly BusinessDay[];
  /** By waitingId, which is ticket order: the active ones, and those just finished. */
  readonly waitings: readonly Waiting[];
  readonly noShows: readonly NoShow[];
  readonly deletedWaitings: readonly DeletionMark[];
  readonly deletedNoShows: readonly DeletionMark[];
  /** Everything up to this id was deleted at once. */
  readonly waitingsDeletedThrough: number;
  readonly noShowsDeletedThrough: number;
}

/** The queue of a restaurant that nobody has configured yet. */
export const emptyQueue = (restaurantId: number): Queue => ({
  restaurantId,
  settings: null,
  pairing: 0,
  version: 0,
  at: 0,
  decided: 0,
  excusedUntil: 0,
  lastWaiting: 0,
  lastNoShow: 0,
  forgottenDatesId: 0,
  days: [],
  waitings: [],
  noShows: [],
  deletedWaitings: [],
  deletedNoShows: [],
  waitingsDeletedThrough: 0,
  noShowsDeletedThrough: 0,
});

/** The teams that hold a place, first to be seated first. */
export const line = (queue: Queue): readonly PlaceHolder[] => queue.waitings.filter(holdsPlace);

/** 1-based rank among the teams that hold a place; null for one that holds none. */
export function positionOf(queue: Queue, waitingId: number): number | null {
  let rank = 0;
  for (const waiting of queue.waitings) {
    if (!holdsPlace(waiting)) continue;
    rank += 1;
    if (waiting.waitingId === waitingId) return rank;
  }
  return null;
}

/** The same of all teams that hold a place, by waitingId. */
export const positionsOf = (queue: Queue): ReadonlyMap<number, number> =>
  new Map(line(queue).map((waiting, index) => [waiting.waitingId, index + 1]));

/** What the queue knows of a waitingId: the waiting, or why it has none. FORGOTTEN: finished a while ago. */
export type Located = Waiting | 'NEVER_ISSUED' | 'DELETED' | 'FORGOTTEN';

export function locate(queue: Queue, waitingId: number): Located {
  const waiting = queue.waitings.find((each) => each.waitingId === waitingId);
  if (waiting) return waiting;
  if (!wasIssued(queue.restaurantId, queue.lastWaiting, waitingId)) return 'NEVER_ISSUED';
  const deleted =
    waitingId <= queue.waitingsDeletedThrough || queue.deletedWaitings.some((mark) => mark.id === waitingId);
  return deleted ? 'DELETED' : 'FORGOTTEN';
}

export const dayOf = (queue: Queue, datesId: number): BusinessDay | undefined =>
  queue.days.find((each) => each.datesId === datesId);

/** Lets go of what deciding no longer needs at this log time; the same queue when there is nothing. */
export function forget(queue: Queue, at: number): Queue {
  const fresh = (since: number): boolean => since + freshMillis >= at;
  const reopenable = (each: BusinessDay): boolean =>
    each.closedAt === null || each.closedAt + reopenMillis >= at;
  const keptWaiting = (waiting: Waiting): boolean => fresh(finishedAt(waiting) ?? at);
  const markFresh = (mark: DeletionMark): boolean => fresh(mark.at);
  const noShowFresh = (noShow: NoShow): boolean => fresh(noShow.createdAt);
  if (
    queue.days.every(reopenable) &&
    queue.waitings.every(keptWaiting) &&
    queue.noShows.every(noShowFresh) &&
    queue.deletedWaitings.every(markFresh) &&
    queue.deletedNoShows.every(markFresh)
  ) {
    return queue;
  }
  const closedForGood = queue.days.filter((each) => !reopenable(each)).map((each) => each.datesId);
  return {
    ...queue,
    forgottenDatesId: Math.max(queue.forgottenDatesId, ...closedForGood),
    days: queue.days.filter(reopenable),
    waitings: queue.waitings.filter(keptWaiting),
    noShows: queue.noShows.filter(noShowFresh),
    deletedWaitings: queue.deletedWaitings.filter(markFresh),
    deletedNoShows: queue.deletedNoShows.filter(markFresh),
  };
}
