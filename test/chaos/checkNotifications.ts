/** I3: every transition has exactly the events that the rules ask for, and one notification a side. */
import type { Event } from '../../src/domain/event.ts';
import { originOf } from './checkOutcomes.ts';
import { type LoggedEvent, type LoggedNotification, same, type Violation } from './evidence.ts';
import type { Replay } from './replay.ts';

/** Each record's id once, the events those of a replay. */
export function checkEvents(events: readonly LoggedEvent[], replay: Replay): Violation[] {
  const wrong = repeated(events.map(({ id }) => id)).map((id) => `event ${id} is there twice`);
  const toldOf = Map.groupBy(events, originOf);
  for (const { place, told: expected } of replay.steps) {
    const told = (toldOf.get(place) ?? []).map(({ event }) => event);
    if (!same(told, expected))
      wrong.push(`${place} told ${JSON.stringify(told)}; the rules say ${JSON.stringify(expected)}`);
  }
  return wrong;
}

export function checkNotifications(
  events: readonly LoggedEvent[],
  notifications: readonly LoggedNotification[],
): Violation[] {
  const wrong = repeated(notifications.map(({ id }) => id)).map((id) => `notification ${id} is there twice`);
  const expected = new Set<string>();
  for (const logged of events) {
    if (logged.event.type === 'CommandRejected') continue;
    for (const told of toldOf(logged.event)) expected.add(`${originOf(logged)}: ${told}`);
  }
  const left = new Set(expected);
  for (const logged of notifications) {
    const { notification: each } = logged;
    const told = `${originOf(logged)}: ${each.recipient} ${each.recipientId} ${each.template} of ${each.waitingId}, ${each.status}, version ${each.version}`;
    if (!left.delete(told)) wrong.push(`${expected.has(told) ? 'told twice' : 'told of nothing'}: ${told}`);
  }
  for (const told of left) wrong.push(`never told: ${told}`);
  return wrong;
}

/** What an event has to be told as, by the table of docs/domain.md. */
function toldOf(event: Event): string[] {
  const template = templateOf(event);
  const waiting = 'waiting' in event ? event.waiting : event.type === 'WaitingDeleted' ? event.live : null;
  if (template === null || waiting === null) return [];
  const status = event.type === 'WaitingDeleted' ? 'OWNER_CANCEL' : waiting.status;
  const what = `${template} of ${waiting.waitingId}, ${status}, version ${event.version}`;
  const customer = `CUSTOMER ${waiting.userId} ${what}`;
  return template === 'TURN_NEAR' ? [customer] : [customer, `OWNER ${event.restaurantId} ${what}`];
}

/** null: nobody is told. */
function templateOf(event: Event): string | null {
  switch (event.type) {
    case 'WaitingRegistered':
      return 'REGISTERED';
    case 'TurnNear':
      return 'TURN_NEAR';
    case 'WaitingCalled':
      return event.call === 'FIRST' ? 'FIRST_CALL' : 'FINAL_CALL';
    case 'CallAnswered':
      return 'ANSWERED';
    case 'WaitingArrived':
      return 'ARRIVED';
    case 'WaitingEntered':
      return 'ENTERED';
    case 'WaitingCancelled':
    case 'WaitingDeleted':
      return 'CANCELLED';
    case 'CallLapsed':
      return event.waiting.status === 'NO_ANSWER' ? 'NO_ANSWER' : 'NO_SHOW';
    case 'MoveTimeLapsed':
      return 'MOVE_TIME_OVER';
    case 'DeadlineExtended':
      return 'DEADLINE_EXTENDED';
    case 'NoAnswerDismissed':
    case 'RestaurantConfigured':
    case 'PairingsRevoked':
    case 'BusinessDayOpened':
    case 'BusinessDayClosed':
    case 'AllWaitingsDeleted':
    case 'NoShowRegistered':
    case 'NoShowDeleted':
    case 'AllNoShowsDeleted':
      return null;
  }
}

function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}
