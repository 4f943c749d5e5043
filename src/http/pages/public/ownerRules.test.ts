import { describe, expect, it } from '@jest/globals';
import type { BusinessDayJson, WaitingJson } from '../../answers.ts';
import {
  countByFilter,
  countdown,
  currentDay,
  dayToOpen,
  effectOfClosing,
  filterOf,
  matchesTicket,
  minutesSince,
  nextTime,
  numberOfDate,
  offerOf,
  shownDay,
  wallClock,
} from './ownerRules.js';

const noon = Date.parse('2026-11-23T12:00:00+09:00');
const minute = 60_000;
const at = (minutes: number): string => new Date(noon + minutes * minute).toISOString();

const team = (given: Partial<WaitingJson> = {}): WaitingJson => ({
  waitingId: 10_000_001,
  restaurantId: 1,
  ticketNo: 1,
  status: 'WAITING',
  position: 1,
  estimatedWaitMinutes: 0,
  createdAt: at(0),
  userId: 1,
  userCount: 2,
  datesId: 1,
  calledAt: null,
  deadlineAt: null,
  moveMinutes: null,
  finishedAt: null,
  reason: null,
  ...given,
});

const day = (given: Partial<BusinessDayJson> = {}): BusinessDayJson => ({
  restaurantId: 1,
  datesId: 1,
  date: '2026-11-23',
  opensAt: at(-60),
  closesAt: at(600),
  closedAt: null,
  ...given,
});

describe('what is offered', () => {
  it.each([
    ['WAITING', 'FIRST', null, 'call'],
    ['FIRST_CALLED', 'FINAL', 'answerPending', 'enter'],
    ['FINAL_CALLED', 'FINAL', 'answerPending', 'enter'],
    ['ARRIVED', 'FINAL', 'alreadyHere', 'enter'],
    ['NO_ANSWER', 'FINAL', null, 'call'],
    ['ENTERED', 'FINAL', 'finished', 'enter'],
  ] as const)('in %s is the %s call (%s), and rather to %s', (status, call, whyNot, primary) => {
    expect(offerOf(team({ status }), noon)).toEqual({ call, whyNot, primary });
  });

  it('to a team on its way is the final call, once its time is over by a second: it is told without the rest', () => {
    const coming = team({ status: 'COMMING', deadlineAt: at(10), moveMinutes: 10 });
    expect(offerOf(coming, noon + 10 * minute + 999)).toMatchObject({
      whyNot: 'stillComing',
      primary: 'enter',
    });
    expect(offerOf(coming, noon + 10 * minute + 1_000)).toMatchObject({ whyNot: null, primary: 'call' });
  });
});

describe('a deadline', () => {
  const called = team({ status: 'FIRST_CALLED', calledAt: at(0), deadlineAt: at(10) });

  it('of a call runs from the call', () => {
    expect(countdown(called, minute, noon + 4 * minute)).toEqual({
      left: 6 * minute,
      share: 0.6,
      urgent: false,
    });
  });

  it('of a team on its way runs for the time that it gave', () => {
    const coming = team({ status: 'COMMING', calledAt: at(-3), deadlineAt: at(5), moveMinutes: 5 });
    expect(countdown(coming, minute, noon)).toEqual({ left: 5 * minute, share: 1, urgent: false });
    expect(countdown({ ...coming, deadlineAt: new Date(noon + 50).toISOString() }, 10, noon)?.share).toBe(1);
  });

  it('is urgent in its last two minutes, and stops at 0', () => {
    expect(countdown(called, minute, noon + 8 * minute)?.urgent).toBe(false);
    expect(countdown(called, minute, noon + 8 * minute + 1)?.urgent).toBe(true);
    expect(countdown(called, minute, noon + 11 * minute)).toEqual({ left: 0, share: 0, urgent: true });
  });

  it('is none of a team that waits', () => {
    expect(countdown(team(), minute, noon)).toBeNull();
  });
});

it('counts whole minutes waited, and none for a clock that is behind', () => {
  expect(minutesSince(at(0), noon + 119_999)).toBe(1);
  expect(minutesSince(at(0), noon - 5_000)).toBe(0);
});

it('counts teams by what the filters show', () => {
  const states = ['WAITING', 'FIRST_CALLED', 'FINAL_CALLED', 'COMMING', 'ARRIVED', 'WAITING'] as const;
  const line = states.map((status) => team({ status }));
  expect(countByFilter(line)).toEqual({ all: 6, waiting: 2, called: 2, coming: 1, arrived: 1 });
  expect(filterOf('COMMING')).toBe('coming');
});

it.each([
  [12, '', true],
  [12, '1', true],
  [12, '12번', true],
  [12, '2', false],
  [2, '12', false],
])('finds %i by "%s": %s', (ticketNo, typed, found) => {
  expect(matchesTicket(ticketNo, typed)).toBe(found);
});

describe('the day that counts', () => {
  it('is none where all are closed; its numbers are then those of the last', () => {
    const days = [day({ closedAt: at(-1) }), day({ datesId: 2, opensAt: at(-30), closedAt: at(-2) })];
    expect(currentDay(days, noon)).toBeNull();
    expect(shownDay(days, noon)?.datesId).toBe(2);
    expect(shownDay([], noon)).toBeNull();
  });

  it('is one that takes guests, before one that no longer does, before one that will', () => {
    const over = day({ datesId: 1, closesAt: at(-1) });
    const open = day({ datesId: 2, opensAt: at(-90) });
    const early = day({ datesId: 3, opensAt: at(60) });
    expect(currentDay([over, open, early], noon)).toEqual({ day: open, phase: 'open' });
    expect(currentDay([early, over], noon)).toEqual({ day: over, phase: 'over' });
    expect(currentDay([early], noon)).toEqual({ day: early, phase: 'early' });
    expect(shownDay([early, over], noon)).toBe(over);
  });

  it('is the newer of two', () => {
    const newer = day({ datesId: 2, opensAt: at(-10) });
    expect(currentDay([day(), newer, day({ datesId: 3 })], noon)?.day).toBe(newer);
  });
});

describe('the clock on the wall', () => {
  it('is that of the restaurant', () => {
    expect(wallClock(noon, 'Asia/Seoul')).toBe('2026-11-23T12:00:00');
    expect(wallClock(noon, 'America/New_York')).toBe('2026-11-22T22:00:00');
    expect(wallClock(Date.parse('2026-11-23T00:00:05+09:00'), 'Asia/Seoul')).toBe('2026-11-23T00:00:05');
  });

  it.each([
    ['22:00', '2026-11-23T12:00:00', '2026-11-23T22:00:00', false],
    ['02:00', '2026-12-31T18:00:00', '2027-01-01T02:00:00', true],
    ['12:00', '2026-11-23T12:00:00', '2026-11-24T12:00:00', true],
  ])('shows %s next, after %s, at %s', (time, wall, next, tomorrow) => {
    expect(nextTime(time, wall)).toEqual({ at: next, tomorrow });
  });
});

describe('the day to open', () => {
  it('is a new one, above all others, from this minute on', () => {
    const days = [day({ datesId: 7, date: '2026-11-21' }), day({ datesId: 3, date: '2026-11-22' })];
    expect(dayToOpen(days, '2026-11-23T12:34:56')).toEqual({
      datesId: 8,
      date: '2026-11-23',
      opensAt: '2026-11-23T12:34:00',
      again: false,
    });
    expect(dayToOpen([], '2026-11-23T12:34:56').datesId).toBe(1);
  });

  it("is today's again, with the hour at which it opened", () => {
    const today = day({ datesId: 4, closedAt: at(0) });
    expect(dayToOpen([today, day({ datesId: 9, date: '2026-11-20' })], '2026-11-23T12:34:56')).toEqual({
      datesId: 4,
      date: '2026-11-23',
      opensAt: today.opensAt,
      again: true,
    });
  });

  it('has a number of its date where the others are forgotten', () => {
    expect(numberOfDate('2026-11-23')).toBe(20_261_123);
  });
});

it('says what closing does to the teams of that day alone', () => {
  const items = [team(), team({ status: 'COMMING' }), team({ status: 'ARRIVED' }), team({ datesId: 2 })];
  const unanswered = [team({ status: 'NO_ANSWER' }), team({ status: 'NO_ANSWER', datesId: 2 })];
  expect(effectOfClosing({ items, unanswered }, 1)).toEqual({ cancelled: 2, entered: 1, dismissed: 1 });
});
