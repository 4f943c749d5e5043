import { faultKinds } from './faults.ts';
import { runSeed } from './run.ts';
import type { Step } from './scheduler.ts';
import type { Violation } from './watch.ts';

const invariants = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I12',
  'I13',
] as const;

/** Places that many seeds must get to, or the simulation shows less than it says. */
const places = [
  'crash between S and E',
  'crash between claim and restore',
  'crash while restoring',
  'rolled back while restoring',
  'emitted the outbox',
  'restored the state',
  'the partition stalled: deadlines that ran grow by it',
  'crash after a stall',
  'Redis: claim',
  'Redis: fenced',
  'Redis: moved',
  'Kafka: fenced',
  'stopped in order',
  'freeze longer than a session',
] as const;

interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly steps: readonly Step[];
}

/** Many seeds together; times are virtual. */
export interface Summary {
  seconds: number;
  commands: number;
  readonly faults: Map<string, number>;
  readonly happened: Map<string, number>;
  readonly violations: Map<string, number>;
  longestStallMs: number;
  readonly recoveryMs: Map<string, number>;
  readonly failures: Failure[];
}

export const emptySummary = (): Summary => ({
  seconds: 0,
  commands: 0,
  faults: new Map(faultKinds.map((kind) => [kind, 0])),
  happened: new Map(places.map((place) => [place, 0])),
  violations: new Map(invariants.map((invariant) => [invariant, 0])),
  longestStallMs: 0,
  recoveryMs: new Map(),
  failures: [],
});

const stepsShown = 40;

/** The seeds from `first` up to `end`. */
export async function summaryOf(first: number, end: number): Promise<Summary> {
  const summary = emptySummary();
  for (let seed = first; seed < end; seed += 1) {
    const { counts, violations, steps, recoveryMs, ...run } = await runSeed(seed);
    summary.seconds += run.seconds;
    summary.commands += run.commands;
    summary.longestStallMs = Math.max(summary.longestStallMs, run.longestStallMs);
    for (const [what, count] of counts)
      add(summary.faults.has(what) ? summary.faults : summary.happened, what, count);
    for (const { invariant } of violations) add(summary.violations, invariant, 1);
    most(summary.recoveryMs, recoveryMs);
    if (violations.length > 0) summary.failures.push({ seed, violations, steps: steps.slice(-stepsShown) });
  }
  return summary;
}

/** Adds one summary to another; failures are the caller's to show. */
export function merge(into: Summary, from: Summary): void {
  into.seconds += from.seconds;
  into.commands += from.commands;
  into.longestStallMs = Math.max(into.longestStallMs, from.longestStallMs);
  for (const name of ['faults', 'happened', 'violations'] as const)
    for (const [what, count] of from[name]) add(into[name], what, count);
  most(into.recoveryMs, from.recoveryMs);
}

const add = (counts: Map<string, number>, what: string, count: number): void =>
  void counts.set(what, (counts.get(what) ?? 0) + count);

function most(into: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [kind, millis] of from) into.set(kind, Math.max(into.get(kind) ?? 0, millis));
}

/** I12: kinds of fault and places that no seed got to. */
export const neverHappened = ({ faults, happened }: Summary): readonly string[] =>
  [...faults, ...happened].filter(([, count]) => count === 0).map(([what]) => what);
