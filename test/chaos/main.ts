/**
 * `npm run chaos -- --seed N --seconds S`: faults of every kind on real servers, under load; then what is there against
 * what should be. The last line is one JSON object; ends with 1 when anything is violated.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { positiveNumber } from '../../src/cli/wholeNumber.ts';
import { check, type Invariant, invariants } from './check.ts';
import { kindsFor } from './plan.ts';
import { showProgress } from './progress.ts';
import { report } from './report.ts';
import { keep, run } from './run.ts';

/** With three, two are a quorum. Throws what is told to whoever asked for another number. */
function oneOrThree(text: string): number {
  if (text !== '1' && text !== '3') throw new InvalidArgumentError('1 or 3 brokers');
  return Number(text);
}

const options = new Command('chaos')
  .description('Plays faults on a system of its own under load, and checks that no promise is broken.')
  .option('--seed <n>', 'decides which fault comes when', positiveNumber, 1)
  .option('--seconds <n>', 'how long faults come', positiveNumber, 60)
  .option('--brokers <n>', 'how many brokers Kafka has: 1 or 3', oneOrThree, 1)
  .option('--faults <kinds>', 'those alone, with commas', (text: string) => text.split(','))
  .option('--keep', 'leaves the folder of the run in any case')
  .parse()
  .opts<{ seed: number; seconds: number; brokers: number; faults?: string[]; keep?: true }>();

const deck = kindsFor(options.brokers);
const kinds = deck.filter((kind) => options.faults?.includes(kind) ?? true);
const unknown = options.faults?.filter((name) => !deck.some((kind) => kind === name)) ?? [];
if (unknown.length > 0) throw new Error(`there is no ${unknown.join()} among ${deck.join()}`);

/** Violations of one kind that are printed; all are in the folder of the run. */
const shown = 10;

const folder = mkdtempSync(join(tmpdir(), `waiting-chaos-${options.seed}-`));
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());

const progress = showProgress(process.stdout, options.seconds);
try {
  const ran = await run({ ...options, kinds, folder, progress, signal: stopped.signal });
  const violations = check(ran, (name) => progress.now(`checking that ${invariants[name]} (${name})`));
  progress.end();
  const result = report(options, ran, violations);
  const count = Object.values(result.violations).reduce((sum, each) => sum + each, 0);
  keep(folder, 'violations.json', violations);
  keep(folder, 'report.json', result);
  for (const [name, what] of Object.entries(invariants)) {
    const found = violations[name as Invariant];
    console.log(`${found.length === 0 ? '✔' : '✗'} ${name.padEnd(3)} ${what}`);
    for (const violation of found.slice(0, shown)) console.log(`      ${violation}`);
    if (found.length > shown) console.log(`      and ${found.length - shown} more`);
  }
  if (count > 0 || options.keep) console.log(`the run is in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  console.log(JSON.stringify(result));
  process.exitCode = count > 0 ? 1 : 0;
} catch (error) {
  progress.end();
  console.error(error);
  console.error(`the run is in ${folder}`);
  process.exitCode = 1;
}
// Requests that nobody waits for any more may still be under way.
process.exit();
