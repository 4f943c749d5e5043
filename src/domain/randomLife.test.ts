import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { choices, life, stepsOf } from '../../test/domain/randomLife.ts';
import { rejectionCodes } from './decision.ts';
import { waitingOf } from './event.ts';

/** The properties are worth what their lives reach; here the same lives every time. */
describe('60 random lives of 100 commands', () => {
  const lived = fc.sample(choices, { seed: 20_251_002, numRuns: 60 }).flatMap((each) => stepsOf(life(each)));
  const events = lived.flatMap(({ handled }) => handled.events);

  it('reach every state', () => {
    expect(new Set(events.flatMap((event) => waitingOf(event)?.status ?? []))).toEqual(
      new Set([
        'WAITING',
        'FIRST_CALLED',
        'FINAL_CALLED',
        'COMMING',
        'ARRIVED',
        'ENTERED',
        'NO_ANSWER',
        'NO_ANSWER2',
        'OWNER_CANCEL',
        'CANCEL',
      ]),
    );
  });

  it('reach every refusal', () => {
    const refusals = lived.flatMap(({ handled }) => handled.outcome.rejection?.code ?? []);
    expect(new Set(refusals)).toEqual(new Set(rejectionCodes));
  });

  it('reach every event', () => {
    expect(new Set(events.map((event) => event.type))).toEqual(
      new Set([
        'RestaurantConfigured',
        'PairingsRevoked',
        'BusinessDayOpened',
        'BusinessDayClosed',
        'WaitingRegistered',
        'WaitingCalled',
        'CallAnswered',
        'WaitingArrived',
        'WaitingEntered',
        'WaitingCancelled',
        'CallLapsed',
        'MoveTimeLapsed',
        'DeadlineExtended',
        'TurnNear',
        'NoAnswerDismissed',
        'WaitingDeleted',
        'AllWaitingsDeleted',
        'NoShowRegistered',
        'NoShowDeleted',
        'AllNoShowsDeleted',
      ]),
    );
  });

  it('reach the corners of the rules', () => {
    const reopened = lived.filter(({ before, handled }) =>
      handled.events.some(
        (event) =>
          event.type === 'BusinessDayOpened' &&
          before.days.some((day) => day.datesId === event.datesId && day.closedAt !== null),
      ),
    );
    const secondCallUnanswered = events.filter(
      (event) => event.type === 'CallLapsed' && event.waiting.unanswered === 2,
    );
    const finalAfterMove = events.filter(
      (event) => event.type === 'WaitingCalled' && event.call === 'FINAL' && event.waiting.unanswered === 0,
    );
    const repeated = lived.filter(
      ({ handled }) => handled.outcome.rejection === null && handled.outcome.version < handled.queue.version,
    );
    const timersForNothing = lived.filter(
      ({ logged, handled }) => logged.command.type === 'ExpireTimer' && handled.events.length === 0,
    );
    const byThemselves = lived.filter(
      ({ logged: { command }, handled }) =>
        command.actor.role === 'CUSTOMER' && command.actor.id !== null && handled.events.length > 0,
    );
    const toStrangers = lived.filter(
      ({ before, logged: { command }, handled }) =>
        'waitingId' in command &&
        handled.outcome.rejection?.code === 'WAITING_NOT_FOUND' &&
        before.waitings.some((each) => each.waitingId === command.waitingId),
    );
    const clockWentBack = lived.filter(({ before, logged }) => logged.appendedAt < before.at);
    for (const corner of [
      reopened,
      secondCallUnanswered,
      finalAfterMove,
      repeated,
      timersForNothing,
      byThemselves,
      toStrangers,
      clockWentBack,
    ]) {
      expect(corner.length).toBeGreaterThan(9);
    }
  });
});
