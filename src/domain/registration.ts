import type { CommandOf } from './command.ts';
import { estimatedWaitMinutes } from './estimate.ts';
import { type Decision, reject } from './decision.ts';
import { dayOf, idOf, isOpenAt, line, type Queue } from './queue.ts';
import type { Rules } from './rulesVersion.ts';
import { isActive, type Registered } from './waiting.ts';

/** From this position on a customer is told that the turn is near. */
export const nearPosition = 3;

/** RegisterWaiting: a team takes a number. The order of the checks is the order in which a refusal is told. */
export function registerWaiting(
  queue: Queue,
  command: CommandOf<'RegisterWaiting'>,
  at: number,
  rules: Rules,
): Decision {
  const { restaurantId, datesId, userId, userCount } = command;
  const { settings } = queue;
  if (settings === null) {
    return reject('RESTAURANT_NOT_FOUND', `restaurant ${restaurantId} is not configured`);
  }
  const day = dayOf(queue, datesId);
  if (!day) return reject('DATES_NOT_FOUND', `restaurant ${restaurantId} has no business day ${datesId}`);
  if (!isOpenAt(day, at)) {
    return reject('OUTSIDE_BUSINESS_HOURS', `business day ${datesId} takes no teams at this time`);
  }
  const { minUserCount, maxUserCount, maxTeams } = settings;
  if (userCount < minUserCount || userCount > maxUserCount) {
    return reject('PARTY_SIZE', `a party of ${userCount} is outside ${minUserCount} to ${maxUserCount}`);
  }
  const active = queue.waitings.find((waiting) => waiting.userId === userId && isActive(waiting));
  if (active) {
    const who = rules < 2.2 ? `user ${userId}` : 'the user';
    return reject('ALREADY_WAITING', `${who} already waits here with waiting ${active.waitingId}`);
  }
  const teams = line(queue).length;
  if (teams >= maxTeams) return reject('QUEUE_FULL', `all ${maxTeams} places of the queue are taken`);

  const position = teams + 1;
  const waiting: Registered = {
    status: 'WAITING',
    waitingId: idOf(restaurantId, queue.lastWaiting + 1),
    datesId,
    ticketNo: day.tickets + 1,
    userId,
    userCount,
    createdAt: at,
    unanswered: 0,
    soonTold: position <= nearPosition,
  };
  const joined = { ...queue, waitings: [...queue.waitings, waiting] };
  return [
    {
      type: 'WaitingRegistered',
      waiting,
      position,
      estimatedWaitMinutes: estimatedWaitMinutes(joined, waiting),
    },
  ];
}
