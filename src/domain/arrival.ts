import type { CommandOf } from './command.ts';
import type { Decision } from './decision.ts';
import type { Queue } from './queue.ts';
import { notAllowed, onWaiting } from './transition.ts';
import { finish, isActive, team } from './waiting.ts';

/** MarkArrived: a called customer is at the door, with or without having answered. */
export const markArrived = (queue: Queue, command: CommandOf<'MarkArrived'>): Decision =>
  onWaiting(queue, command.waitingId, (waiting) => {
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
export const markEntered = (queue: Queue, command: CommandOf<'MarkEntered'>, at: number): Decision =>
  onWaiting(queue, command.waitingId, (waiting) =>
    isActive(waiting)
      ? [{ type: 'WaitingEntered', waiting: finish(waiting, 'ENTERED', at, null) }]
      : notAllowed(waiting, 'seated'),
  );
