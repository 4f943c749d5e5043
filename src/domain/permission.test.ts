import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { life, stepsOf } from '../../test/domain/randomLife.ts';
import { ask, given, type Step } from '../../test/domain/specification.ts';
import {
  after,
  arrive,
  call,
  cancel,
  enter,
  id,
  minute,
  noShow,
  open,
  register,
  registerMany,
  remove,
  today,
} from '../../test/domain/steps.ts';
import type { Actor, CommandBody, CommandType } from './command.ts';

type Role = Actor['role'];
const roles = ['OWNER', 'CUSTOMER', 'SERVICE', 'SYSTEM'] as const satisfies readonly Role[];

/** The column "who" of docs/domain.md once more, written without a look at the rules. */
const who: Readonly<Record<CommandType, readonly Role[]>> = {
  ConfigureRestaurant: ['OWNER', 'SERVICE'],
  RevokePairings: ['OWNER', 'SERVICE'],
  OpenBusinessDay: ['OWNER', 'SERVICE', 'SYSTEM'],
  CloseBusinessDay: ['OWNER', 'SERVICE', 'SYSTEM'],
  RegisterWaiting: ['CUSTOMER', 'SERVICE'],
  CallWaiting: ['OWNER'],
  AnswerCall: ['CUSTOMER'],
  MarkArrived: ['CUSTOMER'],
  MarkEntered: ['OWNER'],
  CancelWaiting: ['CUSTOMER', 'OWNER'],
  DeleteWaiting: ['OWNER', 'SERVICE'],
  DeleteAllWaitings: ['OWNER', 'SERVICE'],
  RegisterNoShow: ['OWNER', 'SERVICE', 'SYSTEM'],
  DeleteNoShow: ['OWNER', 'SERVICE', 'SYSTEM'],
  DeleteAllNoShows: ['OWNER', 'SERVICE', 'SYSTEM'],
  ExpireTimer: ['SYSTEM'],
  ExcuseStall: ['SYSTEM'],
};

/** The restaurant has a team that was called, one that was not, and a no-show. */
const history = [open(), registerMany(2), call(1), noShow()];
const { settings } = given(open()).story.queue;
if (!settings) throw new Error('an open restaurant is configured');
const waitingId = id(1);

/** One of each kind, which that restaurant accepts from whoever may send it. */
const bodies: readonly CommandBody[] = [
  { type: 'ConfigureRestaurant', settings },
  { type: 'RevokePairings' },
  { type: 'OpenBusinessDay', ...today },
  { type: 'CloseBusinessDay', datesId: 1, dueAt: null },
  { type: 'RegisterWaiting', datesId: 1, userId: 3, userCount: 2 },
  { type: 'CallWaiting', waitingId: id(2), call: null },
  { type: 'AnswerCall', waitingId, moveMinutes: 5 },
  { type: 'MarkArrived', waitingId },
  { type: 'MarkEntered', waitingId },
  { type: 'CancelWaiting', waitingId, reason: null },
  { type: 'DeleteWaiting', waitingId },
  { type: 'DeleteAllWaitings' },
  { type: 'RegisterNoShow', userId: 1, waitingId: null, datesId: null, reason: null },
  { type: 'DeleteNoShow', noShowId: id(1) },
  { type: 'DeleteAllNoShows' },
  { type: 'ExpireTimer', waitingId, kind: 'ANSWER', deadline: 0, validUntil: null },
  { type: 'ExcuseStall', from: 0, until: 0 },
];

describe('a command is obeyed from whom it may come', () => {
  it.each(bodies.map((body) => [body.type, body] as const))('%s', (type, body) => {
    for (const role of roles) {
      const { refused, events, outcome } = given(...history).when(ask(body, { role }));
      if (who[type].includes(role)) expect([role, refused]).toEqual([role, null]);
      else {
        expect([role, refused, events]).toEqual([role, 'FORBIDDEN', []]);
        expect(outcome.rejection?.detail).toMatch(new RegExp(`^an? ${role} may not send ${type}$`));
      }
    }
  });

  it('of every kind', () => {
    expect(bodies.map(({ type }) => type).sort()).toEqual(Object.keys(who).sort());
  });

  it('whatever the queue is like: who may not ask learns nothing of it', () => {
    const body = { type: 'DeleteWaiting', waitingId } as const;
    const told = [[], [open()], history].map(
      (before) => given(...before).when(ask(body, { role: 'CUSTOMER' })).outcome.rejection,
    );
    expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(1);
  });
});

describe('a customer', () => {
  const as = (user: number, body: CommandBody): Step => ask(body, { role: 'CUSTOMER', user });
  const registration = { type: 'RegisterWaiting', datesId: 1, userId: 7, userCount: 2 } as const;

  it('registers nobody else', () => {
    expect(given(open()).when(as(7, registration)).refused).toBeNull();
    expect(given(open()).when(as(8, registration)).refused).toBe('FORBIDDEN');
    expect(given().when(as(8, registration)).refused).toBe('FORBIDDEN');
  });

  it('is registered by a service that has an id of its own', () => {
    expect(given(open()).when(ask(registration, { role: 'SERVICE', user: 3 })).refused).toBeNull();
  });

  const actions: readonly CommandBody[] = [
    { type: 'AnswerCall', waitingId, moveMinutes: 5 },
    { type: 'MarkArrived', waitingId },
    { type: 'CancelWaiting', waitingId, reason: null },
  ];

  it.each(actions.map((body) => [body.type, body] as const))('acts on its own waiting: %s', (_, body) => {
    const called = given(open(), register(7), call(1));
    expect(called.when(as(7, body)).refused).toBeNull();
    expect(called.when(ask(body, { role: 'CUSTOMER' })).refused).toBeNull();
  });

  it.each(actions.map((body) => [body.type, body] as const))(
    'cannot tell the waiting of another from one that never was: %s',
    (_, body) => {
      const called = [open(), register(7), call(1)];
      const refusals = [
        [open()],
        called,
        [...called, enter(1)],
        [...called, enter(1), after(16 * minute)],
      ].map((before) => given(...before).when(as(8, body)).outcome.rejection);
      const unknown = { code: 'WAITING_NOT_FOUND', detail: 'restaurant 1 has no waiting 10000001' };
      expect(refusals).toEqual(refusals.map(() => unknown));
      expect(given(...called, remove(1)).when(as(8, body)).outcome.rejection).toEqual(unknown);
    },
  );

  it('is told that its own is finished, for as long as the queue knows whose it was', () => {
    const finished = [open(), register(7), cancel(1)];
    const mine = as(7, { type: 'MarkArrived', waitingId });
    expect(given(...finished).when(mine).refused).toBe('INVALID_TRANSITION');
    expect(given(...finished, after(16 * minute)).when(mine).refused).toBe('WAITING_NOT_FOUND');
    expect(given(...finished, after(16 * minute)).when(arrive(1)).refused).toBe('INVALID_TRANSITION');
  });

  it('is none of those whom the queue has forgotten, whatever it calls itself', () => {
    const nobody = ask({ type: 'MarkArrived', waitingId }, { role: 'CUSTOMER', user: 'null' });
    const forgotten = given(open(), register(7), cancel(1), after(16 * minute));
    expect(forgotten.when(nobody).refused).toBe('WAITING_NOT_FOUND');
  });
});

describe('in every life', () => {
  const percent = fc.noBias(fc.nat(99));
  const choice = fc.tuple(percent, percent, fc.nat(999), fc.nat(999));
  const choices = fc.array(choice, { minLength: 60, maxLength: 100, size: 'max' });

  it('nothing happens that its sender may not ask for, nor to a waiting that is another customer’s', () => {
    fc.assert(
      fc.property(choices, (each) => {
        for (const { logged, handled } of stepsOf(life(each))) {
          const { type, actor } = logged.command;
          if (handled.events.length === 0) continue;
          expect(who[type]).toContain(actor.role);
          if (actor.role !== 'CUSTOMER' || actor.id === null) continue;
          const own = handled.events.flatMap((event) =>
            'waiting' in event && event.type !== 'TurnNear' ? [String(event.waiting.userId)] : [],
          );
          expect(own).toEqual([actor.id]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
