import { describe, expect, test } from '@jest/globals';
import { words as allWords } from './customer.words.js';
import { attemptsOf, doorOf, partyWithin, repeated } from './joinView.js';

const words = allWords.ko;
const noon = Date.parse('2026-11-23T12:00:00+09:00');
const minute = 60_000;

const summary = {
  name: '다예약 식당',
  timeZone: 'Asia/Seoul',
  open: true,
  opensAt: '2026-11-23T11:00:00+09:00',
  closesAt: '2026-11-23T22:00:00+09:00',
  teams: 3,
  maxTeams: 20,
  estimatedWaitMinutes: 9,
  minUserCount: 1,
  maxUserCount: 8,
  maxMoveMinutes: 15,
};
const door = (changes: Partial<typeof summary>) => doorOf({ ...summary, ...changes }, noon, words);

describe('the door', () => {
  test('is open until it closes', () =>
    expect(door({})).toEqual({ kind: 'open', state: words.open, explanation: words.closesAt('22:00') }));

  test('that is open for years does not say until when', () =>
    expect(door({ closesAt: '2036-11-23T22:00:00+09:00' })).toMatchObject({ explanation: '' }));

  test('is full with all places taken', () =>
    expect(door({ teams: 20 })).toEqual({
      kind: 'full',
      state: words.full,
      explanation: words.fullMeans(20),
    }));

  test.each([
    ['today', '2026-11-23T17:00:00+09:00', words.opensAt('17:00')],
    ['tomorrow', '2026-11-24T11:00:00+09:00', words.opensAt('11월 24일 11:00')],
    ['never', '2026-11-23T11:00:00+09:00', words.closedMeans],
  ])('is closed, and opens again %s', (_, opensAt, explanation) =>
    expect(door({ open: false, opensAt })).toEqual({ kind: 'closed', state: words.closed, explanation }),
  );
});

test.each([
  [NaN, 2],
  [0, 1],
  [3.4, 3],
  [50, 8],
])('of a party of %d the restaurant takes %i', (asked, taken) =>
  expect(partyWithin(asked, summary)).toBe(taken),
);

describe('an attempt that was not answered', () => {
  const attempt = { key: 'a', userCount: 2, at: noon };

  test('is repeated by a tap soon after, for the same party', () => {
    expect(repeated([attempt], 2, noon + minute)).toBe(attempt);
    expect(repeated([attempt], 3, noon + minute)).toBeUndefined();
    expect(repeated([attempt], 2, noon + 11 * minute)).toBeUndefined();
  });

  test('is known for a day, and nothing else is taken for one', () => {
    const kept = [attempt, { key: 1 }, { ...attempt, at: noon - 25 * 60 * minute }];
    expect(attemptsOf(kept, noon)).toEqual([attempt]);
    expect(attemptsOf({ key: 'a' }, noon)).toEqual([]);
    expect(attemptsOf(null, noon)).toEqual([]);
  });
});
