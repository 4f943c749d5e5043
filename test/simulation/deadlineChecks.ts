/**
 * I4: a deadline passes at most once, never early, soon when all is well, and only after a customer has had the whole of
 * the time: held against when the outside could know, and against when somebody outside was answered.
 */
import type { Event } from '../../src/domain/event.ts';
import { earliestOf, mostGrowth } from '../wholeTime.ts';
import type { Stretch } from './prober.ts';
import type { Report } from './watch.ts';

/** An event, and when readers could first see it (virtual ms). */
export interface Told {
  readonly event: Event;
  readonly visibleAt: number;
}

/** How late a deadline may pass while all is well. */
const promptMillis = 2_000;
/** What a team waits for. */
interface Pending {
  readonly what: string;
  /** When it began, and when it could be known. */
  readonly since: number;
  readonly toldAt: number;
  /** The time that the customer was given. */
  readonly whole: number;
  readonly deadline: number;
}

/** Of one partition, events in log order. `quiet`: nothing went wrong. */
export function checkDeadlines(
  told: readonly Told[],
  stretches: readonly Stretch[],
  quiet: boolean,
  report: Report,
): void {
  const pending = new Map<number, Pending>();
  for (const { event, visibleAt } of told) {
    if (!('waiting' in event)) continue;
    const { waitingId } = event.waiting;
    const due = pending.get(waitingId);
    const what = `the deadline of ${waitingId} (${event.type})`;
    switch (event.type) {
      case 'WaitingCalled':
      case 'CallAnswered': {
        const { deadlineAt: deadline } = event.waiting;
        const whole = deadline - event.at;
        pending.set(waitingId, { what, since: event.at, toldAt: visibleAt, whole, deadline });
        break;
      }
      case 'DeadlineExtended': {
        const { deadlineAt: deadline } = event.waiting;
        if (quiet) report('I4', `${what} moved, and nothing had gone wrong`);
        if (!due) report('I4', `${what} moved, and was not running`);
        else pending.set(waitingId, { ...due, deadline });
        if (due) {
          const more = deadline - due.since - due.whole;
          const most = mostGrowth(stretches, due.since, event.at);
          if (more > most) report('I4', `${what} grew by ${more} ms in all, and ${most} at most were lost`);
        }
        break;
      }
      case 'CallLapsed':
      case 'MoveTimeLapsed':
        if (!due) report('I4', `${what} passed twice, or never ran`);
        else {
          const earliest = earliestOf(due, stretches, event.at);
          if (event.at < due.deadline) report('I4', `${what} passed ${due.deadline - event.at} ms early`);
          else if (event.at < earliest)
            report('I4', `${what} passed ${earliest - event.at} ms before the customer had all of his time`);
          else if (quiet && event.at > due.deadline + promptMillis)
            report('I4', `${what} passed ${event.at - due.deadline} ms late`);
        }
        pending.delete(waitingId);
        break;
      case 'TurnNear':
        break;
      case 'WaitingRegistered':
      case 'WaitingArrived':
      case 'WaitingEntered':
      case 'WaitingCancelled':
      case 'NoAnswerDismissed':
        pending.delete(waitingId);
    }
  }
}
