import type { CommandOf } from './command.ts';
import { type Decision, nothing, reject } from './decision.ts';
import type { Happening } from './event.ts';
import { idOf, locate, type Queue, wasIssued } from './queue.ts';

/** A no-show of the next id, put on record. */
export const noShowRegistered = (
  queue: Queue,
  at: number,
  about: { userId: number; waitingId: number | null; datesId: number | null; reason: string | null },
): Happening => ({
  type: 'NoShowRegistered',
  noShow: {
    noShowId: idOf(queue.restaurantId, queue.lastNoShow + 1),
    userId: about.userId,
    waitingId: about.waitingId,
    datesId: about.datesId,
    reason: about.reason,
    createdAt: at,
  },
});

/** RegisterNoShow: by hand; the business day is taken from the waiting when it is still known. */
export function registerNoShow(queue: Queue, command: CommandOf<'RegisterNoShow'>, at: number): Decision {
  const { restaurantId, waitingId } = command;
  if (queue.settings === null) {
    return reject('RESTAURANT_NOT_FOUND', `restaurant ${restaurantId} is not configured`);
  }
  if (waitingId === null) return [noShowRegistered(queue, at, command)];
  const located = locate(queue, waitingId);
  if (located === 'NEVER_ISSUED') {
    return reject('WAITING_NOT_FOUND', `restaurant ${restaurantId} has no waiting ${waitingId}`);
  }
  const datesId = command.datesId ?? (typeof located === 'string' ? null : located.datesId);
  return [noShowRegistered(queue, at, { ...command, datesId })];
}

/** DeleteNoShow: asking again is accepted and changes nothing. */
export function deleteNoShow(queue: Queue, command: CommandOf<'DeleteNoShow'>): Decision {
  const { noShowId } = command;
  if (!wasIssued(queue.restaurantId, queue.lastNoShow, noShowId)) {
    return reject('NO_SHOW_NOT_FOUND', `restaurant ${queue.restaurantId} has no no-show ${noShowId}`);
  }
  const gone =
    noShowId <= queue.noShowsDeletedThrough || queue.deletedNoShows.some((mark) => mark.id === noShowId);
  return gone ? nothing : [{ type: 'NoShowDeleted', noShowId }];
}

/** DeleteAllNoShows: every no-show registered so far. */
export function deleteAllNoShows(queue: Queue, command: CommandOf<'DeleteAllNoShows'>): Decision {
  if (queue.settings === null) {
    return reject('RESTAURANT_NOT_FOUND', `restaurant ${command.restaurantId} is not configured`);
  }
  const throughNoShowId = idOf(queue.restaurantId, queue.lastNoShow);
  if (queue.lastNoShow === 0 || queue.noShowsDeletedThrough === throughNoShowId) return nothing;
  return [{ type: 'AllNoShowsDeleted', throughNoShowId }];
}
