import type { Event } from '../domain/event.ts';
import { restaurantOf } from '../domain/queue.ts';
import type { PlaceHolder, NoAnswer, Waiting } from '../domain/waiting.ts';
import type { Codec } from '../schemas/codec.ts';
import type { Records } from '../schemas/generated/records.ts';
import type { Origin, Projected, ProjectionNode } from '../topology/graph.ts';
import { outputHeaders, type Decided } from './decided.ts';

/** What a side is told; whoever delivers it has a text for each. */
type Template =
  | 'REGISTERED'
  | 'TURN_NEAR'
  | 'FIRST_CALL'
  | 'FINAL_CALL'
  | 'ANSWERED'
  | 'ARRIVED'
  | 'ENTERED'
  | 'CANCELLED'
  | 'NO_ANSWER'
  | 'NO_SHOW'
  | 'MOVE_TIME_OVER'
  | 'DEADLINE_EXTENDED';

export type Notification = Records['Notification'];
/** Variables of a template; the others are null. */
type Variables = Partial<
  Pick<Notification, 'position' | 'estimatedWaitMinutes' | 'deadlineAt' | 'moveMinutes' | 'reason'>
>;

/** One notification a side and transition, for whoever delivers them: push, messages, screens. Never a phone number. */
export const notificationProjection = (codec: Codec, parent: string): ProjectionNode => ({
  kind: 'projection',
  about: 'What customers and owners are told.',
  parents: [parent],
  project: ({ context, events }: Decided, origin: Origin): Projected[] =>
    events
      .flatMap(({ event }) => notificationsOf(event))
      .map((notification, n) => ({
        key: String(notification.restaurantId),
        value: codec.encode('Notification', notification),
        headers: outputHeaders(context, origin, {
          type: 'waiting.notifications.Notification',
          source: '/waiting/queue/notifications',
          n,
          at: notification.at,
        }),
      })),
});

/** Who is told what of an event; nobody of what is no transition of a team. */
export function notificationsOf(event: Event): Notification[] {
  switch (event.type) {
    case 'WaitingRegistered': {
      const { position, estimatedWaitMinutes } = event;
      return both(event, event.waiting, 'REGISTERED', {}, { position, estimatedWaitMinutes });
    }
    case 'TurnNear':
      return [customer(event, event.waiting, 'TURN_NEAR', { position: event.position })];
    case 'WaitingCalled': {
      const template = event.call === 'FIRST' ? 'FIRST_CALL' : 'FINAL_CALL';
      return both(event, event.waiting, template, {}, { deadlineAt: event.waiting.deadlineAt });
    }
    case 'CallAnswered':
      return both(event, event.waiting, 'ANSWERED', { moveMinutes: event.waiting.moveMinutes });
    case 'WaitingArrived':
      return both(event, event.waiting, 'ARRIVED');
    case 'WaitingEntered':
      return both(event, event.waiting, 'ENTERED', { reason: event.waiting.reason });
    case 'WaitingCancelled':
      return both(event, event.waiting, 'CANCELLED', { reason: event.waiting.reason });
    case 'CallLapsed':
      return both(event, event.waiting, event.waiting.status === 'NO_ANSWER' ? 'NO_ANSWER' : 'NO_SHOW');
    case 'MoveTimeLapsed':
      return both(event, event.waiting, 'MOVE_TIME_OVER', { moveMinutes: event.waiting.moveMinutes });
    case 'DeadlineExtended':
      return both(event, event.waiting, 'DEADLINE_EXTENDED', { deadlineAt: event.waiting.deadlineAt });
    case 'WaitingDeleted':
      return event.live === null ? [] : deleted(event, event.live);
    case 'NoAnswerDismissed':
    case 'RestaurantConfigured':
    case 'PairingsRevoked':
    case 'BusinessDayOpened':
    case 'BusinessDayClosed':
    case 'AllWaitingsDeleted':
    case 'NoShowRegistered':
    case 'NoShowDeleted':
    case 'AllNoShowsDeleted':
      return [];
  }
}

/** A team that is deleted while it waits is told as if the owner had cancelled. */
const deleted = (event: Event, live: PlaceHolder | NoAnswer): Notification[] =>
  both(event, live, 'CANCELLED', { reason: 'DELETED' }).map((each) => ({ ...each, status: 'OWNER_CANCEL' }));

const both = (
  event: Event,
  waiting: Waiting,
  template: Template,
  shared: Variables = {},
  customers: Variables = {},
): Notification[] => [
  customer(event, waiting, template, { ...shared, ...customers }),
  {
    ...about(event, waiting, template, shared),
    recipient: 'OWNER',
    recipientId: String(restaurantOf(waiting.waitingId)),
  },
];

const customer = (
  event: Event,
  waiting: Waiting,
  template: Template,
  variables: Variables,
): Notification => ({
  ...about(event, waiting, template, variables),
  recipient: 'CUSTOMER',
  recipientId: String(waiting.userId),
});

const about = (event: Event, waiting: Waiting, template: Template, variables: Variables) => ({
  restaurantId: event.restaurantId,
  version: event.version,
  at: event.at,
  template,
  waitingId: waiting.waitingId,
  ticketNo: waiting.ticketNo,
  userCount: waiting.userCount,
  status: waiting.status,
  position: null,
  estimatedWaitMinutes: null,
  deadlineAt: null,
  moveMinutes: null,
  reason: null,
  ...variables,
});
