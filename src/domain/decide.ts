import { closeBusinessDay, configureRestaurant, openBusinessDay } from './businessDay.ts';
import { withinBounds } from './bounds.ts';
import { cancelWaiting, deleteAllWaitings, deleteWaiting } from './cancellation.ts';
import type { Command } from './command.ts';
import { excuseStall, expireTimer } from './deadlines.ts';
import { type Decision, isRejection, type Rejection } from './decision.ts';
import type { Event, Happening } from './event.ts';
import { evolve } from './evolve.ts';
import { deleteAllNoShows, deleteNoShow, registerNoShow } from './noShows.ts';
import { revokePairings } from './pairings.ts';
import { forbidden } from './permission.ts';
import { line, type Queue } from './queue.ts';
import type { Rules } from './rulesVersion.ts';
import { nearPosition, registerWaiting } from './registration.ts';
import { answerCall, callWaiting, markArrived, markEntered } from './transition.ts';

/**
 * What a command does to a queue: the events it causes, or why it is refused.
 * Pure: `at` is the command's log time, nothing here reads a clock or the environment.
 */
export function decide(
  queue: Queue,
  command: Command,
  at: number,
  rules: Rules,
): readonly Event[] | Rejection {
  const decision =
    forbidden(command, rules) ?? withinBounds(queue, command.type, rule(queue, command, at, rules), rules);
  if (isRejection(decision)) return decision;
  const events = stamp(queue, decision, at);
  const after = events.reduce(evolve, queue);
  return [...events, ...stamp(after, turnsNear(after), at)];
}

function rule(queue: Queue, command: Command, at: number, rules: Rules): Decision {
  switch (command.type) {
    case 'ConfigureRestaurant':
      return configureRestaurant(queue, command);
    case 'RevokePairings':
      return revokePairings(queue);
    case 'OpenBusinessDay':
      return openBusinessDay(queue, command, at);
    case 'CloseBusinessDay':
      return closeBusinessDay(queue, command, at);
    case 'RegisterWaiting':
      return registerWaiting(queue, command, at, rules);
    case 'CallWaiting':
      return callWaiting(queue, command, at, rules);
    case 'AnswerCall':
      return answerCall(queue, command, at, rules);
    case 'MarkArrived':
      return markArrived(queue, command, rules);
    case 'MarkEntered':
      return markEntered(queue, command, at, rules);
    case 'CancelWaiting':
      return cancelWaiting(queue, command, at, rules);
    case 'DeleteWaiting':
      return deleteWaiting(queue, command);
    case 'DeleteAllWaitings':
      return deleteAllWaitings(queue, command);
    case 'RegisterNoShow':
      return registerNoShow(queue, command, at);
    case 'DeleteNoShow':
      return deleteNoShow(queue, command);
    case 'DeleteAllNoShows':
      return deleteAllNoShows(queue, command);
    case 'ExpireTimer':
      return expireTimer(queue, command, at, rules);
    case 'ExcuseStall':
      return excuseStall(queue, command, at);
  }
}

/** Customers whose position got to 3 or less are told so, once. */
const turnsNear = (queue: Queue): Happening[] =>
  line(queue)
    .slice(0, nearPosition)
    .flatMap((waiting, index) =>
      waiting.status === 'WAITING' && !waiting.soonTold
        ? [{ type: 'TurnNear', waiting: { ...waiting, soonTold: true }, position: index + 1 }]
        : [],
    );

const stamp = (queue: Queue, happenings: readonly Happening[], at: number): Event[] =>
  happenings.map((happening, index) => ({
    ...happening,
    restaurantId: queue.restaurantId,
    version: queue.version + index + 1,
    at,
  }));
