/** `npm run profile -- backlog`: where the worker's time goes while it works off a backlog; the profile is kept. */
import { mkdtempSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { positiveNumber } from '../src/cli/wholeNumber.ts';
import { putBacklog, workOff } from './backlog.ts';
import { cpuProfile, timeSpent, type TimeSpent } from './cpuProfile.ts';
import { openStage } from './stage.ts';

/** Functions that are shown. */
const most = 20;

const program = new Command('profile')
  .description('Profiles a worker, prints where its time went, and keeps the profile for a browser to open.')
  .addArgument(new Argument('<scenario>', 'what the worker does meanwhile').choices(['backlog']))
  .option('--commands <n>', 'of the backlog', positiveNumber, 200_000)
  .option('--roles <list>', 'of the worker', 'queue')
  .option('--out <folder>', 'where the profile is kept', 'profiles')
  .parse();
const { commands, roles, out } = program.opts<{ commands: number; roles: string; out: string }>();

/** V8 takes its samples' times from the same clock. */
const microsNow = (): number => Number(process.hrtime.bigint() / 1_000n);

const say = (text: string): void => console.error(`  ${text}`);
mkdirSync(out, { recursive: true });
const folder = resolve(mkdtempSync(join(out, 'backlog-')));
const stage = await openStage(roles);
try {
  const total = await putBacklog(stage, commands, () => undefined);
  say(`${total} commands on the log`);
  const worker = await stage.worker(['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  let from = 0;
  await workOff(stage, worker, total, (text) => {
    from ||= microsNow();
    say(text);
  });
  const to = microsNow();
  await worker.stop();

  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error(`the worker has left no profile in ${folder}`);
  const profile = cpuProfile.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  console.log(describe(timeSpent(profile, from, to, process.cwd())));
  console.log(`\n${join(folder, file)}`);
} finally {
  await stage.close();
}

function describe({ seconds, busy, functions, areas }: TimeSpent): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1).padStart(5)} %`;
  const top = functions.slice(0, most);
  const width = Math.max(...top.map(({ name }) => name.length));
  return [
    `${busy.toFixed(1)} s busy of ${seconds.toFixed(1)} s; self time of the first ${most} functions:`,
    ...top.map(({ name, where, caller, share }) =>
      [percent(share), name.padEnd(width), where, caller === null ? '' : `← ${caller}`]
        .filter((part) => part !== '')
        .join('  ')
        .trimEnd(),
    ),
    '',
    'by area, with what each called for of Node and V8:',
    ...areas.filter(({ share }) => share >= 0.005).map(({ area, share }) => `${percent(share)}  ${area}`),
  ].join('\n');
}
