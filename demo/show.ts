/** What the demo shows: a bar that moves on a terminal, a line now and then elsewhere, and a table in the end. */
import type { Checked } from './check.ts';
import type { Meter } from './client.ts';
import type { Tally } from './rush.ts';

/** Characters of the bar: what the line leaves it, within these. */
const barWidth = { least: 10, most: 30 };
const drawMillis = 200;
const lineMillis = 5_000;

/** Answers what ends it. */
export function showProgress(out: NodeJS.WriteStream, tally: Tally, meter: Meter): () => void {
  const text = (): string => {
    const refused = [...tally.refusals.values()].reduce((sum, count) => sum + count, 0);
    const requests = meter.writes.length + meter.reads.length;
    return `${tally.over} of ${tally.customers} customers, ${requests} requests, ${refused} refusals, ${meter.retries} retries`;
  };
  const draw = (): void => {
    if (!out.isTTY) {
      out.write(`  ${text()}\n`);
      return;
    }
    const columns = (out.columns || 80) - 1;
    const said = ` ${text()}`;
    const width = Math.max(barWidth.least, Math.min(barWidth.most, columns - said.length));
    const done = Math.floor((tally.over / tally.customers) * width);
    const line = '█'.repeat(done) + '░'.repeat(width - done) + said;
    out.write(`\r\u001b[K${line.slice(0, columns)}`);
  };
  const timer = setInterval(draw, out.isTTY ? drawMillis : lineMillis);
  return () => {
    clearInterval(timer);
    draw();
    if (out.isTTY) out.write('\n');
  };
}

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
