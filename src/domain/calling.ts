import type { Call, CommandOf } from './command.ts';
import { reject, type Decision } from './decision.ts';
import type { Queue } from './queue.ts';
import { notAllowed, onWaiting } from './transition.ts';
import { team, type Waiting } from './waiting.ts';

/** Which call the state makes due; null: none. */
export function dueCall(waiting: Waiting): Call | null {
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
export const callWaiting = (queue: Queue, command: CommandOf<'CallWaiting'>, at: number): Decision =>
  onWaiting(queue, command.waitingId, (waiting) => {
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
export const answerCall = (queue: Queue, command: CommandOf<'AnswerCall'>, at: number): Decision =>
  onWaiting(queue, command.waitingId, (waiting) => {
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
