/**
 * `npm run simulate -- --seeds N --from S [--workers K] [--trace]`: lives through many seeds, each the whole product in
 * virtual time with faults of its own. A seed that fails is told with the command that plays it again. The last line
 * is one JSON object; the exit code is 1 when an invariant did not hold, or something never happened.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';
import { emptySummary, merge, neverHappened, type Summary, summaryOf } from './summary.ts';

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed');
  return value;
};

const program = new Command('simulate')
  .description(
    'Live through many seeds: the engine in virtual time, with faults, held against what ought to be',
  )
  .option('--seeds <n>', 'how many', number, 1_000)
  .option('--from <seed>', 'the first one', number, 1)
  .option('--workers <n>', 'threads', number, availableParallelism())
  .option('--trace', 'show the last actions of a seed that fails', false)
  .parse();
const options = program.opts<{ seeds: number; from: number; workers: number; trace: boolean }>();

/** Seeds that a thread is given at once. */
const portion = 50;
// Errors are what a simulation is made of; nobody reads where they were made.
Error.stackTraceLimit = 0;

/** So many seeds are enough for everything to happen. */
const enough = 2_000;
const failuresShown = 5;

const started = performance.now();
const total = emptySummary();
let next = options.from;
const end = options.from + options.seeds;

function show(summary: Summary): void {
  for (const { seed, violations, steps } of summary.failures) {
    if (total.failures.length >= failuresShown) return;
    total.failures.push({ seed, violations, steps });
    console.log(`seed ${seed} fails; again: npm run simulate -- --seeds 1 --from ${seed} --trace`);
    for (const { invariant, what } of violations.slice(0, 5)) console.log(`  ${invariant} ${what}`);
    if (options.trace)
      for (const { at, who, what } of steps)
        console.log(`  ${(at / 1000).toFixed(4).padStart(9)} s  ${who}  ${what}`);
  }
}

await (options.seeds <= portion
  ? (async () => {
      while (next < end) {
        const first = next;
        next = Math.min(end, next + portion);
        const summary = await summaryOf(first, next);
        show(summary);
        merge(total, summary);
      }
    })()
  : Promise.all(Array.from({ length: options.workers }, () => thread())));

function thread(): Promise<void> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    // A seed leaves nothing behind: with room enough its garbage is never looked through.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  return new Promise((resolve, reject) => {
    const give = (): void => {
      if (next >= end) {
        void worker.terminate().then(() => resolve());
        return;
      }
      const first = next;
      next = Math.min(end, next + portion);
      worker.postMessage({ first, end: next });
    };
    worker.on('message', (summary: Summary) => {
      show(summary);
      merge(total, summary);
      give();
    });
    worker.on('error', reject);
    give();
  });
}

const missing = options.seeds >= enough ? neverHappened(total) : [];
for (const what of missing) console.log(`never happened: ${what}`);
const seconds = (performance.now() - started) / 1000;
console.log(
  `${options.seeds} seeds in ${seconds.toFixed(1)} s, ${((seconds * 1000) / options.seeds).toFixed(1)} ms a seed; ` +
    `what happened: ${[...total.happened].map(([what, count]) => `${what} ${count}`).join(', ')}`,
);
if (missing.length > 0) total.violations.set('I12', missing.length);
const failed = [...total.violations.values()].some((count) => count > 0);
console.log(
  JSON.stringify({
    seed: options.from,
    seconds: Math.round(total.seconds),
    commands: total.commands,
    faults: Object.fromEntries(total.faults),
    violations: Object.fromEntries(total.violations),
    longestStallMs: total.longestStallMs,
    recoveryMs: Object.fromEntries(total.recoveryMs),
  }),
);
process.exitCode = failed ? 1 : 0;
