import { describe, expect, it } from '@jest/globals';
import {
  after,
  all,
  answer,
  arrive,
  call,
  cancel,
  closeDay,
  configure,
  enter,
  excuse,
  lapse,
  minute,
  noShow,
  open,
  register,
  registerMany,
  remove,
  removeAll,
} from '../../test/domain/steps.ts';
import { given, noon, type Step } from '../../test/domain/specification.ts';
import { offlineCodec as codec } from '../../test/codec.ts';
import { encodeEvent } from '../schemas/events.ts';
import { expect as expectRecord } from '../schemas/state.ts';
import { notificationProjection, notificationsOf } from './notifications.ts';

/** What is told by the last step, as `recipient id template {variables}`. */
function told(history: Step, last: Step): string[] {
  const { events } = given(history).when(last);
  return events.flatMap(notificationsOf).map((notification) => {
    const {
      recipient,
      recipientId,
      template,
      position,
      estimatedWaitMinutes,
      deadlineAt,
      moveMinutes,
      reason,
    } = notification;
    const variables = Object.entries({
      position,
      wait: estimatedWaitMinutes,
      within: deadlineAt === null ? null : (deadlineAt - noon) / minute,
      move: moveMinutes,
      reason,
    }).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
    return [recipient, recipientId, template, ...variables].join(' ');
  });
}

describe('what every transition tells whom', () => {
  const waiting = all(open(), register(7));
  const called = all(waiting, call(1));
  const coming = all(called, answer(1, 10));
  const lapsed = all(called, lapse(1));
  const line = all(open(), registerMany(4));

  it.each<[string, Step, Step, string[]]>([
    [
      'a registration: the customer where they stand, the owner that there is a new team',
      all(open(), registerMany(2)),
      register(7),
      ['CUSTOMER 7 REGISTERED position 3 wait 6', 'OWNER 1 REGISTERED'],
    ],
    [
      'the first call, with the deadline',
      waiting,
      call(1),
      ['CUSTOMER 7 FIRST_CALL within 10', 'OWNER 1 FIRST_CALL'],
    ],
    [
      'the final call, with the deadline',
      lapsed,
      call(1),
      ['CUSTOMER 7 FINAL_CALL within 20', 'OWNER 1 FINAL_CALL'],
    ],
    [
      'an answer, with the move time',
      called,
      answer(1, 5),
      ['CUSTOMER 7 ANSWERED move 5', 'OWNER 1 ANSWERED move 5'],
    ],
    ['an arrival', coming, arrive(1), ['CUSTOMER 7 ARRIVED', 'OWNER 1 ARRIVED']],
    ['a seating', coming, enter(1), ['CUSTOMER 7 ENTERED', 'OWNER 1 ENTERED']],
    [
      "the customer's cancellation, with the reason",
      waiting,
      cancel(1, 'CUSTOMER', 'too long'),
      ['CUSTOMER 7 CANCELLED reason too long', 'OWNER 1 CANCELLED reason too long'],
    ],
    [
      "the owner's cancellation, with the reason",
      waiting,
      cancel(1, 'OWNER', 'sold out'),
      ['CUSTOMER 7 CANCELLED reason sold out', 'OWNER 1 CANCELLED reason sold out'],
    ],
    ['the first lapse', called, lapse(1), ['CUSTOMER 7 NO_ANSWER', 'OWNER 1 NO_ANSWER']],
    [
      'the second lapse: a no-show',
      all(lapsed, call(1)),
      lapse(1),
      ['CUSTOMER 7 NO_SHOW', 'OWNER 1 NO_SHOW'],
    ],
    [
      'a move time that ran out',
      coming,
      lapse(1),
      ['CUSTOMER 7 MOVE_TIME_OVER move 10', 'OWNER 1 MOVE_TIME_OVER move 10'],
    ],
    [
      'more time after a stall, with the new deadline',
      all(called, after(5 * minute)),
      excuse(noon + minute, noon + 5 * minute),
      ['CUSTOMER 7 DEADLINE_EXTENDED within 14', 'OWNER 1 DEADLINE_EXTENDED within 14'],
    ],
    [
      'a turn that comes near: the customer alone',
      line,
      enter(1),
      ['CUSTOMER 1 ENTERED', 'OWNER 1 ENTERED', 'CUSTOMER 4 TURN_NEAR position 3'],
    ],
    [
      'a deletion of a team that waits, as a cancellation',
      waiting,
      remove(1),
      ['CUSTOMER 7 CANCELLED reason DELETED', 'OWNER 1 CANCELLED reason DELETED'],
    ],
    [
      'a deletion of all: each team that still waits',
      all(waiting, register(8), enter(1)),
      removeAll,
      ['CUSTOMER 8 CANCELLED reason DELETED', 'OWNER 1 CANCELLED reason DELETED'],
    ],
    [
      'the closing of the day',
      all(coming, arrive(1), register(8)),
      closeDay(),
      [
        'CUSTOMER 7 ENTERED reason DAY_CLOSED',
        'OWNER 1 ENTERED reason DAY_CLOSED',
        'CUSTOMER 8 CANCELLED reason DAY_CLOSED',
        'OWNER 1 CANCELLED reason DAY_CLOSED',
      ],
    ],
    ['nothing of a team that had not answered when the day closes', lapsed, closeDay(), []],
    ['nothing of a deletion of a finished team', all(waiting, enter(1)), remove(1), []],
    ['nothing of a no-show put on record by hand', open(), noShow(), []],
    ['nothing of new settings', open(), configure({ maxTeams: 5 }), []],
  ])('%s', (_what, history, last, expected) => {
    expect(told(history, last)).toEqual(expected);
  });

  it('says of a deleted team what the owner would have made of it', () => {
    const { events } = given(waiting).when(remove(1));
    expect(events.flatMap(notificationsOf).map(({ status }) => status)).toEqual([
      'OWNER_CANCEL',
      'OWNER_CANCEL',
    ]);
  });

  it('gives each notification an id of its own, the same whenever it is made again', () => {
    const events = given(line)
      .when(enter(1))
      .events.map((event) => ({ event, bytes: encodeEvent(codec, event) }));
    const context = { commandId: 'c', correlationId: 'r', traceparent: null };
    const decided = { context, command: 'MarkEntered', issuedAt: noon, events, rejection: null };
    const origin = { topic: 'waiting.commands', partition: 3, offset: 17 };
    const made = notificationProjection(codec, 'decide').project(decided, origin);
    expect(made.map(({ headers }) => headers?.['ce_id'])).toEqual([
      'waiting.commands-3-17-0',
      'waiting.commands-3-17-1',
      'waiting.commands-3-17-2',
    ]);
    expect(made).toEqual(notificationProjection(codec, 'decide').project(decided, origin));
    const [first] = made;
    expect(first && expectRecord('Notification', codec.decode(first.value))).toMatchObject({
      template: 'ENTERED',
    });
  });
});
