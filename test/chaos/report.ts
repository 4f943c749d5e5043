/** The last line of a run. */
import type { Violations } from './check.ts';
import type { Ran } from './run.ts';

export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly commands: number;
  /** Those that fired, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: Readonly<Record<string, number>>;
  /** The longest time in which nobody was answered while there was load. */
  readonly longestStallMs: number;
  /** The longest time from the end of a fault until every partition answered again, by kind. */
  readonly recoveryMs: Readonly<Record<string, number>>;
}

export function report(
  { seed, seconds }: { readonly seed: number; readonly seconds: number },
  { commands, faults, load, answeredAt }: Ran,
  violations: Violations,
): Report {
  const fired = Map.groupBy(
    faults.filter((fault) => fault.fired),
    ({ kind }) => kind,
  );
  // One that the next fault came upon tells nothing of how long its kind takes.
  const recovered = [...fired].flatMap(([kind, each]) => {
    const millis = each.flatMap(({ overlapped, recoveredAt, until }) =>
      overlapped || recoveredAt === null ? [] : [recoveredAt - until],
    );
    return millis.length === 0 ? [] : [[kind, Math.max(...millis)] as const];
  });
  const moments = [load.from, ...answeredAt.filter((at) => at > load.from && at < load.until), load.until];
  const gaps = moments.slice(1).map((at, n) => at - (moments[n] ?? at));
  return {
    seed,
    seconds,
    commands: commands.length,
    faults: Object.fromEntries([...fired].map(([kind, each]) => [kind, each.length])),
    violations: Object.fromEntries(Object.entries(violations).map(([name, found]) => [name, found.length])),
    longestStallMs: gaps.reduce((most, gap) => Math.max(most, gap), 0),
    recoveryMs: Object.fromEntries(recovered),
  };
}
