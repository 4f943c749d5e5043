import { describe, expect, test } from '@jest/globals';
import { fromIso, localDate, toLocalIso } from './shapes.ts';

const instant = Date.parse('2025-10-02T03:10:02.987Z');

describe('an instant as a restaurant reads it', () => {
  test.each([
    ['Asia/Seoul', '2025-10-02T12:10:02+09:00'],
    ['UTC', '2025-10-02T03:10:02+00:00'],
    ['America/New_York', '2025-10-01T23:10:02-04:00'],
    ['America/St_Johns', '2025-10-02T00:40:02-02:30'],
    ['Asia/Kathmandu', '2025-10-02T08:55:02+05:45'],
  ])('in %s', (timeZone, iso) => {
    expect(toLocalIso(instant, timeZone)).toBe(iso);
    expect(localDate(instant, timeZone)).toBe(iso.slice(0, 10));
  });

  test('follows daylight saving to the second', () => {
    const back = Date.parse('2025-11-02T06:00:00Z');
    expect(toLocalIso(back - 1_000, 'America/New_York')).toBe('2025-11-02T01:59:59-04:00');
    expect(toLocalIso(back, 'America/New_York')).toBe('2025-11-02T01:00:00-05:00');
  });
});

describe('a time as people write it', () => {
  test.each([
    ['2025-10-02T12:10:02', Date.parse('2025-10-02T03:10:02Z')],
    ['2025-10-02T12:10', Date.parse('2025-10-02T03:10:00Z')],
    ['2025-10-02T12:10:02Z', Date.parse('2025-10-02T12:10:02Z')],
    ['2025-10-02T12:10:02-04:00', Date.parse('2025-10-02T16:10:02Z')],
    ['2025-10-02T24:00:00', Date.parse('2025-10-02T15:00:00Z')],
  ])('%s', (text, millis) => {
    expect(fromIso(text, 'Asia/Seoul')).toBe(millis);
  });

  test.each([
    '',
    '2025-10-02',
    '12:10:02',
    '2025-W40-4T12:00',
    '2025-13-02T12:10:02',
    '2025-10-02T25:00:00',
    'noon',
  ])('%p is none', (text) => {
    expect(fromIso(text, 'Asia/Seoul')).toBeNull();
  });
});
