import type { CommandOf } from './command.ts';
import { type Decision, nothing, reject } from './decision.ts';
import type { Happening } from './event.ts';
import { idOf, locate, type Queue } from './queue.ts';
import type { Rules } from './rulesVersion.ts';
import { notAllowed, onWaiting } from './transition.ts';
import { finish, isActive } from './waiting.ts';

/** CancelWaiting: who asks decides how it ends. */
export const cancelWaiting = (
  queue: Queue,
  command: CommandOf<'CancelWaiting'>,
  at: number,
  rules: Rules,
): Decision =>
  onWaiting(queue, command, rules, (waiting) => {
    if (!isActive(waiting)) return notAllowed(waiting, 'cancelled');
    const status = command.actor.role === 'CUSTOMER' ? 'CANCEL' : 'OWNER_CANCEL';
    return [{ type: 'WaitingCancelled', waiting: finish(waiting, status, at, command.reason) }];
  });

/** DeleteWaiting: out of the queue and of every list; asking again is accepted and changes nothing. */
export function deleteWaiting(queue: Queue, command: CommandOf<'DeleteWaiting'>): Decision {
  const { waitingId } = command;
  const located = locate(queue, waitingId);
  if (typeof located !== 'string') {
    return [{ type: 'WaitingDeleted', waitingId, live: isActive(located) ? located : null }];
  }
  switch (located) {
    case 'NEVER_ISSUED':
      return reject('WAITING_NOT_FOUND', `restaurant ${queue.restaurantId} has no waiting ${waitingId}`);
    case 'DELETED':
      return nothing;
    case 'FORGOTTEN':
      return [{ type: 'WaitingDeleted', waitingId, live: null }];
  }
}

/** DeleteAllWaitings: every waiting registered so far; each team still in the queue is told by an event of its own. */
export function deleteAllWaitings(queue: Queue, command: CommandOf<'DeleteAllWaitings'>): Decision {
  if (queue.settings === null) {
    return reject('RESTAURANT_NOT_FOUND', `restaurant ${command.restaurantId} is not configured`);
  }
  const throughWaitingId = idOf(queue.restaurantId, queue.lastWaiting);
  if (queue.lastWaiting === 0 || queue.waitingsDeletedThrough === throughWaitingId) return nothing;
  const told = queue.waitings
    .filter(isActive)
    .map((live): Happening => ({ type: 'WaitingDeleted', waitingId: live.waitingId, live }));
  return [...told, { type: 'AllWaitingsDeleted', throughWaitingId }];
}
