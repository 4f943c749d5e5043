import { closesItselfAt } from './businessDay.ts';
import type { CommandBody, CommandOf } from './command.ts';
import { type Decision, nothing } from './decision.ts';
import { noShowRegistered } from './noShows.ts';
import { locate, maxIds, type Queue } from './queue.ts';
import { type Called, finish, team } from './waiting.ts';

/** Why a no-show was put on record by the queue itself. */
const noAnswer = 'NO_ANSWER';

/** A deadline that runs, with the command that lets it pass. */
export interface Deadline {
  readonly deadline: number;
  /** When it began to run: a customer has from then until the deadline. */
  readonly since: number;
  readonly command: Extract<CommandBody, { type: 'ExpireTimer' | 'CloseBusinessDay' }>;
}

/** ExpireTimer: lets a deadline pass if that very deadline is still pending and reached; else changes nothing. */
export function expireTimer(queue: Queue, command: CommandOf<'ExpireTimer'>, at: number): Decision {
  const waiting = locate(queue, command.waitingId);
  if (typeof waiting === 'string' || at < command.deadline) return nothing;
  const due = 'deadlineAt' in waiting && waiting.deadlineAt === command.deadline;
  if (!due) return nothing;
  if (waiting.status !== 'COMMING') return command.kind === 'ANSWER' ? lapse(queue, waiting, at) : nothing;
  return command.kind === 'MOVE' && !waiting.moveTimeOver
    ? [{ type: 'MoveTimeLapsed', waiting: { ...waiting, moveTimeOver: true } }]
    : nothing;
}

/** The first unanswered call of a team, of either kind, makes NO_ANSWER; the second a no-show. */
function lapse(queue: Queue, waiting: Called, at: number): Decision {
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
  return [{ type: 'CallLapsed', waiting: lapsed }, ...(queue.lastNoShow < maxIds ? [record] : [])];
}

/** Every deadline of the queue that still runs. */
export function pendingDeadlines(queue: Queue): Deadline[] {
  const pending: Deadline[] = [];
  for (const waiting of queue.waitings) {
    const { waitingId } = waiting;
    if (waiting.status === 'FIRST_CALLED' || waiting.status === 'FINAL_CALLED') {
      const deadline = waiting.deadlineAt;
      const command = { type: 'ExpireTimer', waitingId, kind: 'ANSWER', deadline } as const;
      pending.push({ deadline, since: waiting.calledAt, command });
    } else if (waiting.status === 'COMMING' && !waiting.moveTimeOver && queue.settings !== null) {
      const deadline = waiting.deadlineAt;
      const since = deadline - waiting.moveMinutes * queue.settings.minuteMillis;
      pending.push({ deadline, since, command: { type: 'ExpireTimer', waitingId, kind: 'MOVE', deadline } });
    }
  }
  for (const day of queue.days) {
    if (day.closedAt !== null) continue;
    const deadline = closesItselfAt(day);
    const command = { type: 'CloseBusinessDay', datesId: day.datesId, dueAt: deadline } as const;
    pending.push({ deadline, since: deadline, command });
  }
  return pending;
}
