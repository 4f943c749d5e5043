import { reject, type Decision, type Rejection } from './decision.ts';
import { locate, type Queue } from './queue.ts';
import type { Waiting } from './waiting.ts';

/** Applies a rule to the waiting it is about; one that is unknown, deleted or long finished is refused here. */
export function onWaiting(queue: Queue, waitingId: number, rule: (waiting: Waiting) => Decision): Decision {
  const located = locate(queue, waitingId);
  if (typeof located !== 'string') return rule(located);
  switch (located) {
    case 'NEVER_ISSUED':
    case 'DELETED':
      return reject('WAITING_NOT_FOUND', `restaurant ${queue.restaurantId} has no waiting ${waitingId}`);
    case 'FORGOTTEN':
      return reject('INVALID_TRANSITION', `waiting ${waitingId} is finished`);
  }
}

/** The refusal of a command that the state does not allow. */
export const notAllowed = (waiting: Waiting, action: string): Rejection =>
  reject('INVALID_TRANSITION', `waiting ${waiting.waitingId} is ${waiting.status} and cannot be ${action}`);
