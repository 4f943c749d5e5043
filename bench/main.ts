/** `npm run bench [-- scenario…]`: measures the product on servers of its own, and prints medians of several runs. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { showProgress } from '../src/cli/progress.ts';
import { positiveNumber } from '../src/cli/wholeNumber.ts';
import { backlog } from './backlog.ts';
import { type Row, rowsOf, tableOf } from './figures.ts';
import { flood } from './flood.ts';
import { growth } from './growth.ts';
import { paced } from './paced.ts';
import { peer, peerAtPace } from './peer.ts';
import { reads } from './reads.ts';
import { restore } from './restore.ts';
import type { Scenario, Size } from './scenario.ts';
import { streams } from './streams.ts';
import { workers } from './workers.ts';

/** In the order in which they are measured. */
const scenarios: Readonly<Record<string, Scenario>> = {
  backlog,
  paced,
  reads,
  streams,
  flood,
  restore,
  workers,
  growth,
  peer,
  'peer-paced': peerAtPace,
};

interface Options {
  readonly full?: true;
  readonly runs?: number;
  readonly json?: string;
}

const names = Object.keys(scenarios);
const program = new Command('bench')
  .description('Measures the product on servers of its own: all scenarios, or those named.')
  .argument('[scenario...]', `of ${names.join(', ')}`, names)
  .option('--full', 'larger sizes, for longer, and three runs of each')
  .option('--runs <n>', 'of each scenario; medians are told (default: 1, with --full 3)', positiveNumber)
  .option('--json <file>', 'where the table goes, too')
  .option('--commands <n>', 'of a backlog', positiveNumber)
  .option('--seconds <n>', 'of a steady load', positiveNumber)
  .option('--warm-up <n>', 'seconds of it that come first and do not count', positiveNumber)
  .option('--queues <n>', 'to restore', positiveNumber)
  .option('--streams <n>', 'to open', positiveNumber)
  .option('--roles <list>', "of the backlog's worker")
  .option('--no-verify', 'do not hold what a scenario left against the logs')
  .addHelpText(
    'after',
    () =>
      `\nScenarios:\n${names.map((name) => `  ${name.padEnd(10)} ${scenarios[name]?.about ?? ''}`).join('\n')}`,
  )
  .parse();
const { full, runs = full ? 3 : 1, json, ...given } = program.opts<Options & Partial<Size>>();

const asked = program.processedArgs[0] as string[];
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0)
  program.error(`there is no scenario ${unknown.join(', ')}; there are ${names.join(', ')}`);

const rows: Row[] = [];
let progress = { share: 0, text: 'starting' };
const shown = showProgress(process.stderr, () => progress);
for (const [index, name] of asked.entries()) {
  const started = scenarios[name]?.start(full ? 'full' : 'quick', given, runs, (text, share = 0) => {
    progress = { share: (index + share) / asked.length, text: `${name} ${text}` };
  });
  if (started) rows.push(...rowsOf(name, started.figures, await started.runs));
  // After each scenario: a full run takes longer than an hour, and the last may fail.
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
}
progress = { share: 1, text: 'done' };
shown();
console.log(tableOf(rows));
