import { expect, test } from '@jest/globals';
import { topics } from '../../schemas/topics.ts';
import { logsOf, markedMillis } from './elsewhere.ts';

const day = 24 * 60 * 60_000;
const events = { topic: topics.events, retentionMillis: 30 * day, segmentMillis: 7 * day };

test('a record stays until the segment that it is in is old enough', () => {
  expect(logsOf(events)).toMatchObject({ place: topics.events, until: expect.stringMatching(/^37 days /) });
  expect(logsOf({ ...events, retentionMillis: -1 }).until).toMatch(/^for ever/);
});

test('a mark outlives every record of the events, and is kept for ever where they are, or where nothing is known', () => {
  const shorter = { ...events, topic: topics.commands, retentionMillis: day };
  expect(markedMillis([shorter, events])).toBe(38 * day);
  expect(markedMillis([{ ...events, retentionMillis: -1 }])).toBe(Infinity);
  expect(markedMillis([shorter])).toBe(Infinity);
});
