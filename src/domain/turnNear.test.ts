import { describe, expect, it } from '@jest/globals';
import { given, type Step, type Then } from '../../test/domain/specification.ts';
import {
  call,
  cancel,
  closeDay,
  enter,
  lapse,
  open,
  openDay,
  register,
  registerMany,
  remove,
} from '../../test/domain/steps.ts';

/** Who was told that the turn is near, and at which position. */
const told = ({ events }: Then): number[][] =>
  events.flatMap((event) => (event.type === 'TurnNear' ? [[event.waiting.ticketNo, event.position]] : []));

describe('coming up soon', () => {
  it.each([1, 2, 3, 4, 5])('is not told at registration, not at position %d', (position) => {
    expect(told(given(open(), registerMany(position - 1)).when(register(position)))).toEqual([]);
  });

  it.each<[string, Step]>([
    ['enters', enter(1)],
    ['cancels', cancel(1)],
    ['is cancelled', cancel(1, 'OWNER')],
    ['is deleted', remove(1)],
  ])('is told when somebody ahead %s and the position gets to 3', (_, leaves) => {
    expect(told(given(open(), registerMany(5)).when(leaves))).toEqual([[4, 3]]);
  });

  it('is told when somebody ahead does not answer', () => {
    expect(told(given(open(), registerMany(5), call(2)).when(lapse(2)))).toEqual([[4, 3]]);
  });

  it('comes after what caused it, with the customer as told', () => {
    const { events } = given(open(), registerMany(4)).when(enter(1));
    expect(events.map((event) => event.type)).toEqual(['WaitingEntered', 'TurnNear']);
    expect(events[1]).toMatchObject({ waiting: { soonTold: true }, position: 3 });
  });

  it('is not told to those who were near from the start', () => {
    expect(told(given(open(), registerMany(3)).when(enter(1)))).toEqual([]);
  });

  it('is told once: not at position 2, nor on coming back to 3', () => {
    const moved = given(open(), registerMany(4), call(1), lapse(1));
    expect(told(moved.when(enter(2)))).toEqual([]);
    const movedBack = given(open(), registerMany(4), call(1), lapse(1), call(1));
    expect(told(movedBack.when(enter(2)))).toEqual([]);
  });

  it('is not told to a team that was called before its turn', () => {
    expect(told(given(open(), registerMany(5), call(4)).when(enter(1)))).toEqual([]);
    expect(told(given(open(), registerMany(5), call(4), enter(1)).when(enter(2)))).toEqual([[5, 3]]);
  });

  it('is told to all whom one command brings near', () => {
    const both = [open(), openDay({ datesId: 2 }), registerMany(3)];
    const others = [4, 5, 6, 7].map((user) => register(user, { datesId: 2 }));
    expect(told(given(...both, ...others).when(closeDay(1)))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
});
