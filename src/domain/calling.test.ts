import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  after,
  answer,
  at,
  call,
  cancel,
  configure,
  id,
  lapse,
  minute,
  open,
  register,
  registerMany,
} from '../../test/domain/steps.ts';
import { positionOf } from './queue.ts';

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

describe('a call', () => {
  it('is the first one and wants an answer in 10 minutes', () => {
    const { happened, outcome } = given(open(), register(1), after(minute)).when(call(1));
    const [calledAt, deadlineAt] = [noon + minute, noon + 11 * minute];
    const waiting = { ...team, status: 'FIRST_CALLED', calledAt, deadlineAt };
    expect(happened).toEqual([{ type: 'WaitingCalled', call: 'FIRST', waiting }]);
    expect(outcome.subject).toEqual({ waiting, position: 1, estimatedWaitMinutes: 0 });
  });

  it('is the final one after NO_ANSWER, and wants an answer in 10 minutes again', () => {
    const { happened } = given(open(), register(1), call(1), lapse(1), after(minute)).when(call(1));
    const [calledAt, deadlineAt] = [noon + 11 * minute, noon + 21 * minute];
    const waiting = { ...team, status: 'FINAL_CALLED', unanswered: 1, calledAt, deadlineAt };
    expect(happened).toEqual([{ type: 'WaitingCalled', call: 'FINAL', waiting }]);
  });

  it('is the final one after a move time that ran out, which was no unanswered call', () => {
    const { happened } = given(open(), register(1), call(1), answer(1, 5), lapse(1)).when(call(1));
    const [calledAt, deadlineAt] = [noon + 5 * minute, noon + 15 * minute];
    const waiting = { ...team, status: 'FINAL_CALLED', calledAt, deadlineAt };
    expect(happened).toEqual([{ type: 'WaitingCalled', call: 'FINAL', waiting }]);
  });

  it('may go to any team, not only to the first', () => {
    expect(given(open(), registerMany(5)).when(call(5)).refused).toBeNull();
  });

  it('takes its answer time from the settings, in the minutes of this restaurant', () => {
    const { waiting } = given(open({ answerMinutes: 3, minuteMillis: 1_000 }), register(1)).when(call(1));
    expect(waiting(1)).toMatchObject({ deadlineAt: noon + 3_000 });
  });

  it('keeps its deadline when the settings change', () => {
    const { waiting } = given(open(), register(1), call(1)).when(configure({ answerMinutes: 1 }));
    expect(waiting(1)).toMatchObject({ deadlineAt: noon + 10 * minute });
  });
});

describe('a final call from NO_ANSWER', () => {
  it('gives the place back by ticket order', () => {
    const history = given(open(), registerMany(3), call(2), lapse(2));
    expect(
      history.story.queue.waitings.map((each) => positionOf(history.story.queue, each.waitingId)),
    ).toEqual([1, null, 2]);
    const { queue, outcome } = history.when(call(2));
    expect(queue.waitings.map((each) => positionOf(queue, each.waitingId))).toEqual([1, 2, 3]);
    expect(outcome.subject).toMatchObject({ position: 2 });
  });

  it('gives the place back even beyond the capacity', () => {
    const full = given(open({ maxTeams: 2 }), registerMany(2), call(1), lapse(1), register(3));
    const { refused, queue } = full.when(call(1));
    expect(refused).toBeNull();
    expect(queue.waitings.map((each) => positionOf(queue, each.waitingId))).toEqual([1, 2, 3]);
  });
});

describe('an answer', () => {
  it('puts the team on its way for the minutes it says', () => {
    const { happened } = given(open(), register(1), call(1), after(2 * minute)).when(answer(1, 7));
    const waiting = {
      ...team,
      status: 'COMMING',
      calledAt: noon,
      moveMinutes: 7,
      deadlineAt: noon + 9 * minute,
      moveTimeOver: false,
    };
    expect(happened).toEqual([{ type: 'CallAnswered', waiting }]);
  });

  it('counts after the deadline, too, as long as its timer was not applied', () => {
    const late = given(open(), register(1), call(1), at(noon + 60 * minute));
    expect(late.when(answer(1)).waiting(1)).toMatchObject({
      status: 'COMMING',
      deadlineAt: noon + 70 * minute,
    });
  });

  it('to a final call starts a new move time', () => {
    const history = given(open(), register(1), call(1), answer(1, 5), lapse(1), call(1));
    expect(history.when(answer(1, 5)).waiting(1)).toMatchObject({
      moveTimeOver: false,
      deadlineAt: noon + 10 * minute,
    });
  });

  it.each([
    [0, 'MOVE_TIME'],
    [1, null],
    [15, null],
    [16, 'MOVE_TIME'],
  ])('of %d minutes', (minutes, code) => {
    expect(given(open(), register(1), call(1)).when(answer(1, minutes)).refused).toBe(code);
  });

  it('is bound by the limit of the settings', () => {
    const called = given(open({ maxMoveMinutes: 5 }), register(1), call(1));
    expect([called.when(answer(1, 5)).refused, called.when(answer(1, 6)).refused]).toEqual([
      null,
      'MOVE_TIME',
    ]);
  });

  it('is refused in the order CALL_LAPSED, MOVE_TIME, INVALID_TRANSITION', () => {
    expect(given(open(), register(1), call(1), lapse(1)).when(answer(1, 16)).refused).toBe('CALL_LAPSED');
    expect(given(open(), register(1)).when(answer(1, 16)).refused).toBe('MOVE_TIME');
    expect(given(open(), register(1), cancel(1)).when(answer(1, 15)).refused).toBe('INVALID_TRANSITION');
  });
});
