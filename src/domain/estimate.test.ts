import { describe, expect, it } from '@jest/globals';
import { given, noon, type Story } from '../../test/domain/specification.ts';
import {
  after,
  answer,
  arrive,
  at,
  call,
  closeDay,
  enter,
  id,
  lapse,
  minute,
  open,
  openDay,
  register,
  registerMany,
} from '../../test/domain/steps.ts';
import { estimatedWaitMinutes, seatingsKept } from './estimate.ts';

const estimate = ({ queue }: Story, n: number): number | undefined => {
  const waiting = queue.waitings.find((each) => each.waitingId === id(n));
  return waiting && estimatedWaitMinutes(queue, waiting);
};

/** Twenty teams; the first ones enter at these minutes after noon. */
const seated = (...minutes: number[]) =>
  given(open(), registerMany(20), ...minutes.flatMap((m, index) => [at(noon + m * minute), enter(index + 1)]))
    .story;

describe('the estimate', () => {
  it.each([
    [1, 0],
    [2, 3],
    [7, 18],
    [20, 57],
  ])('at position %d of a day without seatings is %d minutes', (position, minutes) => {
    expect(estimate(given(open(), registerMany(20)).story, position)).toBe(minutes);
  });

  it('starts from the configured value', () => {
    expect(estimate(given(open({ minutesPerTeam: 2.5 }), registerMany(4)).story, 4)).toBe(8);
  });

  it.each([
    ['one seating says nothing yet', [0], 3],
    ['one interval', [0, 4], 4],
    ['the mean of two', [0, 4, 10], 5],
    ['the median of three', [0, 1, 5, 65], 4],
    ['the median of four', [0, 1, 5, 65, 67], 3],
    ['nobody waited', [3, 3], 0],
  ])('follows the median pace of the day: %s', (_, minutes, pace) => {
    const tenAhead = minutes.length + 11;
    expect(estimate(seated(...minutes), tenAhead)).toBe(10 * pace);
  });

  it('forgets what the pace was long ago', () => {
    const slow = given(open({ maxTeams: 60 }), registerMany(60), enter(1), after(60 * minute), enter(2));
    const quick = Array.from({ length: seatingsKept - 1 }, (_, n) => [after(minute), enter(n + 3)]).flat();
    const { story } = given(() => slow.story, ...quick);
    expect(story.queue.days[0]?.seatings).toHaveLength(seatingsKept);
    expect(estimate(story, 60)).toBe(60 - seatingsKept - 2);
  });

  it('is in minutes of the restaurant, which may be shorter', () => {
    const fast = given(open({ minuteMillis: 1_000 }), registerMany(4), enter(1), after(5_000), enter(2));
    expect(estimate(fast.story, 4)).toBe(5);
  });

  it.each([
    ['called', [call(3)]],
    ['coming', [call(3), answer(3)]],
    ['at the door', [call(3), arrive(3)]],
    ['in NO_ANSWER', [call(3), lapse(3)]],
    ['called for the last time', [call(3), lapse(3), call(3)]],
    ['seated', [enter(3)]],
  ])('is 0 for a team that is %s', (_, history) => {
    expect(estimate(given(open(), registerMany(3), ...history).story, 3)).toBe(0);
  });

  it('is of the waiting’s own day, and takes those whom its closing seated for no pace', () => {
    const arrived = [call(1), arrive(1), call(2), arrive(2)];
    const closed = given(open(), registerMany(2), ...arrived, closeDay(), openDay(), registerMany(3));
    expect(estimate(closed.story, 5)).toBe(6);
    const other = given(open(), openDay({ datesId: 2 }), registerMany(3), enter(1), after(minute), enter(2));
    const joined = other.when(register(4, { datesId: 2 }));
    expect(joined.outcome.subject).toMatchObject({ position: 2, estimatedWaitMinutes: 3 });
  });
});
