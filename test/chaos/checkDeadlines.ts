/**
 * I4: a deadline passes at most once, never early, and within two seconds when the system is well. A call's deadline
 * is there from the call, a move time's from the answer; whatever happens to the waiting next settles it. One that was
 * told late runs in full from when it was told.
 */
import type { LoggedEvent, Violation, Window } from './evidence.ts';

/** How late a deadline may pass when all is well (ms). */
const lateMillis = 2_000;

interface Deadline {
  readonly what: string;
  /** When it began to run, and when it is over: log time, ms. */
  readonly since: number;
  readonly deadline: number;
  /** When it may pass at the latest, if all is well. */
  readonly latest: number;
}

/** `windows`: when the system was not well. `end`: when the log was read (ms). Events in log order. */
export function checkDeadlines(
  events: readonly LoggedEvent[],
  windows: readonly Window[],
  end: number,
): Violation[] {
  const wrong: Violation[] = [];
  const running = new Map<number, Deadline>();
  const well = (from: number, until: number): boolean =>
    windows.every((window) => until < window.from || from > window.until);

  /** It was told while all was well, and all was well when it had to pass. */
  const isOwed = ({ since, deadline, latest }: Deadline): boolean =>
    well(since, since + lateMillis) && well(deadline, latest);

  const settle = (waitingId: number, at: number, passes: boolean): void => {
    const pending = running.get(waitingId);
    running.delete(waitingId);
    if (passes && !pending) wrong.push(`a deadline of waiting ${waitingId} passed that was not running`);
    if (!pending) return;
    const late = at - pending.deadline;
    if (passes && late < 0) wrong.push(`${pending.what} passed ${-late} ms early`);
    if (at > pending.latest && isOwed(pending)) wrong.push(`${pending.what} was over for ${late} ms`);
  };

  for (const { event, toldAt } of events) {
    switch (event.type) {
      case 'WaitingCalled':
      case 'CallAnswered': {
        const { waitingId, deadlineAt: deadline } = event.waiting;
        settle(waitingId, event.at, false);
        const what = `the deadline at ${deadline} of waiting ${waitingId}, ${event.waiting.status}`;
        const latest = Math.max(deadline, toldAt + deadline - event.at) + lateMillis;
        running.set(waitingId, { what, since: event.at, deadline, latest });
        break;
      }
      case 'CallLapsed':
      case 'MoveTimeLapsed':
        settle(event.waiting.waitingId, event.at, true);
        break;
      case 'WaitingArrived':
      case 'WaitingEntered':
      case 'WaitingCancelled':
        settle(event.waiting.waitingId, event.at, false);
        break;
      case 'WaitingDeleted':
        settle(event.waitingId, event.at, false);
        break;
      case 'WaitingRegistered':
      case 'TurnNear':
      case 'NoAnswerDismissed':
      case 'RestaurantConfigured':
      case 'PairingsRevoked':
      case 'BusinessDayOpened':
      case 'BusinessDayClosed':
      case 'AllWaitingsDeleted':
      case 'NoShowRegistered':
      case 'NoShowDeleted':
      case 'AllNoShowsDeleted':
      case 'CommandRejected':
        break;
    }
  }
  for (const { what, latest } of running.values()) if (end > latest) wrong.push(`${what} never passed`);
  return wrong;
}
