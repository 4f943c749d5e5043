import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  after,
  all,
  answer,
  call,
  cancel,
  id,
  lapse,
  minute,
  open,
  register,
  remove,
} from '../../test/domain/steps.ts';

describe('a cancellation', () => {
  const history = [open(), register(1), call(1), answer(1, 7), after(minute)];
  const team = { waitingId: id(1), datesId: 1, ticketNo: 1, userId: 1, userCount: 2, createdAt: noon };

  it.each([
    ['CUSTOMER', 'CANCEL'],
    ['OWNER', 'OWNER_CANCEL'],
  ] as const)('by the %s is %s', (role, status) => {
    const { happened } = given(...history).when(cancel(1, role, 'too late'));
    const waiting = {
      ...team,
      unanswered: 0,
      soonTold: true,
      status,
      calledAt: noon,
      moveMinutes: 7,
      finishedAt: noon + minute,
      reason: 'too late',
    };
    expect(happened).toEqual([{ type: 'WaitingCancelled', waiting }]);
  });

  it('needs no reason', () => {
    expect(
      given(...history)
        .when(cancel(1))
        .waiting(1),
    ).toMatchObject({ reason: null });
  });

  it('takes a team from NO_ANSWER', () => {
    const { waiting } = given(open(), register(1), call(1), lapse(1)).when(cancel(1));
    expect(waiting(1)).toMatchObject({ status: 'CANCEL', unanswered: 1 });
  });
});

describe('the waiting of another restaurant', () => {
  it.each([0, -1, 20_000_001, 10_000_000, 10_000_002, 1])('such as %d is not found', (waitingId) => {
    const other = waitingId - 10_000_000;
    const history = given(open(), register(1));
    for (const step of [call(other), answer(other), cancel(other), remove(other)]) {
      expect(history.when(step).refused).toBe('WAITING_NOT_FOUND');
    }
  });

  it('is not found where nobody configured the restaurant', () => {
    expect(given(all()).when(call(1)).refused).toBe('WAITING_NOT_FOUND');
  });
});
