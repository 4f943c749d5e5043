import { describe, expect, it } from '@jest/globals';
import { ask, given } from '../../test/domain/specification.ts';
import { after, all, cancel, hour, id, open, openDay, register, today } from '../../test/domain/steps.ts';

const text = '가'.repeat(500);
const times = (n: number, step: (n: number) => ReturnType<typeof ask>) =>
  all(...Array.from({ length: n }, (_, index) => step(index + 1)));
const noShow = ask({ type: 'RegisterNoShow', userId: 1, waitingId: null, datesId: null, reason: text });

describe('what a queue holds besides its line is bounded', () => {
  const comeAndGone = times(2_000, (n) => all(register(n), cancel(n, 'OWNER', text)));

  it('teams that came and went, until they are forgotten', () => {
    const crowd = given(open(), comeAndGone);
    expect(crowd.when(register(1)).refused).toBe('QUEUE_FULL');
    expect(given(open(), comeAndGone, after(hour)).when(register(1)).refused).toBeNull();
  });

  it('no-shows by hand', () => {
    expect(
      given(
        open(),
        times(2_000, () => noShow),
      ).when(noShow).refused,
    ).toBe('QUEUE_FULL');
  });

  it('business days', () => {
    const days = times(499, (n) => openDay({ datesId: n + 1 }));
    expect(given(open(), days).when(openDay({ datesId: 600 })).refused).toBe('QUEUE_FULL');
    expect(given(open(), days).when(openDay({ ...today })).refused).toBeNull();
  });

  it('and still lets go of what is there', () => {
    const { refused, queue } = given(open(), comeAndGone).when(
      ask({ type: 'DeleteWaiting', waitingId: id(1) }),
    );
    expect([refused, queue.waitings.length]).toEqual([null, 1_999]);
  });
});
