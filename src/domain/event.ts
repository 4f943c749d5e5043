import type { Call, Settings } from './command.ts';
import type { NoShow } from './queue.ts';
import type {
  Arrived,
  Called,
  Coming,
  Finished,
  NoAnswer,
  PlaceHolder,
  Registered,
  Waiting,
} from './waiting.ts';

/**
 * What happened to a queue. Every member has a record of the same name in `schemas/events`.
 * A waiting's events carry the waiting as it is afterwards, so that whoever reads one needs no other.
 */
export type Happening =
  | { readonly type: 'RestaurantConfigured'; readonly settings: Settings }
  /** The generation of the links that are valid from here on. */
  | { readonly type: 'PairingsRevoked'; readonly pairing: number }
  | {
      readonly type: 'BusinessDayOpened';
      readonly datesId: number;
      readonly date: string;
      readonly opensAt: number;
      readonly closesAt: number;
    }
  | { readonly type: 'BusinessDayClosed'; readonly datesId: number }
  | {
      readonly type: 'WaitingRegistered';
      readonly waiting: Registered;
      readonly position: number;
      readonly estimatedWaitMinutes: number;
    }
  | { readonly type: 'WaitingCalled'; readonly waiting: Called; readonly call: Call }
  | { readonly type: 'CallAnswered'; readonly waiting: Coming }
  | { readonly type: 'WaitingArrived'; readonly waiting: Arrived }
  | { readonly type: 'WaitingEntered'; readonly waiting: Finished }
  | { readonly type: 'WaitingCancelled'; readonly waiting: Finished }
  | { readonly type: 'CallLapsed'; readonly waiting: NoAnswer | Finished }
  | { readonly type: 'MoveTimeLapsed'; readonly waiting: Coming }
  | {
      readonly type: 'DeadlineExtended';
      readonly waiting: Called | Coming;
      /** No stall before this instant counts again in this queue. */
      readonly excusedUntil: number;
    }
  | { readonly type: 'TurnNear'; readonly waiting: Registered; readonly position: number }
  | { readonly type: 'NoAnswerDismissed'; readonly waiting: NoAnswer }
  | {
      readonly type: 'WaitingDeleted';
      readonly waitingId: number;
      /** The team as it stood, when it was still in the queue. */
      readonly live: PlaceHolder | NoAnswer | null;
    }
  | { readonly type: 'AllWaitingsDeleted'; readonly throughWaitingId: number }
  | { readonly type: 'NoShowRegistered'; readonly noShow: NoShow }
  | { readonly type: 'NoShowDeleted'; readonly noShowId: number }
  | { readonly type: 'AllNoShowsDeleted'; readonly throughNoShowId: number };

/** Where an event stands in its queue's history. */
interface Stamp {
  readonly restaurantId: number;
  /** 1, 2, 3 … over the restaurant's events. */
  readonly version: number;
  /** Log time of the command that caused it. */
  readonly at: number;
}

export type Event = Happening & Stamp;

/** The waiting that an event is about, as it is afterwards. */
export const waitingOf = (event: Event): Waiting | null => ('waiting' in event ? event.waiting : null);
