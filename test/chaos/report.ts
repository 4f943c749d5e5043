/** The last line of a run. */
import { longestGap } from './canary.ts';
import type { Violations } from './check.ts';
import type { Ran } from './run.ts';

export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly brokers: number;
  readonly commands: number;
  /** Those that fired, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: Readonly<Record<string, number>>;
  /** The longest time in which nobody was answered while there was load. */
  readonly longestStallMs: number;
  /**
   * By kind, the longest time in which each partition answered nobody from the fault's beginning until all was well,
   * longest first: of the fault in which one partition took longest.
   */
  readonly silencesMs: Readonly<Record<string, readonly number[]>>;
  /** The longest time from the end of a fault until every partition answered again, by kind. */
  readonly recoveryMs: Readonly<Record<string, number>>;
}

export function report(
  { seed, seconds, brokers }: Pick<Report, 'seed' | 'seconds' | 'brokers'>,
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
  // Nor does one that came upon another.
  const silent = [...fired].flatMap(([kind, each]) => {
    const [longest] = each
      .filter(({ overlapped, upon }) => !overlapped && !upon)
      .map(({ silences }) => silences.toSorted((a, b) => b - a))
      .sort(([a = 0], [b = 0]) => b - a);
    return longest ? [[kind, longest] as const] : [];
  });
  return {
    seed,
    seconds,
    brokers,
    commands: commands.length,
    faults: Object.fromEntries([...fired].map(([kind, each]) => [kind, each.length])),
    violations: Object.fromEntries(Object.entries(violations).map(([name, found]) => [name, found.length])),
    longestStallMs: longestGap(load.from, answeredAt, load.until),
    silencesMs: Object.fromEntries(silent),
    recoveryMs: Object.fromEntries(recovered),
  };
}
