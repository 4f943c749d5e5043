import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  after,
  call,
  cancel,
  id,
  lapse,
  minute,
  noShow,
  open,
  register,
  registerMany,
  remove,
  removeAllNoShows,
  removeNoShow,
} from '../../test/domain/steps.ts';

const secondLapse = [register(1), call(1), lapse(1), call(1), lapse(1)];

describe('registering a no-show by hand', () => {
  it('puts it on record', () => {
    const { happened, outcome } = given(open(), after(minute)).when(noShow({ userId: 7, datesId: 1 }));
    const record = { noShowId: id(1), userId: 7, waitingId: null, datesId: 1, reason: 'by hand' };
    expect(happened).toEqual([{ type: 'NoShowRegistered', noShow: { ...record, createdAt: noon + minute } }]);
    expect(outcome.subject).toEqual({ ...record, createdAt: noon + minute });
  });

  it('takes the business day from the waiting', () => {
    const { outcome } = given(open(), register(1)).when(noShow({ waitingId: id(1) }));
    expect(outcome.subject).toMatchObject({ noShowId: id(1), waitingId: id(1), datesId: 1 });
  });

  it.each([
    ['finished', [cancel(1)]],
    ['forgotten', [cancel(1), after(16 * minute)]],
    ['deleted', [remove(1)]],
  ])('is accepted for a waiting that is %s', (_, history) => {
    expect(given(open(), register(1), ...history).when(noShow({ waitingId: id(1) })).refused).toBeNull();
  });

  it.each([
    ['RESTAURANT_NOT_FOUND', [], {}],
    ['WAITING_NOT_FOUND', [open(), register(1)], { waitingId: id(2) }],
    ['WAITING_NOT_FOUND', [open(), register(1)], { waitingId: 20_000_001 }],
  ])('is refused with %s', (code, history, about) => {
    expect(given(...history).when(noShow(about)).refused).toBe(code);
  });

  it('leaves the waiting as it is', () => {
    expect(
      given(open(), register(1))
        .when(noShow({ waitingId: id(1) }))
        .waiting(1)?.status,
    ).toBe('WAITING');
  });
});

describe('no-shows', () => {
  it('are numbered by themselves, whoever puts them on record', () => {
    const { queue } = given(open(), registerMany(3), noShow(), call(2), lapse(2), call(2), lapse(2)).when(
      noShow(),
    );
    expect(queue.noShows.map((each) => [each.noShowId, each.reason])).toEqual([
      [id(2), 'NO_ANSWER'],
      [id(3), 'by hand'],
    ]);
    expect(queue.lastNoShow).toBe(3);
  });

  it('do not keep a user from registering again', () => {
    expect(given(open(), ...secondLapse).when(register(1)).refused).toBeNull();
  });
});

describe('deleting a no-show', () => {
  it('leaves a mark', () => {
    const { happened, queue } = given(open(), noShow()).when(removeNoShow(1));
    expect(happened).toEqual([{ type: 'NoShowDeleted', noShowId: id(1) }]);
    expect([queue.noShows, queue.deletedNoShows]).toEqual([[], [{ id: id(1), at: noon }]]);
  });

  it('works for one the queue itself put on record, and for one it forgot', () => {
    expect(given(open(), ...secondLapse).when(removeNoShow(1)).queue.noShows).toEqual([]);
    const { happened } = given(open(), noShow(), after(16 * minute)).when(removeNoShow(1));
    expect(happened).toEqual([{ type: 'NoShowDeleted', noShowId: id(1) }]);
  });

  it.each([
    ['after it was deleted', [removeNoShow(1)]],
    ['after all were deleted', [removeAllNoShows, after(16 * minute)]],
  ])('again is accepted and changes nothing: %s', (_, history) => {
    const { refused, events } = given(open(), noShow(), ...history).when(removeNoShow(1));
    expect([refused, events]).toEqual([null, []]);
  });

  it.each([0, 2, 10_000_001])('of number %d, never issued, is refused', (n) => {
    expect(given(open(), noShow()).when(removeNoShow(n)).refused).toBe('NO_SHOW_NOT_FOUND');
  });
});

describe('deleting all no-shows', () => {
  it('deletes them up to the newest', () => {
    const { happened, queue } = given(open(), noShow(), noShow(), removeNoShow(1)).when(removeAllNoShows);
    expect(happened).toEqual([{ type: 'AllNoShowsDeleted', throughNoShowId: id(2) }]);
    expect(queue.noShows).toEqual([]);
  });

  it('spares the next one, which takes the next number', () => {
    const { queue } = given(open(), noShow(), removeAllNoShows).when(noShow());
    expect(queue.noShows).toMatchObject([{ noShowId: id(2) }]);
  });

  it('again, or with nothing to delete, is accepted and changes nothing', () => {
    for (const history of [[open()], [open(), noShow(), removeAllNoShows]]) {
      const { refused, events } = given(...history).when(removeAllNoShows);
      expect([refused, events]).toEqual([null, []]);
    }
  });

  it('is refused where nobody configured the restaurant', () => {
    expect(given().when(removeAllNoShows).refused).toBe('RESTAURANT_NOT_FOUND');
  });
});
