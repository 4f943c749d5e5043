/** What the demo shows: how far it is while it runs, and a table in the end. */
import { showProgress } from '../src/cli/progress.ts';
import type { Checked } from './check.ts';
import type { Meter } from './client.ts';
import type { Tally } from './rush.ts';

/** Answers what ends it. */
export const showRush = (out: NodeJS.WriteStream, tally: Tally, meter: Meter): (() => void) =>
  showProgress(out, () => {
    const refused = [...tally.refusals.values()].reduce((sum, count) => sum + count, 0);
    const requests = meter.writes.length + meter.reads.length;
    return {
      share: tally.over / tally.customers,
      text: `${tally.over} of ${tally.customers} customers, ${requests} requests, ${refused} refusals, ${meter.retries} retries`,
    };
  });

/** The rows of what happened. */
export function summary(tally: Tally, { writes, reads, retries }: Meter): string {
  return table([
    ['customers', String(tally.customers)],
    ...[...tally.refusals].sort().map(([code, count]) => [`refused: ${code}`, String(count)] as const),
    ['writes', `${writes.length}, p50 ${percentile(writes, 0.5)}, p99 ${percentile(writes, 0.99)}`],
    ['reads', `${reads.length}, p50 ${percentile(reads, 0.5)}, p99 ${percentile(reads, 0.99)}`],
    ['asked again', String(retries)],
  ]);
}

/** The rows of what is there. */
export const findings = ({ states, noShows, notifications }: Checked): string =>
  table([
    ['waitings', String([...states.values()].reduce((sum, count) => sum + count, 0))],
    ...[...states].sort().map(([state, count]) => [`  ${state}`, String(count)] as const),
    ['no-shows', String(noShows)],
    ['notifications', String(notifications)],
  ]);

const table = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, value]) => `  ${name.padEnd(28)}${value}`).join('\n');

function percentile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? '–' : `${value.toFixed(1)} ms`;
}
