/**
 * I4: a deadline passes at most once, never early, within two seconds when the system is well, and only after the customer
 * has had the whole of the time: what passed before it was published does not count, nor does any stretch in which the
 * commands of the canary, which come twice a second, led to no event. A call's deadline is there from the call, a move
 * time's from the answer; whatever happens to the waiting next settles it.
 */
import { earliestOf, mostGrowth } from '../wholeTime.ts';
import type { LoggedEvent, Violation, Window } from './evidence.ts';

/** How late a deadline may pass when all is well (ms). */
const lateMillis = 2_000;
interface Deadline {
  readonly what: string;
  readonly partition: number;
  /** When it began to run, when that could be known, and when it is over: log time, ms. */
  readonly since: number;
  readonly toldAt: number;
  readonly deadline: number;
  /** The time that the customer was given. */
  readonly whole: number;
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
  const stalls = stallsOf(events);
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
    const owed = earliestOf(pending, stalls.get(pending.partition) ?? [], at) - at;
    if (passes && owed > 0)
      wrong.push(`${pending.what} passed ${owed} ms before the customer had all of the time`);
    if (at > pending.latest && isOwed(pending)) wrong.push(`${pending.what} was over for ${late} ms`);
  };

  for (const { event, toldAt, partition } of events) {
    switch (event.type) {
      case 'WaitingCalled':
      case 'CallAnswered': {
        const { waitingId, deadlineAt: deadline } = event.waiting;
        settle(waitingId, event.at, false);
        const what = `the deadline at ${deadline} of waiting ${waitingId}, ${event.waiting.status}`;
        const [since, whole, latest] = [event.at, deadline - event.at, deadline + lateMillis];
        running.set(waitingId, { what, partition, since, toldAt, deadline, whole, latest });
        break;
      }
      case 'DeadlineExtended': {
        const { waitingId, deadlineAt: deadline } = event.waiting;
        const pending = running.get(waitingId);
        if (!pending) wrong.push(`a deadline of waiting ${waitingId} grew that was not running`);
        else {
          running.set(waitingId, { ...pending, deadline, latest: Math.max(deadline, toldAt) + lateMillis });
          const grown = deadline - pending.since - pending.whole;
          const most = mostGrowth(stalls.get(partition) ?? [], pending.since, event.at);
          if (grown > most) wrong.push(`${pending.what} grew by ${grown} ms, and ${most} at most were lost`);
        }
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

/** From one event of a canary to the next, by partition: its restaurant is configured again and again. */
function stallsOf(events: readonly LoggedEvent[]): ReadonlyMap<number, readonly Window[]> {
  const configured = events.filter(({ event }) => event.type === 'RestaurantConfigured');
  return new Map(
    [...Map.groupBy(configured, ({ partition }) => partition)].map(([partition, told]) => [
      partition,
      told.slice(1).map(({ toldAt }, i) => ({ from: told[i]?.toldAt ?? toldAt, until: toldAt })),
    ]),
  );
}
