/** What a stream is about: what it shows of its queue, and what of the notifications is for those who look at it. */
import { locate, type Queue } from '../domain/queue.ts';
import { isActive } from '../domain/waiting.ts';
import type { Notification } from '../processors/notifications.ts';
import { isOwn, type Principal } from './access/principal.ts';
import { type Problem, restaurantNotFound, waitingNotFound } from './problems.ts';
import { waitingJson, zoneOf } from './shapes.ts';
import { queueText, showWaiting } from './shown.ts';
import { queueOf } from './waitingWrites.ts';

/** What a stream shows of its queue, as JSON. `over`: nothing will follow. */
interface Shown {
  readonly event: 'change' | 'deleted';
  readonly json: string;
  readonly over: boolean;
}

export interface Subject {
  readonly kind: 'waiting' | 'restaurant';
  readonly restaurantId: number;
  /** Of the route that streams it. */
  readonly operationId: string;
  /** Whether it may be shown to whoever was let in. */
  readonly isFor: (who: Principal, queue: Queue) => boolean;
  /** null: over for so long that the queue has let go of it. */
  readonly show: (queue: Queue) => Shown | null;
  /** Of a notification of this queue. */
  readonly isTold: (notification: Notification) => boolean;
  readonly notFound: () => Problem;
}

/** A customer's. */
export const waiting = (waitingId: number): Subject => ({
  kind: 'waiting',
  operationId: 'streamWaiting',
  restaurantId: queueOf(waitingId),
  notFound: () => waitingNotFound(waitingId),
  isFor: (who, queue) => {
    const located = locate(queue, waitingId);
    return typeof located === 'string' || isOwn(who, located);
  },
  isTold: (notification) => notification.recipient === 'CUSTOMER' && notification.waitingId === waitingId,
  show: (queue) => {
    const located = locate(queue, waitingId);
    if (typeof located !== 'string') {
      const view = showWaiting(queue, located);
      const teamsAhead = view.position === null ? null : view.position - 1;
      const json = JSON.stringify({ ...waitingJson(view, zoneOf(queue)), teamsAhead });
      return { event: 'change', json, over: !isActive(located) };
    }
    switch (located) {
      case 'NEVER_ISSUED':
      case 'DELETED':
        return { event: 'deleted', json: JSON.stringify({ waitingId }), over: true };
      case 'FORGOTTEN':
        return null;
    }
  },
});

/** An owner's. */
export const restaurant = (restaurantId: number): Subject => ({
  kind: 'restaurant',
  operationId: 'streamQueue',
  restaurantId,
  notFound: () => restaurantNotFound(restaurantId),
  isFor: () => true,
  isTold: ({ recipient }) => recipient === 'OWNER',
  show: (queue) => {
    const json = queueText(queue);
    if (json === null) return { event: 'deleted', json: JSON.stringify({ restaurantId }), over: true };
    return { event: 'change', json, over: false };
  },
});
