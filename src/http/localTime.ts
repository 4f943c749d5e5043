/** People read times of a restaurant as its own clock shows them; the rules count milliseconds. This is the border. */
import { DateTime, IANAZone } from 'luxon';
import { LRUCache } from 'lru-cache';

/** The zone of a restaurant that nobody has configured. Source: domain.md, business day. */
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
