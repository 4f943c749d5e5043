/** A backlog on the log, then a worker: how fast it works it off to the last committed output, and in how much memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { commandsPerTeam, commandsToOpen, lunch, openings } from './commands.ts';
import type { Figure, Run } from './figures.ts';
import { eachRun, type Say, scenario } from './scenario.ts';
import { metric, openStage, peakMemory, pidOf, processorSeconds } from './stage.ts';

const teams = 20;
const lookMillis = 100;

const figures: readonly Figure[] = [
  { name: 'throughput', unit: 'commands/s' },
  { name: 'processor time a command', unit: 'µs', target: { most: 50 } },
  { name: 'peak memory of the worker', unit: 'MB', target: { most: 400 } },
];

async function run(
  { commands, roles }: { readonly commands: number; readonly roles: string },
  say: Say,
): Promise<Run> {
  const stage = await openStage(roles);
  try {
    const restaurants = Math.ceil(commands / (teams * commandsPerTeam + commandsToOpen));
    const put = (count: number): void => say(`${count} commands on the log`, (0.3 * count) / commands);
    const opened = await stage.produce(openings(stage.codec, restaurants), put);
    const total = opened + (await stage.produce(lunch(stage.codec, restaurants, teams), put));

    const worker = await stage.worker();
    await Promise.all([worker.start(), until('it has begun', 120_000, () => metric(worker, processed), 1)]);
    const [began, already, used] = [
      performance.now(),
      await metric(worker, processed),
      processorSeconds(pidOf(worker)),
    ];
    await until(
      'all outputs are committed',
      3_600_000,
      () => metric(worker, emitted),
      total,
      (done) =>
        say(
          `${done} of ${total} commands told, ${peakMemory(pidOf(worker)).toFixed(0)} MB`,
          0.3 + (0.7 * done) / total,
        ),
    );
    const seconds = (performance.now() - began) / 1_000;
    const rest = total - already;
    return {
      throughput: rest / seconds,
      'processor time a command': ((processorSeconds(pidOf(worker)) - used) / rest) * 1e6,
      'peak memory of the worker': peakMemory(pidOf(worker)),
    };
  } finally {
    await stage.close();
  }
}

export const backlog = scenario({
  about: 'a backlog on the log, worked off to the last committed output',
  sizes: { quick: { commands: 100_000, roles: 'queue' }, full: { commands: 200_000, roles: 'queue' } },
  figures: () => figures,
  measure: eachRun(run),
});

const processed = 'waiting_task_processed_offset';
const emitted = 'waiting_task_emitted_offset';

/** Looks until the value is at least this. Throws when that takes longer than `patience` (ms). */
export async function until(
  what: string,
  patience: number,
  look: () => Promise<number>,
  least: number,
  say: (value: number) => void = () => undefined,
): Promise<void> {
  for (let spent = 0, said = 0; ; spent += lookMillis) {
    const value = await look();
    if (value >= least) return;
    if (spent > patience)
      throw new Error(`${what}: not within ${patience / 1_000} s, but ${value} of ${least}`);
    if (spent - said >= 2_000) {
      said = spent;
      say(value);
    }
    await sleep(lookMillis);
  }
}
