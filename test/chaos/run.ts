/** One run: servers, three processes, people and faults; then what is left of it, held against what it should be. */
import { mkdirSync, writeFileSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { Partitioners } from 'kafkajs';
import { Redis } from 'ioredis';
import { setUp } from '../../infra/application/application.ts';
import { topicVariables } from '../../infra/stack/cluster.ts';
import { runToEnd } from '../../infra/stack/run.ts';
import { type Stack, startStack } from '../../infra/stack/stack.ts';
import { until } from '../../infra/stack/until.ts';

import { seededRandom } from '../random.ts';
import { openUpstream } from '../upstream.ts';
import { startCanary } from './canary.ts';
import { type Clients, createClients } from './client.ts';
import { type Collected, collect, kafkaOf, settle } from './collect.ts';
import { type Fleet, type Gap, startFleet } from './fleet.ts';
import { openRestaurants, startLoad } from './load.ts';
import type { FaultKind } from './plan.ts';
import { type Inflicted, play } from './script.ts';
import { takeSnapshots } from './snapshots.ts';
import { openWires, type Wire } from './wires.ts';

const processes = 3;
const partitions = 8;
const restaurantsOfPartition = 4;
const firstRestaurant = 1_000;

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly brokers: number;
  readonly kinds: readonly FaultKind[];
  /** Data and logs of the run; emptied by nobody here. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Progress {
  readonly say: (line: string) => void;
  /** What is under way; null: all is well. */
  readonly now: (what: string | null) => void;
  readonly commands: (count: () => number) => void;
}

/** Everything that the checks need. */
export interface Ran extends Collected {
  readonly faults: readonly Inflicted[];
  readonly gaps: readonly Gap[];
  /** From the first offer of load to the last (ms). */
  readonly load: { readonly from: number; readonly until: number };
  /** When any partition answered anybody (ms). */
  readonly answeredAt: readonly number[];
  /** Answers that no client should get. */
  readonly clientFaults: readonly string[];
  /** Why the system was not quiet in the end; empty: it was. */
  readonly unsettled: readonly string[];
  /** What the operators' own tool has found to differ; empty: nothing. */
  readonly verified: readonly string[];
  /** How the processes ended in the end. */
  readonly ends: readonly string[];
}

export async function run(options: RunOptions): Promise<Ran> {
  const { brokers, folder, progress, signal } = options;
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'faults.log');
  const say = (line: string): void => {
    appendFileSync(log, `${new Date().toISOString()} ${line}\n`);
    progress.say(line);
  };
  progress.now('starting the servers');
  const wires = brokers > 1 ? await openWires(processes, brokers) : [];
  const listeners = wires.map(({ listener }) => listener);
  const dataDir = join(folder, 'data');
  const stack = await startStack({ dataDir, keep: true, how: 'local', brokers, listeners, signal });
  try {
    return await withStack(stack, wires, { ...options, progress: { ...progress, say } });
  } finally {
    progress.now('stopping the servers');
    await stack.stop();
  }
}

async function withStack(stack: Stack, wires: readonly Wire[], options: RunOptions): Promise<Ran> {
  const { brokers, folder, progress, signal } = options;
  const { urls } = stack;
  const places = { logDir: folder, runDir: folder, onDeath: () => undefined };
  progress.now('creating topics, schemas and tables');
  await setUp({ urls, port: 0, places, env: topicVariables(brokers) });
  progress.now('starting the processes');
  const fleet = await startFleet({ urls, count: processes, wires, folder, say: progress.say });
  const redis = new Redis(urls.REDIS_URL, { retryStrategy: () => 100 });
  redis.on('error', () => undefined); // it is killed now and then
  const upstream = await openUpstream(kafkaOf(urls), urls.SCHEMA_REGISTRY_URL);
  try {
    if (!(await until(fleet.allUp, 60_000))) throw new Error('the processes were not ready within 60 s');
    signal.throwIfAborted();
    return await withFleet({ stack, fleet, redis, upstream }, options);
  } finally {
    redis.disconnect();
    await upstream.close();
    await fleet.stop();
  }
}

interface Running {
  readonly stack: Stack;
  readonly fleet: Fleet;
  readonly redis: Redis;
  readonly upstream: Awaited<ReturnType<typeof openUpstream>>;
}

async function withFleet(running: Running, options: RunOptions): Promise<Ran> {
  const { stack, fleet, redis, upstream } = running;
  const { seed, seconds, kinds, folder, progress, signal } = options;
  const clients = createClients(fleet);
  progress.commands(() => clients.asked.length);
  const { restaurants, canaries } = places();
  progress.now('opening the restaurants');
  await openRestaurants(clients, restaurants);

  const answeredAt: number[] = [];
  const snapshots = takeSnapshots(redis, partitions);
  const canary = startCanary(fleet, canaries, (at) => answeredAt.push(at));
  const load = startLoad({ fleet, clients, upstream, restaurants, random: seededRandom(seed + 1e6) });
  const from = Date.now();
  progress.now(null);
  let faults: Inflicted[];
  let offered: number;
  try {
    const field = { stack, fleet, redis, snapshots };
    const random = seededRandom(seed);
    faults = await play({ ...progress, field, canary, seconds, kinds, random, signal });
  } finally {
    offered = Date.now();
    progress.now('letting everyone finish');
    await load.stop();
    canary.stop();
  }
  progress.now('waiting until all is quiet');
  const unsettled = await settle(stack.urls, redis, partitions);
  progress.now('reading what is there');
  const collected = await collect({ urls: stack.urls, redis, partitions, folder, clients, load, snapshots });
  snapshots.stop();
  progress.now('asking `verify`');
  const verified = await verify(stack, folder);
  progress.now('stopping the processes');
  const ends = await fleet.stop();
  return {
    ...collected,
    faults,
    gaps: fleet.gaps,
    load: { from, until: offered },
    answeredAt: [...answeredAt, ...answersOf(clients)].sort((a, b) => a - b),
    clientFaults: clients.faults,
    unsettled,
    verified,
    ends,
  };
}

const answersOf = ({ answeredAt }: Clients): readonly number[] => answeredAt;

/** What an operator would be told of the same servers. */
async function verify({ urls }: Stack, folder: string): Promise<string[]> {
  const file = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');
  const program = { file: process.execPath, args: [file, 'verify'], env: { ...process.env, ...urls } };
  return await runToEnd('verify', program, join(folder, 'verify.log')).then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
}

/** Some restaurants of each partition, and one a partition for the canary: the same in every run. */
function places(): { readonly restaurants: number[]; readonly canaries: number[] } {
  const restaurants: number[] = [];
  const canaries: number[] = [];
  const wanted = Array.from({ length: partitions }, () => restaurantsOfPartition + 1);
  for (let id = firstRestaurant; wanted.some((left) => left > 0); id += 1) {
    const partition = partitionOf(id);
    const left = wanted[partition] ?? 0;
    if (left === 0) continue;
    wanted[partition] = left - 1;
    if (left === 1) canaries[partition] = id;
    else restaurants.push(id);
  }
  return { restaurants, canaries };
}

const partitioner = Partitioners.DefaultPartitioner();
const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
  partitionErrorCode: 0,
  partitionId,
  leader: 0,
  replicas: [],
  isr: [],
}));

const partitionOf = (restaurantId: number): number =>
  partitioner({ topic: '', partitionMetadata, message: { key: String(restaurantId), value: null } });

/** For who looks at it later. */
export function keep(folder: string, name: string, value: unknown): void {
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
}
