/** Redis is wiped: how long a worker takes to have every queue back from the changelog. */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { Server } from '../infra/stack/server.ts';
import { commandsToOpen, lunch, openings } from './commands.ts';
import type { Figure, Run } from './figures.ts';
import { eachRun, part, type Say, scenario } from './scenario.ts';
import { emittedOffset, metric, openStage, until } from './stage.ts';
import { peakMemory, pidOf } from './usage.ts';

/** Teams that wait at each restaurant. */
const teams = 3;

type RestoreSize = {
  /** How many there are, growing: each number on servers of its own. */
  readonly queues: number | readonly number[];
};

const many = (queues: number): string => `${queues.toLocaleString('en')} queues`;

const figuresOf = ({ queues }: RestoreSize): readonly Figure[] =>
  [queues].flat().flatMap((count): Figure[] => [
    { name: `restore, ${many(count)}`, unit: 's' },
    { name: `restored, ${many(count)}`, unit: 'queues/s' },
    { name: `restored a partition, ${many(count)}`, unit: 'queues/s', target: { least: 50_000 } },
    { name: `peak memory of the worker, ${many(count)}`, unit: 'MB' },
  ]);

async function run({ queues }: RestoreSize, say: Say): Promise<Run> {
  const counts = [queues].flat();
  const runs: Run[] = [];
  for (const [index, count] of counts.entries())
    runs.push(await restoreOf(count, part(say, index, counts.length)));
  return Object.assign({}, ...runs) as Run;
}

async function restoreOf(queues: number, say: Say): Promise<Run> {
  const stage = await openStage('queue');
  try {
    const put = (count: number): void => say(`${count} commands on the log`);
    await stage.produce(openings(stage.codec, queues), put);
    await stage.produce(lunch(stage.codec, queues, teams, 1), put);
    const total = queues * (commandsToOpen + teams);

    const before = await stage.worker();
    await before.start();
    await until(
      'all is decided',
      3_600_000,
      () => metric(before, emittedOffset),
      total,
      (done) => say(`${done} of ${total} commands told`),
    );
    await before.stop();
    const redis = new Redis(stage.stack.urls.REDIS_URL);
    await redis.flushall();
    await redis.quit();

    const worker = await stage.worker();
    await worker.start();
    const restores = restoresOf(worker);
    const memory = peakMemory(pidOf(worker));
    const seconds =
      (Math.max(...restores.map(({ to }) => to)) - Math.min(...restores.map(({ from }) => from))) / 1_000;
    const slowest = Math.max(...restores.map(({ from, to }) => to - from)) / 1_000;
    return {
      [`restore, ${many(queues)}`]: seconds,
      [`restored, ${many(queues)}`]: queues / seconds,
      [`restored a partition, ${many(queues)}`]: queues / restores.length / slowest,
      [`peak memory of the worker, ${many(queues)}`]: memory,
    };
  } finally {
    await stage.close();
  }
}

export const restore = scenario<RestoreSize>({
  about: 'every queue back from the changelog after Redis was wiped',
  sizes: { quick: { queues: 10_000 }, full: { queues: [1_000, 10_000, 100_000] } },
  figures: figuresOf,
  measure: eachRun(run),
});

interface Restored {
  readonly from: number;
  readonly to: number;
}

/** When each partition's restore began and ended, as the worker's log has it. */
function restoresOf(worker: Server<'app'>): Restored[] {
  return readFileSync(worker.log ?? '', 'utf8')
    .split('\n')
    .filter((line) => line.includes('"msg":"restored the state"'))
    .map((line) => JSON.parse(line) as { time: number; ms: number })
    .map(({ time, ms }) => ({ from: time - ms, to: time }))
    .slice(-8);
}
