import type { Actor, Call, Settings, TimerKind } from '../../src/domain/command.ts';
import { ask, noon, type Step } from './specification.ts';

/** The steps that the tests' histories are told with: restaurant 1, its business day 1, waitings 1, 2, 3 … Test support. */

export const minute = 60_000;
export const hour = 60 * minute;

/** The defaults of docs/domain.md. */
const settings: Settings = {
  name: '다예약 1호점',
  timeZone: 'Asia/Seoul',
  maxTeams: 20,
  minUserCount: 1,
  maxUserCount: 10,
  answerMinutes: 10,
  maxMoveMinutes: 15,
  minutesPerTeam: 3,
  minuteMillis: minute,
};

/** Business day 1: from 11:00 to 22:00, an hour before the story begins to ten hours after. */
export const today = { datesId: 1, date: '2025-10-02', opensAt: noon - hour, closesAt: noon + 10 * hour };

/** The waiting of number n, and the no-show. */
export const id = (n: number): number => 10_000_000 + n;

export const configure = (changes: Partial<Settings> = {}): Step =>
  ask({ type: 'ConfigureRestaurant', settings: { ...settings, ...changes } });
export const revokePairings: Step = ask({ type: 'RevokePairings' });
export const openDay = (changes: Partial<typeof today> = {}): Step =>
  ask({ type: 'OpenBusinessDay', ...today, ...changes });
export const closeDay = (datesId = 1, dueAt: number | null = null): Step =>
  ask({ type: 'CloseBusinessDay', datesId, dueAt });

/** A configured restaurant whose day is open. */
export const open = (changes: Partial<Settings> = {}): Step => all(configure(changes), openDay());

export const register = (userId: number, about: { datesId?: number; userCount?: number } = {}): Step =>
  ask({ type: 'RegisterWaiting', datesId: 1, userId, userCount: 2, ...about });
/** Users 1 to n, one after the other. */
export const registerMany = (n: number): Step =>
  all(...Array.from({ length: n }, (_, index) => register(index + 1)));
export const call = (n: number, named: Call | null = null): Step =>
  ask({ type: 'CallWaiting', waitingId: id(n), call: named });
export const answer = (n: number, moveMinutes = 10): Step =>
  ask({ type: 'AnswerCall', waitingId: id(n), moveMinutes });
export const arrive = (n: number): Step => ask({ type: 'MarkArrived', waitingId: id(n) });
export const enter = (n: number): Step => ask({ type: 'MarkEntered', waitingId: id(n) });
export const cancel = (n: number, role: Actor['role'] = 'CUSTOMER', reason: string | null = null): Step =>
  ask({ type: 'CancelWaiting', waitingId: id(n), reason }, { role });
export const remove = (n: number): Step => ask({ type: 'DeleteWaiting', waitingId: id(n) });
export const removeAll: Step = ask({ type: 'DeleteAllWaitings' });

export const expire = (
  n: number,
  kind: TimerKind,
  deadline: number,
  validUntil: number | null = null,
): Step => ask({ type: 'ExpireTimer', waitingId: id(n), kind, deadline, validUntil });
export const excuse = (from: number, until: number): Step => ask({ type: 'ExcuseStall', from, until });
/** Waits for the deadline of a waiting and lets it pass: a call without its answer, a move time without arrival. */
export const lapse =
  (n: number): Step =>
  (story) => {
    const waiting = story.queue.waitings.find((each) => each.waitingId === id(n));
    if (!waiting || !('deadlineAt' in waiting)) throw new Error(`waiting ${n} has no deadline`);
    const { deadlineAt } = waiting;
    return all(
      at(deadlineAt),
      expire(n, waiting.status === 'COMMING' ? 'MOVE' : 'ANSWER', deadlineAt),
    )(story);
  };

export const noShow = (about: { userId?: number; waitingId?: number; datesId?: number } = {}): Step =>
  ask({ type: 'RegisterNoShow', userId: 1, waitingId: null, datesId: null, reason: 'by hand', ...about });
export const removeNoShow = (n: number): Step => ask({ type: 'DeleteNoShow', noShowId: id(n) });
export const removeAllNoShows: Step = ask({ type: 'DeleteAllNoShows' });

export const after =
  (millis: number): Step =>
  (story) => ({ ...story, now: story.now + millis });
export const at =
  (instant: number): Step =>
  (story) => ({ ...story, now: instant });
export const all =
  (...steps: Step[]): Step =>
  (story) =>
    steps.reduce((before, step) => step(before), story);
