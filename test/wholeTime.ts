/**
 * What a customer is owed: the whole time to answer, from when he could be told, without any stretch in which he could
 * not be heard. Simulation and chaos hold the system against it, each by stretches that its own probe has measured.
 */

/** From one answer to the next (ms). Nobody asked in its first `pauseMillis`. */
interface Stretch {
  readonly from: number;
  readonly until: number;
}

/** A time to answer that runs (ms). */
interface Running {
  /** When it began, and when that could be known. */
  readonly since: number;
  readonly toldAt: number;
  /** The time that the customer was given. */
  readonly whole: number;
}

/** Both probes wait so long after an answer. */
const pauseMillis = 500;
/** Stalls that are shorter may count. */
const countedMillis = 5_000;
/** How much more than a stall a deadline may grow by it. */
const graceMillis = 5_000;
/** Answers this close to each other leave no stall; those further apart, one after the other, leave one. */
const wellMillis = 1_000;

/** When it may be over at the earliest, if it passes at `at`. */
export function earliestOf(
  { since, toldAt, whole }: Running,
  stretches: readonly Stretch[],
  at: number,
): number {
  const from = toldAt - since >= countedMillis ? toldAt : since;
  return stretches.reduce((earliest, stretch) => {
    const lost = Math.min(stretch.until, at) - Math.max(stretch.from + pauseMillis, from);
    return lost >= countedMillis ? earliest + lost : earliest;
  }, from + whole);
}

/** How much it may have grown by what was lost since it began, or just before (ms). */
export const mostGrowth = (stretches: readonly Stretch[], since: number, at: number): number =>
  stallsIn(stretches)
    .filter(({ from, until }) => from < at && until + graceMillis > since)
    .map(({ from, until }) => Math.min(until, at) - Math.max(from, since))
    .reduce((sum, lost) => sum + Math.max(0, lost) + graceMillis, 0);

function stallsIn(stretches: readonly Stretch[]): Stretch[] {
  const stalls: Stretch[] = [];
  for (const { from, until } of stretches) {
    if (until - from <= wellMillis) continue;
    const before = stalls.at(-1);
    if (before?.until === from) stalls.splice(-1, 1, { from: before.from, until });
    else stalls.push({ from, until });
  }
  return stalls;
}
