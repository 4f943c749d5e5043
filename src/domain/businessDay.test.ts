import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  after,
  all,
  answer,
  arrive,
  at,
  call,
  closeDay,
  configure,
  enter,
  hour,
  id,
  lapse,
  open,
  openDay,
  register,
  registerMany,
  today,
} from '../../test/domain/steps.ts';

const day = 24 * hour;
const closing = today.closesAt + 2 * hour;

describe('opening a business day', () => {
  it('opens it', () => {
    const { happened, queue } = given(configure()).when(openDay());
    expect(happened).toEqual([{ type: 'BusinessDayOpened', ...today }]);
    expect(queue.days).toEqual([{ ...today, closedAt: null, tickets: 0, seatings: [] }]);
  });

  it('again as it is changes nothing', () => {
    const { refused, events } = given(open(), register(1)).when(openDay());
    expect([refused, events]).toEqual([null, []]);
  });

  it('with other hours changes them and nobody’s ticket', () => {
    const { queue, happened } = given(open(), register(1)).when(openDay({ closesAt: noon + hour }));
    expect(happened).toEqual([{ type: 'BusinessDayOpened', ...today, closesAt: noon + hour }]);
    expect(queue.days).toMatchObject([{ closesAt: noon + hour, tickets: 1 }]);
    expect(queue.waitings).toHaveLength(1);
  });

  it('is refused where nobody configured the restaurant', () => {
    expect(given().when(openDay()).refused).toBe('RESTAURANT_NOT_FOUND');
  });
});

describe('opening a closed business day again', () => {
  const closed = all(open(), registerMany(2), closeDay());

  it.each([
    ['at once', 0],
    ['the next day', day],
    ['after 7 days', 7 * day],
  ])('goes on with its ticket numbers: %s', (_, later) => {
    const opens = openDay({ closesAt: noon + 8 * day });
    const { waiting } = given(closed, after(later), opens).when(register(3));
    expect(waiting(3)).toMatchObject({ waitingId: id(3), ticketNo: 3, datesId: 1 });
  });

  it('is refused after more than 7 days, whatever hours it is given', () => {
    const late = given(closed, after(7 * day + 1));
    for (const step of [openDay(), openDay({ closesAt: noon + 8 * day })]) {
      expect(late.when(step).refused).toBe('DATES_NOT_FOUND');
    }
  });

  it('stays refused when other days have opened since', () => {
    const history = given(
      closed,
      after(8 * day),
      openDay({ datesId: 2, closesAt: noon + 9 * day }),
      register(3, { datesId: 2 }),
    );
    expect(history.when(openDay({ closesAt: noon + 9 * day })).refused).toBe('DATES_NOT_FOUND');
    expect(history.when(register(4)).refused).toBe('DATES_NOT_FOUND');
  });

  it('does not call those back who left with it', () => {
    const { waiting } = given(closed).when(openDay());
    expect([waiting(1)?.status, waiting(2)?.status]).toEqual(['OWNER_CANCEL', 'OWNER_CANCEL']);
  });
});

describe('closing a business day', () => {
  it('sends everybody home in ticket order, and seats those who stand at the door', () => {
    const unanswered = [call(3), call(4), lapse(3), lapse(4), call(4)];
    const history = given(
      open(),
      registerMany(6),
      ...unanswered,
      call(2),
      call(5),
      answer(5),
      call(6),
      arrive(6),
    );
    const { events, waiting } = history.when(closeDay());
    expect(events.map((event) => event.type)).toEqual([
      'WaitingCancelled',
      'WaitingCancelled',
      'NoAnswerDismissed',
      'WaitingCancelled',
      'WaitingCancelled',
      'WaitingEntered',
      'BusinessDayClosed',
    ]);
    const finishedAt = noon + 10 * 60_000;
    const cancelled = { status: 'OWNER_CANCEL', reason: 'DAY_CLOSED', finishedAt };
    expect(waiting(1)).toMatchObject(cancelled);
    expect(waiting(2)).toMatchObject(cancelled);
    expect(waiting(3)).toMatchObject({ status: 'NO_ANSWER', finishedAt });
    expect(waiting(4)).toMatchObject(cancelled);
    expect(waiting(5)).toMatchObject(cancelled);
    expect(waiting(6)).toMatchObject({ status: 'ENTERED', finishedAt });
  });

  it('leaves the finished as they are, and makes nobody a no-show', () => {
    const { queue } = given(open(), registerMany(2), enter(1), call(2), lapse(2), after(1)).when(closeDay());
    expect(queue.waitings[0]).toMatchObject({ status: 'ENTERED', finishedAt: noon, reason: null });
    expect(queue.noShows).toEqual([]);
  });

  it('leaves the teams of other days, who move up', () => {
    const tomorrow = openDay({ datesId: 2 });
    const both = given(
      open(),
      tomorrow,
      registerMany(2),
      register(3, { datesId: 2 }),
      register(4, { datesId: 2 }),
    );
    const { waiting, happened } = both.when(closeDay());
    expect(waiting(3)?.status).toBe('WAITING');
    expect(happened.at(-1)).toMatchObject({ type: 'TurnNear', position: 2, waiting: { waitingId: id(4) } });
  });

  it('again is accepted and changes nothing', () => {
    const { refused, events } = given(open(), closeDay()).when(closeDay());
    expect([refused, events]).toEqual([null, []]);
  });

  it.each([
    ['RESTAURANT_NOT_FOUND', [], 1],
    ['DATES_NOT_FOUND', [configure()], 1],
    ['DATES_NOT_FOUND', [open()], 2],
    ['DATES_NOT_FOUND', [open(), closeDay(), after(8 * day)], 1],
  ])('is refused with %s', (code, history, datesId) => {
    expect(given(...history).when(closeDay(datesId)).refused).toBe(code);
  });
});

describe('a business day closes by itself', () => {
  it.each([
    ['not a millisecond before two hours after closing time', -1, []],
    ['two hours after closing time', 0, ['WaitingCancelled', 'BusinessDayClosed']],
    ['later, if the timer is late', 5 * hour, ['WaitingCancelled', 'BusinessDayClosed']],
  ])('%s', (_, late, types) => {
    const { events } = given(open(), register(1), at(closing + late)).when(closeDay(1, closing));
    expect(events.map((event) => event.type)).toEqual(types);
  });

  it.each([
    ['hours that changed', [openDay({ closesAt: today.closesAt + 1 })]],
    ['a day that was closed', [closeDay()]],
    ['a day that opened again with other hours', [closeDay(), openDay({ closesAt: today.closesAt + hour })]],
  ])('but not by the timer of %s', (_, history) => {
    const { events } = given(open(), register(1), ...history, at(closing)).when(closeDay(1, closing));
    expect(events).toEqual([]);
  });
});
