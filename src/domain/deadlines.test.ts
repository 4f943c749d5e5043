import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  all,
  answer,
  arrive,
  at,
  call,
  closeDay,
  configure,
  enter,
  expire,
  hour,
  id,
  lapse,
  minute,
  open,
  register,
  registerMany,
  today,
} from '../../test/domain/steps.ts';
import { pendingDeadlines } from './deadlines.ts';

const team = {
  waitingId: id(1),
  datesId: 1,
  ticketNo: 1,
  userId: 1,
  userCount: 2,
  createdAt: noon,
  soonTold: true,
};

describe('a call that lapses', () => {
  it('makes NO_ANSWER the first time', () => {
    const { happened, outcome } = given(open(), register(1), call(1)).when(lapse(1));
    const waiting = { ...team, status: 'NO_ANSWER', unanswered: 1, calledAt: noon, finishedAt: null };
    expect(happened).toEqual([{ type: 'CallLapsed', waiting }]);
    expect(outcome.subject).toEqual({ waiting, position: null, estimatedWaitMinutes: 0 });
  });

  it('makes NO_ANSWER the first time also when it was the final call', () => {
    const { waiting } = given(open(), register(1), call(1), answer(1), lapse(1), call(1)).when(lapse(1));
    expect(waiting(1)).toMatchObject({ status: 'NO_ANSWER', unanswered: 1 });
  });

  it.each([
    ['first and final call', [call(1), lapse(1), call(1)], noon + 10 * minute],
    ['two final calls', [call(1), answer(1), lapse(1), call(1), lapse(1), call(1)], noon + 20 * minute],
    [
      'a final call after one that was answered in vain',
      [call(1), lapse(1), call(1), answer(1), lapse(1), call(1)],
      noon + 20 * minute,
    ],
  ])('makes NO_ANSWER2 and a no-show the second time: %s', (_, history, calledAt) => {
    const finishedAt = calledAt + 10 * minute;
    const { happened } = given(open(), register(1), ...history).when(lapse(1));
    const waiting = { ...team, status: 'NO_ANSWER2', unanswered: 2, calledAt, moveMinutes: null, finishedAt };
    const noShow = { noShowId: id(1), userId: 1, waitingId: id(1), datesId: 1, createdAt: finishedAt };
    expect(happened).toEqual([
      { type: 'CallLapsed', waiting: { ...waiting, reason: null } },
      { type: 'NoShowRegistered', noShow: { ...noShow, reason: 'NO_ANSWER' } },
    ]);
  });

  it('frees its place', () => {
    const { refused } = given(open({ maxTeams: 1 }), register(1), call(1), lapse(1)).when(register(2));
    expect(refused).toBeNull();
  });
});

describe('a move time that runs out', () => {
  it('changes no state and keeps the place', () => {
    const { happened, outcome } = given(open(), register(1), call(1), answer(1, 5)).when(lapse(1));
    const waiting = {
      ...team,
      status: 'COMMING',
      unanswered: 0,
      calledAt: noon,
      moveMinutes: 5,
      deadlineAt: noon + 5 * minute,
      moveTimeOver: true,
    };
    expect(happened).toEqual([{ type: 'MoveTimeLapsed', waiting }]);
    expect(outcome.subject).toMatchObject({ position: 1 });
  });

  it('does so once', () => {
    const late = given(open(), register(1), call(1), answer(1, 5), lapse(1));
    expect(late.when(expire(1, 'MOVE', noon + 5 * minute)).events).toEqual([]);
  });
});

describe('a timer', () => {
  const called = all(open(), register(1), call(1));
  const due = noon + 10 * minute;

  it.each([
    ['a millisecond early', -1, null],
    ['at its deadline', 0, 'CallLapsed'],
    ['long after it', 3 * 60 * minute, 'CallLapsed'],
  ])('%s', (_, late, type) => {
    const { events, refused } = given(called, at(due + late)).when(expire(1, 'ANSWER', due));
    expect([events[0]?.type ?? null, refused]).toEqual([type, null]);
  });

  it.each([
    ['of a call that was answered', all(called, answer(1)), 'ANSWER', due],
    [
      'of a call that was answered with as many minutes, of the other kind',
      all(called, answer(1)),
      'CLOSE',
      due,
    ],
    ['of a team that arrived', all(called, arrive(1)), 'ANSWER', due],
    ['of a team that entered', all(called, enter(1)), 'ANSWER', due],
    ['of a call that lapsed', all(called, lapse(1)), 'ANSWER', due],
    ['of the call before this one', all(called, lapse(1), call(1)), 'ANSWER', due],
    ['of another instant', called, 'ANSWER', due - 1],
    ['of another kind', called, 'MOVE', due],
    ['of a move that was over', all(called, answer(1, 5), lapse(1), call(1)), 'MOVE', noon + 5 * minute],
    ['of a team that never registered', open(), 'ANSWER', due],
    ['of a restaurant that was never configured', all(), 'ANSWER', due],
  ] as const)('%s changes nothing', (_, history, kind, deadline) => {
    const before = given(history, at(noon + 15 * minute));
    const { events, refused, queue } = before.when(expire(1, kind, deadline));
    expect([events, refused]).toEqual([[], null]);
    expect(queue).toEqual({ ...before.story.queue, at: noon + 15 * minute });
  });
});

describe('the deadlines of a queue', () => {
  it('are those of calls, moves and open days, with the command that lets them pass', () => {
    const { story } = given(open(), registerMany(4), call(1), call(2), answer(2, 5), call(3), arrive(3));
    const closing = today.closesAt + 2 * hour;
    expect(pendingDeadlines(story.queue)).toEqual([
      {
        deadline: noon + 10 * minute,
        since: noon,
        command: { type: 'ExpireTimer', waitingId: id(1), kind: 'ANSWER', deadline: noon + 10 * minute },
      },
      {
        deadline: noon + 5 * minute,
        since: noon,
        command: { type: 'ExpireTimer', waitingId: id(2), kind: 'MOVE', deadline: noon + 5 * minute },
      },
      {
        deadline: closing,
        since: closing,
        command: { type: 'CloseBusinessDay', datesId: 1, dueAt: closing },
      },
    ]);
  });

  it('are gone once they passed', () => {
    const passed = given(
      open(),
      registerMany(2),
      call(1),
      call(2),
      answer(2, 5),
      lapse(2),
      lapse(1),
      closeDay(),
    );
    expect(pendingDeadlines(passed.story.queue)).toEqual([]);
  });

  it('are final calls, too', () => {
    const { story } = given(open(), register(1), call(1), lapse(1), call(1), configure({ answerMinutes: 1 }));
    expect(pendingDeadlines(story.queue)[0]).toMatchObject({
      deadline: noon + 20 * minute,
      since: noon + 10 * minute,
    });
  });
});
