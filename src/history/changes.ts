/**
 * What a batch of events changes in the tables: pure, so that every kind of event can be tried without a database.
 * Rows are the columns of infra/migrations, instants as ISO 8601.
 */
import type { Event } from '../domain/event.ts';
import type { Waiting } from '../domain/waiting.ts';
import { toRecord } from '../schemas/events.ts';
import { impersonal } from './personal.ts';

/** A waiting as an event left it. */
interface WaitingRow {
  readonly waiting_id: number;
  readonly restaurant_id: number;
  readonly dates_id: number;
  readonly ticket_no: number;
  readonly user_id: number;
  readonly user_count: number;
  readonly status: Waiting['status'];
  readonly created_at: string;
  readonly unanswered: number;
  readonly soon_told: boolean;
  readonly called_at: string | null;
  readonly deadline_at: string | null;
  readonly move_minutes: number | null;
  readonly move_time_over: boolean;
  readonly finished_at: string | null;
  readonly reason: string | null;
  readonly version: number;
}

interface EventRow {
  readonly restaurant_id: number;
  readonly version: number;
  readonly waiting_id: number | null;
  readonly type: Event['type'];
  readonly at: string;
  /** Without what is personal. */
  readonly body: Event;
}

interface NoShowRow {
  readonly no_show_id: number;
  readonly restaurant_id: number;
  readonly user_id: number;
  readonly waiting_id: number | null;
  readonly dates_id: number | null;
  readonly reason: string | null;
  readonly created_at: string;
  readonly version: number;
}

/** Ids of a restaurant, first and last included, to be marked as deleted. One deletion is a range of one. */
interface Deletion {
  readonly restaurant_id: number;
  readonly first_id: number;
  readonly last_id: number;
  readonly at: string;
  readonly version: number;
}

/**
 * Rows to be written, at most one an id, and marks to be set after them. That order is enough: an id that was deleted
 * has no later event, and ids given after a "delete all" are above its range.
 */
export interface Changes {
  readonly events: readonly EventRow[];
  readonly waitings: readonly WaitingRow[];
  readonly noShows: readonly NoShowRow[];
  readonly waitingDeletions: readonly Deletion[];
  readonly noShowDeletions: readonly Deletion[];
}

/** The changes of events in log order. */
export function changesOf(events: readonly Event[]): Changes {
  const waitings = new Map<number, WaitingRow>();
  const noShows: NoShowRow[] = [];
  const waitingDeletions: Deletion[] = [];
  const noShowDeletions: Deletion[] = [];
  for (const event of events) {
    switch (event.type) {
      case 'RestaurantConfigured':
      case 'PairingsRevoked':
      case 'BusinessDayOpened':
      case 'BusinessDayClosed':
        break;
      case 'WaitingRegistered':
      case 'WaitingCalled':
      case 'CallAnswered':
      case 'WaitingArrived':
      case 'WaitingEntered':
      case 'WaitingCancelled':
      case 'CallLapsed':
      case 'MoveTimeLapsed':
      case 'DeadlineExtended':
      case 'TurnNear':
      case 'NoAnswerDismissed':
        waitings.set(event.waiting.waitingId, waitingRow(event, event.waiting));
        break;
      case 'WaitingDeleted':
        waitingDeletions.push(deletion(event, event.waitingId, event.waitingId));
        break;
      case 'AllWaitingsDeleted':
        waitingDeletions.push(deletion(event, 0, event.throughWaitingId));
        break;
      case 'NoShowRegistered':
        noShows.push(noShowRow(event));
        break;
      case 'NoShowDeleted':
        noShowDeletions.push(deletion(event, event.noShowId, event.noShowId));
        break;
      case 'AllNoShowsDeleted':
        noShowDeletions.push(deletion(event, 0, event.throughNoShowId));
        break;
    }
  }
  return {
    events: events.map(eventRow),
    waitings: [...waitings.values()],
    noShows,
    waitingDeletions,
    noShowDeletions,
  };
}

const iso = (millis: number): string => new Date(millis).toISOString();
const isoOrNull = (millis: number | null): string | null => (millis === null ? null : iso(millis));

function waitingRow({ restaurantId, version }: Event, waiting: Waiting): WaitingRow {
  const record = toRecord(waiting);
  return {
    waiting_id: record.waitingId,
    restaurant_id: restaurantId,
    dates_id: record.datesId,
    ticket_no: record.ticketNo,
    user_id: record.userId,
    user_count: record.userCount,
    status: record.status,
    created_at: iso(record.createdAt),
    unanswered: record.unanswered,
    soon_told: record.soonTold,
    called_at: isoOrNull(record.calledAt),
    deadline_at: isoOrNull(record.deadlineAt),
    move_minutes: record.moveMinutes,
    move_time_over: record.moveTimeOver,
    finished_at: isoOrNull(record.finishedAt),
    reason: record.reason,
    version,
  };
}

function noShowRow({
  restaurantId,
  version,
  noShow,
}: Extract<Event, { type: 'NoShowRegistered' }>): NoShowRow {
  return {
    no_show_id: noShow.noShowId,
    restaurant_id: restaurantId,
    user_id: noShow.userId,
    waiting_id: noShow.waitingId,
    dates_id: noShow.datesId,
    reason: noShow.reason,
    created_at: iso(noShow.createdAt),
    version,
  };
}

const deletion = ({ restaurantId, at, version }: Event, first: number, last: number): Deletion => ({
  restaurant_id: restaurantId,
  first_id: first,
  last_id: last,
  at: iso(at),
  version,
});

const eventRow = (event: Event): EventRow => ({
  restaurant_id: event.restaurantId,
  version: event.version,
  waiting_id: waitingIdOf(event),
  type: event.type,
  at: iso(event.at),
  body: impersonal(event),
});

function waitingIdOf(event: Event): number | null {
  if ('waiting' in event) return event.waiting.waitingId;
  return 'waitingId' in event ? event.waitingId : null;
}
