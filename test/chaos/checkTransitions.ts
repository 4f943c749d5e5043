/** I9: a waiting changes only as the table of docs/domain.md allows. */
import type { Event } from '../../src/domain/event.ts';
import type { Waiting } from '../../src/domain/waiting.ts';
import type { LoggedEvent, Violation } from './evidence.ts';

/** A state, told apart where what may follow differs. */
const stateOf = (waiting: Waiting): string => {
  if (waiting.status === 'COMMING' && waiting.moveTimeOver) return 'COMMING, time over';
  if (waiting.status === 'NO_ANSWER' && waiting.finishedAt !== null) return 'NO_ANSWER, finished';
  return waiting.status;
};

const called = ['FIRST_CALLED', 'FINAL_CALLED'];
const coming = ['COMMING', 'COMMING, time over'];
const active = ['WAITING', ...called, ...coming, 'ARRIVED', 'NO_ANSWER'];

/** From which states an event may lead to which. */
const legal: Partial<Record<Event['type'], readonly [from: readonly string[], to: readonly string[]]>> = {
  WaitingRegistered: [['nothing'], ['WAITING']],
  TurnNear: [['WAITING'], ['WAITING']],
  CallAnswered: [called, ['COMMING']],
  WaitingArrived: [[...called, ...coming], ['ARRIVED']],
  WaitingEntered: [active, ['ENTERED']],
  WaitingCancelled: [active, ['CANCEL', 'OWNER_CANCEL']],
  CallLapsed: [called, ['NO_ANSWER', 'NO_ANSWER2']],
  MoveTimeLapsed: [['COMMING'], ['COMMING, time over']],
  DeadlineExtended: [
    [...called, 'COMMING'],
    [...called, 'COMMING'],
  ],
  NoAnswerDismissed: [['NO_ANSWER'], ['NO_ANSWER, finished']],
};
const legalCalls = {
  FIRST: [['WAITING'], ['FIRST_CALLED']],
  FINAL: [['NO_ANSWER', 'COMMING, time over'], ['FINAL_CALLED']],
} as const;

/** Events in log order. */
export function checkTransitions(events: readonly LoggedEvent[]): Violation[] {
  const wrong: Violation[] = [];
  const states = new Map<number, string>();
  const lapses = new Map<number, number>();
  for (const { id, event } of events) {
    if (event.type === 'WaitingDeleted') {
      if (states.get(event.waitingId) === 'deleted') wrong.push(`${id}: ${event.waitingId} is deleted again`);
      states.set(event.waitingId, 'deleted');
    }
    if (!('waiting' in event)) continue;
    const { waitingId } = event.waiting;
    const before = states.get(waitingId) ?? 'nothing';
    const after = stateOf(event.waiting);
    const [from, to] =
      event.type === 'WaitingCalled' ? legalCalls[event.call] : (legal[event.type] ?? [[], []]);
    const allowed: readonly string[] = from;
    const reached: readonly string[] = to;
    if (!allowed.includes(before) || !reached.includes(after))
      wrong.push(`${id}: ${event.type} took waiting ${waitingId} from ${before} to ${after}`);
    if (event.type === 'CallLapsed') {
      const count = (lapses.get(waitingId) ?? 0) + 1;
      lapses.set(waitingId, count);
      if (after !== (count === 1 ? 'NO_ANSWER' : 'NO_ANSWER2'))
        wrong.push(`${id}: lapse ${count} of waiting ${waitingId} made it ${after}`);
    }
    states.set(waitingId, after);
  }
  return wrong;
}
