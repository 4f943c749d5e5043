import { describe, expect, it } from '@jest/globals';
import { given, noon } from '../../test/domain/specification.ts';
import {
  all,
  answer,
  arrive,
  at,
  call,
  cancel,
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
  remove,
  today,
} from '../../test/domain/steps.ts';

describe('a registration', () => {
  it('takes the next ticket and the last place', () => {
    const { happened, outcome } = given(open(), registerMany(6)).when(register(7, { userCount: 4 }));
    const waiting = {
      status: 'WAITING',
      waitingId: 10_000_007,
      datesId: 1,
      ticketNo: 7,
      userId: 7,
      userCount: 4,
      createdAt: noon,
      unanswered: 0,
      soonTold: false,
    };
    expect(happened).toEqual([{ type: 'WaitingRegistered', waiting, position: 7, estimatedWaitMinutes: 18 }]);
    expect(outcome).toMatchObject({
      rejection: null,
      subject: { waiting, position: 7, estimatedWaitMinutes: 18 },
    });
  });

  it('takes a ticket that nobody had, and the place that another left', () => {
    const { waiting, outcome } = given(open(), registerMany(3), cancel(2), enter(1)).when(register(4));
    expect(waiting(4)).toMatchObject({ ticketNo: 4, waitingId: id(4) });
    expect(outcome.subject).toMatchObject({ position: 2 });
  });

  it('counts tickets per business day, and ids for ever', () => {
    const { waiting } = given(open(), openDay({ datesId: 2 }), registerMany(2)).when(
      register(3, { datesId: 2 }),
    );
    expect(waiting(3)).toMatchObject({ datesId: 2, ticketNo: 1 });
  });
});

describe('a registration is refused', () => {
  /** Each history breaks this rule and every later one, so the row's own code must win. */
  const full = all(configure({ maxTeams: 1, maxUserCount: 4 }), openDay());
  it.each([
    ['RESTAURANT_NOT_FOUND', [], register(1, { userCount: 5 })],
    ['DATES_NOT_FOUND', [full, register(1), at(today.closesAt)], register(1, { datesId: 2, userCount: 5 })],
    ['OUTSIDE_BUSINESS_HOURS', [full, register(1), at(today.closesAt)], register(1, { userCount: 5 })],
    ['PARTY_SIZE', [full, register(1)], register(1, { userCount: 5 })],
    ['ALREADY_WAITING', [full, register(1)], register(1)],
    ['QUEUE_FULL', [full, register(1)], register(2)],
  ])('with %s before what comes later in the order', (code, history, command) => {
    const { refused, events, outcome } = given(...history).when(command);
    expect([refused, events, outcome.subject]).toEqual([code, [], null]);
  });
});

describe('business hours', () => {
  it.each([
    ['a millisecond before opening', today.opensAt - 1, 'OUTSIDE_BUSINESS_HOURS'],
    ['at opening', today.opensAt, null],
    ['a millisecond before closing', today.closesAt - 1, null],
    ['at closing', today.closesAt, 'OUTSIDE_BUSINESS_HOURS'],
  ])('%s', (_, instant, code) => {
    expect(given(at(today.opensAt - hour), open(), at(instant)).when(register(1)).refused).toBe(code);
  });

  it('are over when the day is closed, until it opens again', () => {
    expect(given(open(), closeDay()).when(register(1)).refused).toBe('OUTSIDE_BUSINESS_HOURS');
    expect(given(open(), closeDay(), openDay()).when(register(1)).refused).toBeNull();
  });
});

describe('the size of a party', () => {
  it.each([
    [1, 'PARTY_SIZE'],
    [2, null],
    [6, null],
    [7, 'PARTY_SIZE'],
  ])('of %d, where 2 to 6 are taken', (userCount, code) => {
    const place = open({ minUserCount: 2, maxUserCount: 6 });
    expect(given(place).when(register(1, { userCount })).refused).toBe(code);
  });
});

describe('one active waiting per user', () => {
  it.each([
    ['WAITING', [], 'ALREADY_WAITING'],
    ['FIRST_CALLED', [call(1)], 'ALREADY_WAITING'],
    ['COMMING', [call(1), answer(1)], 'ALREADY_WAITING'],
    ['ARRIVED', [call(1), arrive(1)], 'ALREADY_WAITING'],
    ['NO_ANSWER', [call(1), lapse(1)], 'ALREADY_WAITING'],
    ['FINAL_CALLED', [call(1), lapse(1), call(1)], 'ALREADY_WAITING'],
    ['NO_ANSWER2', [call(1), lapse(1), call(1), lapse(1)], null],
    ['ENTERED', [enter(1)], null],
    ['CANCEL', [cancel(1)], null],
    ['OWNER_CANCEL', [cancel(1, 'OWNER')], null],
    ['deleted', [remove(1)], null],
    ['NO_ANSWER of a closed day', [call(1), lapse(1), closeDay(), openDay()], null],
  ])('%s', (_, history, code) => {
    expect(given(open(), register(1), ...history).when(register(1)).refused).toBe(code);
  });

  it('holds across business days', () => {
    const history = given(open(), openDay({ datesId: 2 }), register(1));
    expect(history.when(register(1, { datesId: 2 })).refused).toBe('ALREADY_WAITING');
  });
});

describe('capacity', () => {
  it('is 20 teams as the settings say', () => {
    expect(given(open(), registerMany(19)).when(register(20)).refused).toBeNull();
    expect(given(open(), registerMany(20)).when(register(21)).refused).toBe('QUEUE_FULL');
  });

  it('is taken by every team that holds a place, called, coming and arrived ones too', () => {
    const history = [call(1), answer(1), call(2), arrive(2), call(3)];
    expect(given(open({ maxTeams: 3 }), registerMany(3), ...history).when(register(4)).refused).toBe(
      'QUEUE_FULL',
    );
  });

  it.each([
    ['NO_ANSWER', [call(2), lapse(2)]],
    ['ENTERED', [enter(2)]],
    ['CANCEL', [cancel(2)]],
    ['deleted', [remove(2)]],
  ])('is not taken by %s', (_, history) => {
    expect(given(open({ maxTeams: 3 }), registerMany(3), ...history).when(register(4)).refused).toBeNull();
  });

  it('follows the settings: a smaller one sends nobody away, but takes nobody in', () => {
    const smaller = given(open(), registerMany(3), configure({ maxTeams: 2 }));
    expect(smaller.story.queue.waitings).toHaveLength(3);
    expect(smaller.when(register(4)).refused).toBe('QUEUE_FULL');
  });
});
