import { LRUCache } from 'lru-cache';
import { DateTime, IANAZone } from 'luxon';
import type { Settings } from '../domain/command.ts';
import type { WaitingView } from '../domain/outcome.ts';
import { type BusinessDay, type NoShow, type Queue, restaurantOf } from '../domain/queue.ts';
import { holdsPlace, isActive, type Waiting } from '../domain/waiting.ts';
import type { Notification } from '../processors/notifications.ts';
import { toRecord } from '../schemas/events.ts';
import type {
  BusinessDayJson,
  NoShowJson,
  NotificationJson,
  OrderJson,
  QueueJson,
  WaitingJson,
} from './answers.ts';

/** People read times of a restaurant as its own clock shows them; the rules count milliseconds. This is the border. */

/** The zone of a restaurant that nobody has configured. See docs/domain.md, Words. */
export const defaultTimeZone = 'Asia/Seoul';

const minute = 60_000;
/** Offsets in use change on quarter hours of UTC only; asking the calendar costs 5 µs, several times a waiting. */
const quarterHour = 15 * minute;
const offsets = new LRUCache<string, number>({ max: 10_000 });

function offsetMinutes(millis: number, timeZone: string): number {
  const key = `${timeZone}/${Math.floor(millis / quarterHour)}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const offset = IANAZone.create(timeZone).offset(millis);
  offsets.set(key, offset);
  return offset;
}

/** An instant as ISO 8601 to the second, with the zone's offset then: `2025-10-02T12:10:02+09:00`. */
export function toLocalIso(millis: number, timeZone: string): string {
  const offset = offsetMinutes(millis, timeZone);
  const local = new Date(millis + offset * minute).toISOString().slice(0, 19);
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${local}${offset < 0 ? '-' : '+'}${twoDigits(hours)}:${twoDigits(minutes)}`;
}

const twoDigits = (n: number): string => String(n).padStart(2, '0');

const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** The instant of an ISO 8601 date and time, local to the zone unless it carries an offset; null when it is none. */
export function fromIso(text: string, timeZone: string): number | null {
  if (!dateTime.test(text)) return null;
  const parsed = DateTime.fromISO(text, { zone: timeZone });
  return parsed.isValid ? parsed.toMillis() : null;
}

/** The calendar date of an instant in the zone, YYYY-MM-DD. */
export const localDate = (millis: number, timeZone: string): string =>
  toLocalIso(millis, timeZone).slice(0, 10);

/** The JSON of the API: what answers.ts describes. */

/** The time zone that a queue's answers are written in. */
export const zoneOf = (queue: Queue | null): string => queue?.settings?.timeZone ?? defaultTimeZone;

const timeOrNull = (millis: number | null, timeZone: string): string | null =>
  millis === null ? null : toLocalIso(millis, timeZone);

export function waitingJson(
  { waiting, position, estimatedWaitMinutes }: WaitingView,
  timeZone: string,
): WaitingJson {
  const flat = toRecord(waiting);
  return {
    waitingId: flat.waitingId,
    restaurantId: restaurantOf(flat.waitingId),
    ticketNo: flat.ticketNo,
    status: flat.status,
    position,
    estimatedWaitMinutes,
    createdAt: toLocalIso(flat.createdAt, timeZone),
    userId: flat.userId,
    userCount: flat.userCount,
    datesId: flat.datesId,
    calledAt: timeOrNull(flat.calledAt, timeZone),
    deadlineAt: timeOrNull(flat.deadlineAt, timeZone),
    moveMinutes: flat.moveMinutes,
    finishedAt: timeOrNull(flat.finishedAt, timeZone),
    reason: flat.reason,
  };
}

/** Where a customer stands; `teamsAhead` is null, as `position` is, when no place is held. */
export const orderJson = (
  { waiting, position, estimatedWaitMinutes }: WaitingView,
  restaurantId: number,
): OrderJson => ({
  waitingId: waiting.waitingId,
  restaurantId,
  ticketNo: waiting.ticketNo,
  status: waiting.status,
  position,
  teamsAhead: position === null ? null : position - 1,
  estimatedWaitMinutes,
});

export const notificationJson = (told: Notification, timeZone: string): NotificationJson => ({
  template: told.template,
  version: told.version,
  at: toLocalIso(told.at, timeZone),
  restaurantId: told.restaurantId,
  waitingId: told.waitingId,
  ticketNo: told.ticketNo,
  userCount: told.userCount,
  status: told.status,
  position: told.position,
  estimatedWaitMinutes: told.estimatedWaitMinutes,
  deadlineAt: timeOrNull(told.deadlineAt, timeZone),
  moveMinutes: told.moveMinutes,
  reason: told.reason,
});

export const noShowJson = (noShow: NoShow, timeZone: string): NoShowJson => ({
  noShowId: noShow.noShowId,
  restaurantId: restaurantOf(noShow.noShowId),
  userId: noShow.userId,
  waitingId: noShow.waitingId,
  datesId: noShow.datesId,
  reason: noShow.reason,
  createdAt: toLocalIso(noShow.createdAt, timeZone),
});

export const dayJson = (
  restaurantId: number,
  day: Pick<BusinessDay, 'datesId' | 'date' | 'opensAt' | 'closesAt' | 'closedAt'>,
  timeZone: string,
): BusinessDayJson => ({
  restaurantId,
  datesId: day.datesId,
  date: day.date,
  opensAt: toLocalIso(day.opensAt, timeZone),
  closesAt: toLocalIso(day.closesAt, timeZone),
  closedAt: timeOrNull(day.closedAt, timeZone),
});

/**
 * What an owner's tablet shows: how the queue is run, its days, the line first to be seated first, and apart from it
 * the teams that didn't answer and may still get their final call.
 */
export function queueJson(
  queue: Queue,
  settings: Settings,
  shape: (waiting: Waiting) => WaitingJson,
): QueueJson {
  const items = queue.waitings.filter(holdsPlace).map(shape);
  return {
    restaurantId: queue.restaurantId,
    name: settings.name,
    version: queue.version,
    maxTeams: settings.maxTeams,
    teams: items.length,
    settings,
    days: queue.days.map((day) => dayJson(queue.restaurantId, day, settings.timeZone)),
    items,
    unanswered: queue.waitings
      .filter((waiting) => waiting.status === 'NO_ANSWER')
      .filter(isActive)
      .map(shape),
  };
}
