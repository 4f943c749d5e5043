/** `npm run bench [-- scenario…]`: measures the product on servers of its own, and prints medians of several runs. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { positiveNumber } from '../src/cli/wholeNumber.ts';
import * as backlog from './backlog.ts';
import { type Figure, print, type Row, rowsOf, type Run } from './figures.ts';
import * as restore from './restore.ts';

interface Options {
  readonly runs: number;
  readonly json?: string;
  readonly commands: number;
  readonly queues: number;
  readonly roles: string;
}

interface Scenario {
  readonly figures: readonly Figure[];
  readonly run: (options: Options, say: (line: string) => void) => Promise<Run>;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  backlog: { figures: backlog.figures, run: backlog.backlog },
  restore: { figures: restore.figures, run: restore.restore },
};

const names = Object.keys(scenarios);
const program = new Command('bench')
  .description('Measures the product on servers of its own.')
  .argument('[scenario...]', `of ${names.join(', ')}`, names)
  .option('--runs <n>', 'of each scenario; medians are told', positiveNumber, 3)
  .option('--commands <n>', 'of the backlog', positiveNumber, 200_000)
  .option('--queues <n>', 'to restore', positiveNumber, 10_000)
  .option('--roles <list>', "of the backlog's worker", 'queue')
  .option('--json <file>', 'where the table goes, too')
  .parse();
const options = program.opts<Options>();

const asked = program.processedArgs[0] as string[];
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0)
  program.error(`there is no scenario ${unknown.join(', ')}; there are ${names.join(', ')}`);

const rows: Row[] = [];
for (const name of asked) {
  const scenario = scenarios[name];
  if (!scenario) continue;
  const runs: Run[] = [];
  for (let run = 1; run <= options.runs; run += 1) {
    runs.push(
      await scenario.run(options, (line) =>
        console.error(`  ${name}, run ${run} of ${options.runs}: ${line}`),
      ),
    );
  }
  rows.push(...rowsOf(name, scenario.figures, runs));
}
print(rows);
if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
