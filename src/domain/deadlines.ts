import { closesItselfAt } from './businessDay.ts';
import type { CommandBody, CommandOf } from './command.ts';
import { type Decision, nothing } from './decision.ts';
import { noShowRegistered } from './noShows.ts';
import type { Happening } from './event.ts';
import { locate, maxIds, type Queue } from './queue.ts';
import type { Rules } from './rulesVersion.ts';
import { type Called, finish, team, type Waiting } from './waiting.ts';

/** Why a no-show was put on record by the queue itself. */
const noAnswer = 'NO_ANSWER';

/** A deadline that runs, with the command that lets it pass. */
export interface Deadline {
  readonly deadline: number;
  /** When it began to run: a customer has from then until the deadline. null: it is nobody's time, such as a closing. */
  readonly since: number | null;
  readonly command: Extract<CommandBody, { type: 'ExpireTimer' | 'CloseBusinessDay' }>;
}

/**
 * ExpireTimer: lets a deadline pass if that very deadline is still pending and reached, and the command did not come
 * later than its sender vouches for; else changes nothing.
 */
export function expireTimer(
  queue: Queue,
  command: CommandOf<'ExpireTimer'>,
  at: number,
  rules: Rules,
): Decision {
  const waiting = locate(queue, command.waitingId);
  if (typeof waiting === 'string' || at < command.deadline) return nothing;
  if (rules >= 4 && command.validUntil !== null && at > command.validUntil) return nothing;
  const due = 'deadlineAt' in waiting && waiting.deadlineAt === command.deadline;
  if (!due) return nothing;
  if (waiting.status !== 'COMMING')
    return command.kind === 'ANSWER' ? lapse(queue, waiting, at, rules) : nothing;
  return command.kind === 'MOVE' && !waiting.moveTimeOver
    ? [{ type: 'MoveTimeLapsed', waiting: { ...waiting, moveTimeOver: true } }]
    : nothing;
}

/** The first unanswered call of a team, of either kind, makes NO_ANSWER; the second a no-show. */
function lapse(queue: Queue, waiting: Called, at: number, rules: Rules): Decision {
  const unanswered = waiting.unanswered + 1;
  if (unanswered === 1) {
    const { calledAt } = waiting;
    const lapsed = { ...team(waiting), unanswered, status: 'NO_ANSWER', calledAt, finishedAt: null } as const;
    return [{ type: 'CallLapsed', waiting: lapsed }];
  }
  const { userId, waitingId, datesId } = waiting;
  const lapsed = { ...finish(waiting, 'NO_ANSWER2', at, null), unanswered };
  const record = noShowRegistered(queue, at, { userId, waitingId, datesId, reason: noAnswer });
  // Without an id left for the record the team leaves all the same: a deadline can't be refused.
  const recorded = rules < 3 || queue.lastNoShow < maxIds;
  return [{ type: 'CallLapsed', waiting: lapsed }, ...(recorded ? [record] : [])];
}

/** Who lost less than this to a stall is not told of it, and gets no more time. */
const leastLostMillis = 4_000;

/**
 * ExcuseStall: a customer's deadline grows by the part of the stall in which it ran. Neither a repeat, nor an overlap,
 * nor a forged stretch adds more than the time that has really passed.
 */
export function excuseStall(queue: Queue, command: CommandOf<'ExcuseStall'>, at: number): Decision {
  const stall = { from: Math.max(command.from, queue.excusedUntil), until: Math.min(command.until, at) };
  return queue.waitings.flatMap((waiting): Happening[] => {
    const since = runningSince(queue, waiting);
    const lost = since === null ? 0 : overlap(stall, since);
    if (lost < leastLostMillis || !('deadlineAt' in waiting)) return [];
    const extended = { ...waiting, deadlineAt: waiting.deadlineAt + lost };
    return [{ type: 'DeadlineExtended', waiting: extended, excusedUntil: stall.until }];
  });
}

/** How much of a stall came after an instant (ms). */
export const overlap = (
  { from, until }: { readonly from: number; readonly until: number },
  since: number,
): number => Math.max(0, until - Math.max(from, since));

/** When the deadline of a waiting began to run; null: none runs. After an extension: at most what was excused by then. */
function runningSince({ settings }: Queue, waiting: Waiting): number | null {
  if (waiting.status === 'FIRST_CALLED' || waiting.status === 'FINAL_CALLED') return waiting.calledAt;
  if (waiting.status !== 'COMMING' || waiting.moveTimeOver || settings === null) return null;
  return waiting.deadlineAt - waiting.moveMinutes * settings.minuteMillis;
}

/** Every deadline of the queue that still runs. */
export function pendingDeadlines(queue: Queue): Deadline[] {
  const pending: Deadline[] = [];
  for (const waiting of queue.waitings) {
    const since = runningSince(queue, waiting);
    if (since === null || !('deadlineAt' in waiting)) continue;
    const { waitingId, deadlineAt: deadline } = waiting;
    const kind = waiting.status === 'COMMING' ? 'MOVE' : 'ANSWER';
    const command = { type: 'ExpireTimer', waitingId, kind, deadline, validUntil: null } as const;
    pending.push({ deadline, since, command });
  }
  for (const day of queue.days) {
    if (day.closedAt !== null) continue;
    const deadline = closesItselfAt(day);
    const command = { type: 'CloseBusinessDay', datesId: day.datesId, dueAt: deadline } as const;
    pending.push({ deadline, since: null, command });
  }
  return pending;
}
