import type { Settings } from './command.ts';
import { dayOf, positionOf, type Queue } from './queue.ts';
import type { Waiting } from './waiting.ts';

/** Seatings remembered a day: enough for a steady median, few enough to follow a change of pace. */
export const seatingsKept = 21;

/**
 * Minutes until the team is likely to be called: teams ahead × the day's pace, rounded; 0 once called or done.
 * The pace is the median interval between that day's last seatings; before there are two, the configured start value.
 */
export function estimatedWaitMinutes(
  queue: Queue,
  waiting: Waiting,
  position = positionOf(queue, waiting.waitingId),
): number {
  if (queue.settings === null || waiting.status !== 'WAITING' || position === null) return 0;
  return minutesUntil(queue, queue.settings, waiting.datesId, position - 1);
}

/** The same for whoever has so many teams ahead. */
export function minutesUntil(queue: Queue, settings: Settings, datesId: number, teamsAhead: number): number {
  const pace = medianInterval(dayOf(queue, datesId)?.seatings ?? []);
  const minutesPerTeam = pace === null ? settings.minutesPerTeam : pace / settings.minuteMillis;
  return Math.round(teamsAhead * minutesPerTeam);
}

function medianInterval(instants: readonly number[]): number | null {
  const intervals = instants
    .slice(1)
    .map((instant, i) => instant - (instants[i] ?? instant))
    .sort((a, b) => a - b);
  const middle = intervals.length >> 1;
  const [low, high] = [intervals[(intervals.length - 1) >> 1], intervals[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
