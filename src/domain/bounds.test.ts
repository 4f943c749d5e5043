import { describe, expect, it } from '@jest/globals';
import { ask, given, type Step } from '../../test/domain/specification.ts';
import {
  after,
  all,
  call,
  cancel,
  hour,
  id,
  lapse,
  open,
  openDay,
  register,
  removeNoShow,
  today,
} from '../../test/domain/steps.ts';
import { maxIds, type Queue, restaurantOf } from './queue.ts';

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

describe('the last id of a restaurant', () => {
  /** As if so many had been given. */
  const withIds =
    (so: Partial<Pick<Queue, 'lastWaiting' | 'lastNoShow'>>): Step =>
    (story) => ({ ...story, queue: { ...story.queue, ...so } });
  const last = id(9_999_999);

  it('still names it, and no team gets the next one', () => {
    const { when, story } = given(open(), withIds({ lastWaiting: maxIds - 1 }), register(1));
    expect(story.queue.waitings.map(({ waitingId }) => waitingId)).toEqual([last]);
    expect(restaurantOf(last)).toBe(1);
    const { refused, queue } = when(register(2));
    expect([refused, queue.lastWaiting, queue.waitings.length]).toEqual(['QUEUE_FULL', maxIds, 1]);
  });

  it('is the last no-show by hand, too, and can be deleted', () => {
    const { when, story } = given(open(), withIds({ lastNoShow: maxIds - 1 }), noShow);
    expect(story.queue.noShows.map(({ noShowId }) => noShowId)).toEqual([last]);
    expect(when(noShow).refused).toBe('QUEUE_FULL');
    expect(when(removeNoShow(maxIds))).toMatchObject({ refused: null, queue: { noShows: [] } });
  });

  it('being given, a second lapse ends the waiting without a record', () => {
    const called = given(open(), withIds({ lastNoShow: maxIds }), register(1), call(1), lapse(1), call(1));
    const { refused, queue, waiting } = called.when(lapse(1));
    expect([refused, waiting(1)?.status]).toEqual([null, 'NO_ANSWER2']);
    expect([queue.lastNoShow, queue.noShows]).toEqual([maxIds, []]);
  });
});
