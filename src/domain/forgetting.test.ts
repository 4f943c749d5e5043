import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  after,
  answer,
  arrive,
  call,
  cancel,
  closeDay,
  configure,
  enter,
  hour,
  id,
  lapse,
  minute,
  noShow,
  open,
  openDay,
  register,
  registerMany,
  remove,
  removeNoShow,
} from '../../test/domain/steps.ts';

const fresh = 15 * minute;

describe('what is done stays in the queue for 15 minutes of log time', () => {
  const changed = configure({ name: 'another' });

  it.each([
    ['ENTERED', [enter(1)]],
    ['CANCEL', [cancel(1)]],
    ['OWNER_CANCEL', [cancel(1, 'OWNER')]],
    ['NO_ANSWER2', [call(1), lapse(1), call(1), lapse(1)]],
    ['NO_ANSWER', [call(1), lapse(1), closeDay()]],
  ])('%s', (status, history) => {
    const done = [open(), register(1), ...history];
    expect(
      given(...done, after(fresh))
        .when(changed)
        .waiting(1),
    ).toMatchObject({ status });
    expect(
      given(...done, after(fresh + 1))
        .when(changed)
        .waiting(1),
    ).toBeUndefined();
  });

  it('a no-show', () => {
    expect(given(open(), noShow(), after(fresh)).when(changed).queue.noShows).toHaveLength(1);
    expect(given(open(), noShow(), after(fresh + 1)).when(changed).queue.noShows).toEqual([]);
  });

  it('marks of deletion', () => {
    const marks = given(open(), register(1), noShow(), remove(1), removeNoShow(1));
    const kept = given(() => marks.story, after(fresh)).when(changed).queue;
    const gone = given(() => marks.story, after(fresh + 1)).when(changed).queue;
    expect([kept.deletedWaitings.length, kept.deletedNoShows.length]).toEqual([1, 1]);
    expect([gone.deletedWaitings, gone.deletedNoShows]).toEqual([[], []]);
  });

  it('and goes with a refused command, too', () => {
    expect(given(open(), register(1), enter(1), after(fresh + 1)).when(enter(9)).queue.waitings).toEqual([]);
  });
});

describe('never forgotten is', () => {
  it('a team that is not done, NO_ANSWER among them, however long it takes', () => {
    const teams = given(
      open(),
      registerMany(5),
      call(2),
      call(3),
      answer(3),
      call(4),
      arrive(4),
      call(5),
      lapse(5),
    );
    const { queue } = given(() => teams.story, after(48 * hour)).when(configure());
    expect(queue.waitings.map((each) => each.status)).toEqual([
      'WAITING',
      'FIRST_CALLED',
      'COMMING',
      'ARRIVED',
      'NO_ANSWER',
    ]);
  });

  it('a number that was given', () => {
    const { waiting, queue } = given(open(), registerMany(2), enter(1), enter(2), noShow(), after(hour)).when(
      register(1),
    );
    expect(waiting(3)).toMatchObject({ waitingId: id(3), ticketNo: 3 });
    expect(queue.lastNoShow).toBe(1);
  });

  it('a day that is open', () => {
    const { queue } = given(open(), after(30 * 24 * hour)).when(configure());
    expect(queue.days).toHaveLength(1);
  });
});

describe('a business day is forgotten', () => {
  const week = 7 * 24 * hour;

  it('more than 7 days after it was closed', () => {
    expect(given(open(), closeDay(), after(week)).when(configure()).queue.days).toHaveLength(1);
    expect(given(open(), closeDay(), after(week + 1)).when(configure()).queue).toMatchObject({
      days: [],
      forgottenDatesId: 1,
    });
  });

  it('from when it was last closed', () => {
    const twice = [open(), closeDay(), after(week), openDay({ closesAt: noon + week + hour }), closeDay()];
    expect(given(...twice, after(week)).when(configure()).queue.days).toHaveLength(1);
  });
});

describe('an action on a waiting that the queue forgot', () => {
  const forgotten = [open(), register(1), enter(1), after(fresh + 1)];

  it.each([
    ['call', call(1)],
    ['answer', answer(1)],
    ['arrival', arrive(1)],
    ['seating', enter(1)],
    ['cancellation', cancel(1)],
  ])('is refused as on any that is done: %s', (_, step) => {
    expect(given(...forgotten).when(step).refused).toBe('INVALID_TRANSITION');
  });
});
