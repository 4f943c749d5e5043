/** Several worker processes on the same cores: what they get done together, and how long nobody answers in a handover. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../infra/stack/server.ts';
import { until as untilTrue } from '../infra/stack/until.ts';
import { partitionOf } from '../src/topology/kafka/client.ts';
import { commandsPerTeam, lunch, openings, restaurantsFor, teamsPerRestaurant } from './commands.ts';
import type { Figure, Run } from './figures.ts';
import { type Came, longestGap } from './gaps.ts';
import { now } from './monotonic.ts';
import { hearOutcomes } from './outcomes.ts';
import { prepareLunch, sendPaced } from './pacedCommands.ts';
import { eachRun, part, type Say, scenario } from './scenario.ts';
import { accepted, holdBack, metrics, openStage, settle, type Stage, until } from './stage.ts';

/** Processes that share a backlog. A handover is among as many as the last says. */
const counts = [1, 2, 4] as const;

/** A handover's load: commands a second, how long before and after a change, and for how long at most (seconds). */
const handoverLoad = { rate: 300, settle: 4, most: 60 };

const names = (partitions: number) => ({
  throughput: (workers: number): string => `throughput of ${workers} over ${partitions} partitions`,
  ratio: `throughput of 4 ÷ of 1 over ${partitions} partitions`,
  leaving: `longest gap in answers when one of 4 leaves, ${partitions} partitions`,
  joining: `longest gap in answers when a 4th joins, ${partitions} partitions`,
});

interface Size {
  readonly commands: number;
  /** Numbers of partitions, one after the other. */
  readonly partitions: readonly number[];
  readonly verify: boolean;
}

const figures = ({ partitions }: Size): readonly Figure[] =>
  partitions
    .map(names)
    .flatMap((name) => [
      ...counts.map((workers) => ({ name: name.throughput(workers), unit: 'commands/s' })),
      { name: name.ratio, unit: '×', target: { least: 1 } },
      { name: name.leaving, unit: 's', target: { most: 3 } },
      { name: name.joining, unit: 's', target: { most: 3 } },
    ]);

async function run(size: Size, say: Say): Promise<Run> {
  const all: Run[] = [];
  for (const [index, partitions] of size.partitions.entries())
    all.push(await over(partitions, size, part(say, index, size.partitions.length)));
  return Object.assign({}, ...all) as Run;
}

async function over(partitions: number, { commands, verify }: Size, say: Say): Promise<Run> {
  const stage = await openStage('queue', partitions);
  const name = names(partitions);
  const tell = (text: string, share: number): void => say(`${partitions} partitions, ${text}`, share);
  try {
    const throughputs: Record<string, number> = {};
    for (const [index, count] of counts.entries()) {
      tell(`a backlog for ${count}`, 0.2 * index);
      throughputs[name.throughput(count)] = await shareBacklog(stage, partitions, count, commands);
    }
    tell('a handover', 0.6);
    const { leaving, joining } = await handOver(stage, partitions);
    if (verify) {
      tell('holding what is kept against the logs', 1);
      await stage.verify();
    }
    const [one = Number.NaN, , four = Number.NaN] = counts.map(
      (count) => throughputs[name.throughput(count)],
    );
    return {
      ...throughputs,
      [name.ratio]: four / one,
      [name.leaving]: leaving / 1_000,
      [name.joining]: joining / 1_000,
    };
  } finally {
    await stage.close();
  }
}

const startWorkers = (stage: Stage, count: number): Promise<readonly Server<'app'>[]> =>
  Promise.all(Array.from({ length: count }, () => stage.worker())).then(async (workers) => {
    await Promise.all(workers.map((worker) => worker.start()));
    return workers;
  });

const stopAll = (workers: readonly Server<'app'>[]): Promise<unknown> =>
  Promise.all(workers.map((worker) => worker.stop()));

/** The restaurants of a backlog begin where those of no other scenario step are. */
const firstOf = (workers: number): number => workers * 1_000_000;

/** Commands a second: the workers are there and idle when all of the backlog appears at once. */
async function shareBacklog(
  stage: Stage,
  partitions: number,
  count: number,
  commands: number,
): Promise<number> {
  const workers = await startWorkers(stage, count);
  await allRun(workers, partitions);
  const restaurants = restaurantsFor(commands);
  const first = firstOf(count);
  await settle(stage, workers, openings(stage.codec, restaurants, first));
  const messages = [...lunch(stage.codec, restaurants, teamsPerRestaurant, commandsPerTeam, first)];
  const total = (await accepted(workers)) + messages.length;
  const release = await holdBack(stage, messages);
  const began = now();
  await release();
  await until('all is accepted', 3_600_000, () => accepted(workers), total);
  const isTold = async (): Promise<boolean> =>
    (await metrics(workers, 'waiting_task_unemitted_commands')) === 0;
  if (!(await untilTrue(isTold, 60_000))) throw new Error('what is accepted is not told of');
  const seconds = (now() - began) / 1_000;
  await stopAll(workers);
  return messages.length / seconds;
}

/** Resolves when every partition has a task that runs, twice in a row. */
async function allRun(workers: readonly Server<'app'>[], partitions: number): Promise<void> {
  let before = false;
  const settled = await untilTrue(
    async () => {
      const running = await metrics(workers, 'waiting_task_state', 'state="running"');
      const ready = running === partitions;
      const twice = ready && before;
      before = ready;
      return twice;
    },
    120_000,
    500,
  );
  if (!settled) throw new Error(`${workers.length} workers do not run ${partitions} tasks`);
}

interface Handover {
  /** Milliseconds. */
  readonly leaving: number;
  readonly joining: number;
}

/** One of the workers is asked to end, then another one starts, while commands keep coming. */
async function handOver(stage: Stage, partitions: number): Promise<Handover> {
  const { rate, settle: settleSeconds, most } = handoverLoad;
  const [leaver, ...others] = await startWorkers(stage, counts.at(-1) ?? 0);
  if (!leaver) throw new Error('there is no worker to leave');
  await allRun([leaver, ...others], partitions);
  const messages = await prepareLunch(stage, [leaver, ...others], rate * most, firstOf(0) + 1);

  const answered = new Set<string>();
  const answers: Came[] = [];
  const faults: string[] = [];
  const failed = (error: unknown): void => void faults.push(String(error));
  const outcomes = await hearOutcomes(
    stage,
    ({ commandId, restaurantId, rejection }, at) => {
      if (rejection) faults.push(`${commandId} was refused with ${rejection.code}`);
      answered.add(commandId);
      answers.push({ partition: partitionOf(String(restaurantId), partitions), at });
    },
    failed,
  );
  try {
    const loop = sendPaced(stage, messages, { rate, channel: outcomes.channel }, failed);
    const settleAfter = async (change: () => Promise<unknown>): Promise<readonly [number, number]> => {
      await sleep(1_000 * settleSeconds);
      const from = now();
      await change();
      await sleep(1_000 * settleSeconds);
      return [from, now()];
    };
    const left = await settleAfter(() => leaver.stop());
    const joiner = await stage.worker();
    const joined = await settleAfter(() => joiner.start());
    loop.stop();
    await loop.over;
    // What was due by then may leave a little later.
    const sent = (): number => loop.late.count();
    if (sent() === messages.length) throw new Error(`the handover took longer than ${most} s`);
    if (!(await untilTrue(() => answered.size === sent() || faults.length > 0, 30_000)))
      faults.push(`${answered.size} of ${sent()} were answered`);
    if (faults.length > 0)
      throw new Error(`${faults.length} faults in a handover, such as: ${faults[0] ?? ''}`);
    await stopAll([...others, joiner]);
    return { leaving: longestGap(answers, ...left), joining: longestGap(answers, ...joined) };
  } finally {
    outcomes.close();
  }
}

export const workers = scenario({
  about: '1, 2 and 4 worker processes over 8 partitions (--full: and 64), and a handover among them',
  sizes: {
    quick: { commands: 30_000, partitions: [8], verify: true },
    full: { commands: 100_000, partitions: [8, 64], verify: true },
  },
  figures,
  measure: eachRun(run),
});
