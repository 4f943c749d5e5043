/** Small logs made by hand, by deciding commands one after the other: test support for the checks. */
import type { Command, CommandBody } from '../../src/domain/command.ts';
import { senderOf } from '../domain/senders.ts';
import { originOf } from './checkOutcomes.ts';
import type { LoggedCommand, LoggedEvent, LoggedNotification } from './evidence.ts';
import { replayLog } from './replay.ts';

/** The first moment of the log (ms). */
export const beginning = 1_800_000_000_000;
export const restaurantId = 7;
export const waitingId = (n: number): number => restaurantId * 10_000_000 + n;

/** A command id for each number. */
export const commandId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A minute of the restaurant takes 100 ms: a call may be answered for 2 s, a move take 1 s. */
const settings = {
  name: 'Noodles',
  timeZone: 'Asia/Seoul',
  maxTeams: 20,
  minUserCount: 1,
  maxUserCount: 20,
  answerMinutes: 20,
  maxMoveMinutes: 15,
  minutesPerTeam: 3,
  minuteMillis: 100,
};

export const opening: readonly CommandBody[] = [
  { type: 'ConfigureRestaurant', settings },
  {
    type: 'OpenBusinessDay',
    datesId: 1,
    date: '2027-01-15',
    opensAt: beginning - 1_000,
    closesAt: beginning + 1e8,
  },
];

export const register = (userId: number): CommandBody => ({
  type: 'RegisterWaiting',
  datesId: 1,
  userId,
  userCount: 2,
});
export const call = (n: number): CommandBody => ({
  type: 'CallWaiting',
  waitingId: waitingId(n),
  call: null,
});
export const answerCall = (n: number): CommandBody => ({
  type: 'AnswerCall',
  waitingId: waitingId(n),
  moveMinutes: 10,
});

/** The commands, a millisecond apart, each with a request of its own. */
export const logOf = (...bodies: readonly CommandBody[]): LoggedCommand[] =>
  bodies.map((body, offset) => logged(offset, body));

export function logged(offset: number, body: CommandBody, more: Partial<LoggedCommand> = {}): LoggedCommand {
  const command: Command = {
    commandId: commandId(offset),
    restaurantId,
    actor: senderOf(body),
    issuedAt: 0,
    ...body,
  };
  return {
    partition: 0,
    offset,
    appendedAt: beginning + offset,
    command,
    correlationId: `request ${offset}`,
    ...more,
  };
}

/** What a worker would tell of the commands, each at its own time. */
export const eventsOf = (commands: readonly LoggedCommand[]): LoggedEvent[] =>
  replayLog(commands).steps.flatMap(({ place, commandId: causationId, told }) =>
    told.map((event, n) => ({ partition: 0, id: `${place}-${n}`, causationId, toldAt: event.at, event })),
  );

/** A notification as it stands on its topic. */
export function notified(
  { id, event }: LoggedEvent,
  n: number,
  recipient: 'CUSTOMER' | 'OWNER',
  template: string,
): LoggedNotification {
  if (!('waiting' in event)) throw new Error(`${event.type} is about no waiting`);
  const { waitingId: of, ticketNo, userCount, status, userId } = event.waiting;
  return {
    id: `${originOf({ id })}-${n}`,
    notification: {
      restaurantId,
      version: event.version,
      at: event.at,
      recipient,
      recipientId: String(recipient === 'OWNER' ? restaurantId : userId),
      template,
      waitingId: of,
      ticketNo,
      userCount,
      status,
      position: null,
      estimatedWaitMinutes: null,
      deadlineAt: null,
      moveMinutes: null,
      reason: null,
    },
  };
}
