import type { Actor, Call, CommandOf } from './command.ts';
import { type Decision, reject, type Rejection } from './decision.ts';
import { isOwn } from './permission.ts';
import { locate, type Queue } from './queue.ts';
import type { Rules } from './rulesVersion.ts';
import { finish, isActive, team, type Waiting } from './waiting.ts';

/**
 * Applies a rule to the waiting it is about; one that is unknown, deleted or long finished is refused here. To a customer
 * another's waiting is as unknown as one that never was, and so is a long finished one, whose it was being forgotten.
 */
export function onWaiting(
  queue: Queue,
  { waitingId, actor }: { readonly waitingId: number; readonly actor: Actor },
  rules: Rules,
  rule: (waiting: Waiting) => Decision,
): Decision {
  const located = locate(queue, waitingId);
  const userId = typeof located === 'string' ? null : located.userId;
  const knownTo = rules < 2 || isOwn(actor, userId);
  if (located === 'NEVER_ISSUED' || located === 'DELETED' || !knownTo) {
    return reject('WAITING_NOT_FOUND', `restaurant ${queue.restaurantId} has no waiting ${waitingId}`);
  }
  if (located === 'FORGOTTEN') return reject('INVALID_TRANSITION', `waiting ${waitingId} is finished`);
  return rule(located);
}

/** The refusal of a command that the state does not allow. */
export const notAllowed = (waiting: Waiting, action: string): Rejection =>
  reject('INVALID_TRANSITION', `waiting ${waiting.waitingId} is ${waiting.status} and cannot be ${action}`);

/** Which call the state makes due; null: none. */
function dueCall(waiting: Waiting): Call | null {
  switch (waiting.status) {
    case 'WAITING':
      return 'FIRST';
    case 'NO_ANSWER':
      return waiting.finishedAt === null ? 'FINAL' : null;
    case 'COMMING':
      return waiting.moveTimeOver ? 'FINAL' : null;
    case 'FIRST_CALLED':
    case 'FINAL_CALLED':
    case 'ARRIVED':
    case 'ENTERED':
    case 'CANCEL':
    case 'OWNER_CANCEL':
    case 'NO_ANSWER2':
      return null;
  }
}

/** CallWaiting: one command for both calls; a tablet that names another call than the due one shows a stale queue. */
export const callWaiting = (
  queue: Queue,
  command: CommandOf<'CallWaiting'>,
  at: number,
  rules: Rules,
): Decision =>
  onWaiting(queue, command, rules, (waiting) => {
    if (waiting.status === 'FIRST_CALLED' || waiting.status === 'FINAL_CALLED') {
      return reject('CALL_PENDING', `waiting ${waiting.waitingId} has been called and may still answer`);
    }
    const call = dueCall(waiting);
    if (call === null || queue.settings === null) return notAllowed(waiting, 'called');
    if (command.call !== null && command.call !== call) {
      return reject('INVALID_TRANSITION', `the call due to waiting ${waiting.waitingId} is ${call}`);
    }
    const { answerMinutes, minuteMillis } = queue.settings;
    return [
      {
        type: 'WaitingCalled',
        call,
        waiting: {
          ...team(waiting),
          status: call === 'FIRST' ? 'FIRST_CALLED' : 'FINAL_CALLED',
          calledAt: at,
          deadlineAt: at + answerMinutes * minuteMillis,
        },
      },
    ];
  });

/** AnswerCall: the customer is on the way and says for how many minutes. */
export const answerCall = (
  queue: Queue,
  command: CommandOf<'AnswerCall'>,
  at: number,
  rules: Rules,
): Decision =>
  onWaiting(queue, command, rules, (waiting) => {
    if (waiting.status === 'NO_ANSWER' || waiting.status === 'NO_ANSWER2') {
      return reject('CALL_LAPSED', `the call of waiting ${waiting.waitingId} was not answered in time`);
    }
    const { moveMinutes } = command;
    const limit = queue.settings?.maxMoveMinutes ?? 0;
    if (moveMinutes < 1 || moveMinutes > limit) {
      return reject('MOVE_TIME', `a move time of ${moveMinutes} minutes is outside 1 to ${limit}`);
    }
    if (queue.settings === null || (waiting.status !== 'FIRST_CALLED' && waiting.status !== 'FINAL_CALLED')) {
      return notAllowed(waiting, 'answered');
    }
    return [
      {
        type: 'CallAnswered',
        waiting: {
          ...team(waiting),
          status: 'COMMING',
          calledAt: waiting.calledAt,
          moveMinutes,
          deadlineAt: at + moveMinutes * queue.settings.minuteMillis,
          moveTimeOver: false,
        },
      },
    ];
  });

/** MarkArrived: a called customer is at the door, with or without having answered. */
export const markArrived = (queue: Queue, command: CommandOf<'MarkArrived'>, rules: Rules): Decision =>
  onWaiting(queue, command, rules, (waiting) => {
    switch (waiting.status) {
      case 'COMMING':
      case 'FIRST_CALLED':
      case 'FINAL_CALLED':
        return [
          {
            type: 'WaitingArrived',
            waiting: {
              ...team(waiting),
              status: 'ARRIVED',
              calledAt: waiting.calledAt,
              moveMinutes: waiting.status === 'COMMING' ? waiting.moveMinutes : null,
            },
          },
        ];
      case 'WAITING':
      case 'ARRIVED':
      case 'NO_ANSWER':
      case 'ENTERED':
      case 'CANCEL':
      case 'OWNER_CANCEL':
      case 'NO_ANSWER2':
        return notAllowed(waiting, 'marked as arrived');
    }
  });

/** MarkEntered: the owner seats a team that stands at the door, whatever the queue knew of it. */
export const markEntered = (
  queue: Queue,
  command: CommandOf<'MarkEntered'>,
  at: number,
  rules: Rules,
): Decision =>
  onWaiting(queue, command, rules, (waiting) =>
    isActive(waiting)
      ? [{ type: 'WaitingEntered', waiting: finish(waiting, 'ENTERED', at, null) }]
      : notAllowed(waiting, 'seated'),
  );
