import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  after,
  answer,
  arrive,
  call,
  enter,
  id,
  lapse,
  minute,
  open,
  register,
} from '../../test/domain/steps.ts';

const team = {
  waitingId: id(1),
  datesId: 1,
  ticketNo: 1,
  userId: 1,
  userCount: 2,
  createdAt: noon,
  unanswered: 0,
  soonTold: true,
};

describe('an arrival', () => {
  it('keeps when the team was called and how long it meant to take', () => {
    const { happened, outcome } = given(open(), register(1), call(1), answer(1, 7)).when(arrive(1));
    const waiting = { ...team, status: 'ARRIVED', calledAt: noon, moveMinutes: 7 };
    expect(happened).toEqual([{ type: 'WaitingArrived', waiting }]);
    expect(outcome.subject).toEqual({ waiting, position: 1, estimatedWaitMinutes: 0 });
  });

  it('needs no answer', () => {
    const { happened } = given(open(), register(1), call(1)).when(arrive(1));
    const waiting = { ...team, status: 'ARRIVED', calledAt: noon, moveMinutes: null };
    expect(happened).toEqual([{ type: 'WaitingArrived', waiting }]);
  });

  it('counts after the move time ran out', () => {
    expect(given(open(), register(1), call(1), answer(1), lapse(1)).when(arrive(1)).refused).toBeNull();
  });
});

describe('a team that enters', () => {
  const entered = { ...team, status: 'ENTERED', reason: null };

  it('leaves its place', () => {
    const history = given(open(), register(1), call(1), answer(1, 7), arrive(1), after(minute));
    const { happened, outcome } = history.when(enter(1));
    const waiting = { ...entered, calledAt: noon, moveMinutes: 7, finishedAt: noon + minute };
    expect(happened).toEqual([{ type: 'WaitingEntered', waiting }]);
    expect(outcome.subject).toEqual({ waiting, position: null, estimatedWaitMinutes: 0 });
  });

  it('may never have been called', () => {
    const { happened } = given(open(), register(1)).when(enter(1));
    const waiting = { ...entered, calledAt: null, moveMinutes: null, finishedAt: noon };
    expect(happened).toEqual([{ type: 'WaitingEntered', waiting }]);
  });

  it('may not have answered', () => {
    const { happened } = given(open(), register(1), call(1), lapse(1)).when(enter(1));
    const finishedAt = noon + 10 * minute;
    const waiting = { ...entered, unanswered: 1, calledAt: noon, moveMinutes: null, finishedAt };
    expect(happened).toEqual([{ type: 'WaitingEntered', waiting }]);
  });
});
