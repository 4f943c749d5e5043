import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  after,
  answer,
  call,
  cancel,
  enter,
  id,
  lapse,
  minute,
  open,
  register,
  registerMany,
  remove,
  removeAll,
} from '../../test/domain/steps.ts';

describe('a deletion', () => {
  it.each([
    ['WAITING', []],
    ['COMMING', [call(1), answer(1)]],
    ['NO_ANSWER', [call(1), lapse(1)]],
  ])('of a team that is %s carries the team, which is to be told', (status, history) => {
    const before = given(open(), register(1), ...history);
    const { happened, queue, outcome } = before.when(remove(1));
    expect(happened).toEqual([
      { type: 'WaitingDeleted', waitingId: id(1), live: before.story.queue.waitings[0] },
    ]);
    expect(happened).toMatchObject([{ live: { status } }]);
    expect(queue.waitings).toEqual([]);
    expect(outcome).toMatchObject({ rejection: null, subject: null });
  });

  it.each([
    ['finished one', [enter(1)]],
    ['one finished so long ago that the queue forgot it', [enter(1), after(16 * minute)]],
  ])('of a %s tells nobody', (_, history) => {
    const { happened } = given(open(), register(1), ...history).when(remove(1));
    expect(happened).toEqual([{ type: 'WaitingDeleted', waitingId: id(1), live: null }]);
  });

  it('again is accepted and changes nothing', () => {
    const { refused, events } = given(open(), register(1), remove(1)).when(remove(1));
    expect([refused, events]).toEqual([null, []]);
  });

  it('is accepted again when the mark is no longer kept', () => {
    expect(given(open(), register(1), remove(1), after(16 * minute)).when(remove(1)).refused).toBeNull();
  });

  it('is refused for an id that was never issued', () => {
    expect(given(open(), register(1)).when(remove(2)).refused).toBe('WAITING_NOT_FOUND');
  });

  it('leaves a mark', () => {
    const { queue } = given(open(), register(1), after(minute)).when(remove(1));
    expect(queue.deletedWaitings).toEqual([{ id: id(1), at: noon + minute }]);
  });

  it('does not give its ticket or its id to another', () => {
    const { waiting } = given(open(), registerMany(2), remove(2)).when(register(3));
    expect(waiting(3)).toMatchObject({ waitingId: id(3), ticketNo: 3 });
  });
});

describe('the deletion of all', () => {
  it('tells every team that is not done, and deletes the finished ones too', () => {
    const before = given(open(), registerMany(4), call(3), lapse(3), cancel(2));
    const [first, , third, fourth] = before.story.queue.waitings;
    const { happened, queue } = before.when(removeAll);
    expect(happened).toEqual([
      { type: 'WaitingDeleted', waitingId: id(1), live: first },
      { type: 'WaitingDeleted', waitingId: id(3), live: third },
      { type: 'WaitingDeleted', waitingId: id(4), live: fourth },
      { type: 'AllWaitingsDeleted', throughWaitingId: id(4) },
    ]);
    expect(queue.waitings).toEqual([]);
  });

  it('covers those that the queue forgot long ago, for good', () => {
    const { story } = given(
      open(),
      registerMany(2),
      cancel(1),
      after(16 * minute),
      removeAll,
      after(60 * minute),
    );
    const history = given(() => story);
    expect(history.when(call(1)).refused).toBe('WAITING_NOT_FOUND');
    expect(history.when(remove(1)).events).toEqual([]);
  });

  it('again, or with nothing to delete, is accepted and changes nothing', () => {
    for (const history of [[open()], [open(), register(1), removeAll]]) {
      const { refused, events } = given(...history).when(removeAll);
      expect([refused, events]).toEqual([null, []]);
    }
  });

  it('spares who registers afterwards', () => {
    const { refused, waiting } = given(open(), registerMany(2), removeAll, register(3)).when(call(3));
    expect([refused, waiting(3)?.ticketNo]).toEqual([null, 3]);
  });

  it('is refused where nobody configured the restaurant', () => {
    expect(given().when(removeAll).refused).toBe('RESTAURANT_NOT_FOUND');
  });
});
