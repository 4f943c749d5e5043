/** A backlog on the log, then a worker: how fast it works it off to the last committed output, and at what cost. */
import type { Server } from '../infra/stack/server.ts';
import { lunch, openings, restaurantsFor, teamsPerRestaurant } from './commands.ts';
import type { Figure, Run } from './figures.ts';
import { eachRun, part, type Say, scenario } from './scenario.ts';
import { emittedOffset, metric, openStage, processedOffset, type Stage, until } from './stage.ts';
import { peakMemory, pidOf, processorSeconds } from './usage.ts';

const figures: readonly Figure[] = [
  { name: 'throughput', unit: 'commands/s' },
  { name: 'processor time a command', unit: 'µs', target: { most: 50 } },
  { name: 'peak memory of the worker', unit: 'MB', target: { most: 400 } },
  { name: 'processor time a command of Kafka', unit: 'µs' },
  { name: 'peak memory of Kafka', unit: 'MB' },
  { name: 'processor time a command of Redis', unit: 'µs' },
  { name: 'peak memory of Redis', unit: 'MB' },
];

interface Size {
  readonly commands: number;
  readonly roles: string;
  /** Whether what is kept is held against the logs afterwards. */
  readonly verify: boolean;
}

/** On servers of its own. */
export async function measureBacklog({ commands, roles, verify }: Size, say: Say): Promise<Run> {
  const stage = await openStage(roles);
  try {
    const total = await putBacklog(stage, commands, part(say, 0, 2));
    const measured = await workOff(stage, await stage.worker(), total, part(say, 1, 2));
    if (verify) {
      say('holding what is kept against the logs', 1);
      await stage.verify();
    }
    return measured;
  } finally {
    await stage.close();
  }
}

export const backlog = scenario({
  about: 'a backlog on the log, worked off to the last committed output',
  sizes: {
    quick: { commands: 30_000, roles: 'queue', verify: true },
    full: { commands: 200_000, roles: 'queue', verify: true },
  },
  figures: () => figures,
  measure: eachRun(measureBacklog),
});

/** Answers how many commands are on the log: those that open the restaurants come in addition. */
export async function putBacklog({ codec, produce }: Stage, commands: number, say: Say): Promise<number> {
  const restaurants = restaurantsFor(commands);
  const put = (count: number): void => say(`${count} commands on the log`, count / commands);
  const opened = await produce(openings(codec, restaurants), put);
  return opened + (await produce(lunch(codec, restaurants, teamsPerRestaurant), put));
}

/** Starts the worker on a log of `total` commands, and measures from its first ones to the last. */
export async function workOff(
  { stack }: Stage,
  worker: Server<'app'>,
  total: number,
  say: Say,
): Promise<Run> {
  await Promise.all([
    worker.start(),
    until('it has begun', 120_000, () => metric(worker, processedOffset), 1),
  ]);
  const pids = [worker, stack.servers.kafka, stack.servers.redis].map(pidOf);
  const already = await metric(worker, processedOffset);
  const used = pids.map(processorSeconds);
  const began = performance.now();
  await until(
    'all outputs are committed',
    3_600_000,
    () => metric(worker, emittedOffset),
    total,
    (done) =>
      say(`${done} of ${total} commands told, ${peakMemory(pidOf(worker)).toFixed(0)} MB`, done / total),
  );
  const seconds = (performance.now() - began) / 1_000;
  const rest = total - already;
  const micros = pids.map((pid, at) => ((processorSeconds(pid) - (used[at] ?? 0)) / rest) * 1e6);
  const [ofWorker = 0, ofKafka = 0, ofRedis = 0] = micros;
  const [workers = 0, kafkas = 0, redises = 0] = pids.map(peakMemory);
  return {
    throughput: rest / seconds,
    'processor time a command': ofWorker,
    'peak memory of the worker': workers,
    'processor time a command of Kafka': ofKafka,
    'peak memory of Kafka': kafkas,
    'processor time a command of Redis': ofRedis,
    'peak memory of Redis': redises,
  };
}
