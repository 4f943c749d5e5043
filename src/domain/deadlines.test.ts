import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { choices, life, stepsOf } from '../../test/domain/randomLife.ts';
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
  excuse,
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

describe('a timer whose sender vouches for a while', () => {
  const called = all(open(), register(1), call(1));
  const due = noon + 10 * minute;

  it.each([
    ['in time', 0, 'CallLapsed'],
    ['a millisecond late', 1, null],
  ])('%s', (_, late, type) => {
    const { events, refused } = given(called, at(due + 5_000 + late)).when(
      expire(1, 'ANSWER', due, due + 5_000),
    );
    expect([events[0]?.type ?? null, refused]).toEqual([type, null]);
  });
});

describe('a stall', () => {
  const called = all(open(), register(1), call(1));
  const due = noon + 10 * minute;
  const now = at(noon + 9 * minute);

  it.each([
    ['while the call waits for its answer', 2, 5, 3],
    ['that began before the call', -60, 5, 5],
    ['that was over before the call', -5, 0, 0],
    ['that is said to last on', 4, 60, 5],
    ['of no time', 3, 3, 0],
  ])('%s, from minute %i to %i, gives %i back', (_, from, until, given_) => {
    const { happened, waiting, queue } = given(called, now).when(
      excuse(noon + from * minute, noon + until * minute),
    );
    expect(waiting(1)).toMatchObject({ status: 'FIRST_CALLED', deadlineAt: due + given_ * minute });
    const excusedUntil = Math.min(noon + until * minute, noon + 9 * minute);
    expect(happened).toEqual(
      given_ === 0 ? [] : [{ type: 'DeadlineExtended', waiting: waiting(1), excusedUntil }],
    );
    expect(queue.excusedUntil).toBe(given_ === 0 ? 0 : excusedUntil);
  });

  it('of less than four seconds of a deadline is nobody’s loss', () => {
    const stalled = given(called, now);
    expect(stalled.when(excuse(noon - minute, noon + 3_999)).events).toEqual([]);
    expect(stalled.when(excuse(noon - minute, noon + 4_000)).events).toHaveLength(1);
  });

  it.each([
    ['the same again', 2, 5, 3],
    ['a part of it', 3, 4, 3],
    ['one that overlaps', 4, 7, 5],
    ['one that it is a part of', 0, 8, 6],
    ['one before it', 0, 1, 3],
  ])('counts once: %s', (_, from, until, inAll) => {
    const before = given(called, now, excuse(noon + 2 * minute, noon + 5 * minute));
    const { waiting } = before.when(excuse(noon + from * minute, noon + until * minute));
    expect(waiting(1)).toMatchObject({ deadlineAt: due + inAll * minute });
  });

  it('extends the time to arrive from the answer on', () => {
    const answered = given(called, at(noon + 2 * minute), answer(1, 5), at(noon + 6 * minute));
    const { waiting } = answered.when(excuse(noon, noon + 4 * minute));
    expect(waiting(1)).toMatchObject({ status: 'COMMING', deadlineAt: noon + (2 + 5 + 2) * minute });
  });

  it('extends a time to arrive that it has extended before', () => {
    const twice = given(called, answer(1, 5), now, excuse(noon, noon + 2 * minute));
    const { waiting } = twice.when(excuse(noon + minute, noon + 3 * minute));
    expect(waiting(1)).toMatchObject({ deadlineAt: noon + (5 + 3) * minute });
  });

  it('leaves the timer of the time before without effect, and that of the new one with it', () => {
    const extended = given(called, now, excuse(noon, noon + 4 * minute), at(noon + 14 * minute));
    expect(extended.when(expire(1, 'ANSWER', due)).events).toEqual([]);
    expect(extended.when(expire(1, 'ANSWER', due + 4 * minute)).happened).toMatchObject([
      { type: 'CallLapsed' },
    ]);
  });

  it.each([
    ['a team that waits', register(1)],
    ['a move time that is over', all(register(1), call(1), answer(1, 5), lapse(1))],
    ['a team that has arrived', all(register(1), call(1), arrive(1))],
    ['a call that lapsed', all(register(1), call(1), lapse(1))],
  ])('changes nothing of %s, nor of the closing of a day', (_, history) => {
    const before = given(open(), history, at(noon + hour));
    const { events, refused, queue } = before.when(excuse(noon, noon + hour));
    expect([events, refused]).toEqual([[], null]);
    expect(queue).toEqual({ ...before.story.queue, at: noon + hour });
  });

  it('never gives more than the time that has passed since the deadline began to run', () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        const began = new Map<string, { at: number; deadline: number }>();
        for (const { handled, before, logged } of stepsOf(life(chosen))) {
          const now = Math.max(before.at, logged.appendedAt);
          for (const event of handled.events) {
            if (event.type === 'WaitingCalled' || event.type === 'CallAnswered')
              began.set(`${event.waiting.waitingId}`, { at: event.at, deadline: event.waiting.deadlineAt });
            if (event.type !== 'DeadlineExtended') continue;
            const { at: since = 0, deadline = 0 } = began.get(`${event.waiting.waitingId}`) ?? {};
            expect(event.waiting.deadlineAt - deadline).toBeLessThanOrEqual(now - since);
          }
        }
      }),
    );
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
        command: {
          type: 'ExpireTimer',
          waitingId: id(1),
          kind: 'ANSWER',
          deadline: noon + 10 * minute,
          validUntil: null,
        },
      },
      {
        deadline: noon + 5 * minute,
        since: noon,
        command: {
          type: 'ExpireTimer',
          waitingId: id(2),
          kind: 'MOVE',
          deadline: noon + 5 * minute,
          validUntil: null,
        },
      },
      {
        deadline: closing,
        since: null,
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
