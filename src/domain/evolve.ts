import { seatingsKept } from './estimate.ts';
import type { Event } from './event.ts';
import type { BusinessDay, Queue } from './queue.ts';
import type { Waiting } from './waiting.ts';

/** The queue after an event. Never refuses: what is in the log has happened. */
export function evolve(queue: Queue, event: Event): Queue {
  return { ...apply(queue, event), version: event.version, at: event.at };
}

function apply(queue: Queue, event: Event): Queue {
  switch (event.type) {
    case 'RestaurantConfigured':
      return { ...queue, settings: event.settings };
    case 'PairingsRevoked':
      return { ...queue, pairing: event.pairing };
    case 'BusinessDayOpened': {
      const { datesId, date, opensAt, closesAt } = event;
      const known = queue.days.find((day) => day.datesId === datesId);
      const day = {
        ...(known ?? { datesId, tickets: 0, seatings: [] }),
        date,
        opensAt,
        closesAt,
        closedAt: null,
      };
      return { ...queue, days: [...queue.days.filter((each) => each !== known), day] };
    }
    case 'BusinessDayClosed':
      return onDay(queue, event.datesId, (day) => ({ ...day, closedAt: event.at }));
    case 'WaitingRegistered': {
      const { waiting } = event;
      const numbered = onDay(queue, waiting.datesId, (day) => ({ ...day, tickets: waiting.ticketNo }));
      return {
        ...numbered,
        lastWaiting: queue.lastWaiting + 1,
        waitings: [...queue.waitings, waiting],
      };
    }
    case 'WaitingEntered': {
      const { waiting } = event;
      const seated = replace(queue, waiting);
      // Teams seated because the day closed say nothing about its pace.
      if (waiting.reason !== null) return seated;
      return onDay(seated, waiting.datesId, (day) => ({
        ...day,
        seatings: [...day.seatings, event.at].slice(-seatingsKept),
      }));
    }
    case 'WaitingCalled':
    case 'CallAnswered':
    case 'WaitingArrived':
    case 'WaitingCancelled':
    case 'CallLapsed':
    case 'MoveTimeLapsed':
    case 'TurnNear':
    case 'NoAnswerDismissed':
      return replace(queue, event.waiting);
    case 'DeadlineExtended':
      return { ...replace(queue, event.waiting), excusedUntil: event.excusedUntil };
    case 'WaitingDeleted': {
      const { waitingId } = event;
      return {
        ...queue,
        waitings: queue.waitings.filter((waiting) => waiting.waitingId !== waitingId),
        deletedWaitings: [...queue.deletedWaitings, { id: waitingId, at: event.at }],
      };
    }
    case 'AllWaitingsDeleted': {
      const through = event.throughWaitingId;
      return {
        ...queue,
        waitings: queue.waitings.filter((waiting) => waiting.waitingId > through),
        deletedWaitings: queue.deletedWaitings.filter((mark) => mark.id > through),
        waitingsDeletedThrough: through,
      };
    }
    case 'NoShowRegistered':
      return { ...queue, lastNoShow: queue.lastNoShow + 1, noShows: [...queue.noShows, event.noShow] };
    case 'NoShowDeleted': {
      const { noShowId } = event;
      return {
        ...queue,
        noShows: queue.noShows.filter((noShow) => noShow.noShowId !== noShowId),
        deletedNoShows: [...queue.deletedNoShows, { id: noShowId, at: event.at }],
      };
    }
    case 'AllNoShowsDeleted': {
      const through = event.throughNoShowId;
      return {
        ...queue,
        noShows: queue.noShows.filter((noShow) => noShow.noShowId > through),
        deletedNoShows: queue.deletedNoShows.filter((mark) => mark.id > through),
        noShowsDeletedThrough: through,
      };
    }
  }
}

const replace = (queue: Queue, waiting: Waiting): Queue => ({
  ...queue,
  waitings: queue.waitings.map((each) => (each.waitingId === waiting.waitingId ? waiting : each)),
});

const onDay = (queue: Queue, datesId: number, change: (day: BusinessDay) => BusinessDay): Queue => ({
  ...queue,
  days: queue.days.map((day) => (day.datesId === datesId ? change(day) : day)),
});
