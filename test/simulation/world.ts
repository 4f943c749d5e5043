/** The servers, the network and the processes of one simulated run, and what can be done to them. */
import { topics } from '../../src/schemas/topics.ts';
import { type Instance, startInstance } from './instance.ts';
import { FencedError } from '../../src/topology/ports.ts';
import { memoryKafka, type MemoryKafka } from './memoryKafka.ts';
import { memoryPostgres, type MemoryPostgres } from './memoryPostgres.ts';
import { memoryRedis, type MemoryRedis } from './memoryRedis.ts';
import { createProcess, type Fate, type Network, type Process, type Server } from './process.ts';
import type { Sabotage } from './sabotage.ts';
import type { Scheduler } from './scheduler.ts';
import { type Watch, watchMarks } from './watch.ts';

/** Shorter than on a real broker (10 s, 30 s, 15 s), so that a short run has all of it. */
const sessionMillis = 3_000;
const rebalanceMillis = 3_000;
const heartbeatMillis = 500;
const transactionTimeoutMillis = 6_000;

/** Milliseconds of one way, by server. */
const ways: Readonly<Record<Server, readonly [number, number]>> = {
  kafka: [0.3, 3],
  redis: [0.1, 0.8],
  postgres: [0.3, 3],
};

const stallFound = 'the partition stalled: deadlines that ran grow by it';
/** What the engine says that many seeds must come to. */
const counted: ReadonlySet<string> = new Set(['emitted the outbox', 'restored the state', stallFound]);

/** Where a process is to end or to freeze: at the nth request of a kind. */
interface Ambush {
  readonly operation: string;
  readonly when: 'before' | 'after';
  readonly strike: (process: Process) => void;
  left: number;
}

export interface World {
  readonly scheduler: Scheduler;
  readonly kafka: MemoryKafka;
  readonly redis: MemoryRedis;
  readonly postgres: MemoryPostgres;
  readonly watch: Watch;
  readonly count: (what: string) => void;
  readonly counts: ReadonlyMap<string, number>;
  /** How much goes wrong by itself, 0 to 1. */
  noise: number;
  readonly ambushes: Ambush[];
  /** A process has found a stall, and is about to tell the log. */
  stallFound: (process: Process) => void;
  readonly instances: () => readonly Instance[];
  readonly start: () => Instance;
  readonly crash: (process: Process) => void;
  /** A process without the product: a client of the servers. */
  readonly client: (name: string) => Process;
  readonly setUp: (server: Server, up: boolean) => void;
  readonly isUp: (server: Server) => boolean;
  readonly cut: (process: Process, server: Server, cut: boolean) => void;
  /** Every request of the process takes so many times as long. */
  readonly slow: (process: Process, times: number) => void;
  /** Lets go of every process there was, once the run is over. */
  readonly release: () => void;
  /** What the engine said as an error, or a worker that has failed for good. */
  readonly loud: string[];
}

export function createWorld(scheduler: Scheduler, partitions: number, sabotage: Sabotage | null): World {
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const instances: Instance[] = [];
  const ever: Instance[] = [];
  const lives = { kafka: 0, redis: 0, postgres: 0 };
  const ups = { kafka: true, redis: true, postgres: true };
  const cuts = new Map<Process, Set<Server>>();
  const slowness = new Map<Process, number>();
  let started = 0;

  const kafka = memoryKafka({
    topics: Object.values(topics),
    partitions,
    timeline: scheduler,
    random: scheduler.random,
    sessionMillis,
    rebalanceMillis,
    heartbeatMillis,
    transactionTimeoutMillis,
    timedOut: () => count('transaction timed out'),
  });
  const watch = watchMarks(kafka, scheduler);
  const redis = memoryRedis({
    random: scheduler.random,
    written: watch.written,
    refused: (how) => count(`Redis: ${how}`),
    ...((sabotage === 'epoch check' || sabotage === 'S check') && { without: sabotage }),
  });

  const network: Network = {
    fate: (process, server, operation): Fate => {
      const times = slowness.get(process) ?? 1;
      const [least, most] = ways[server];
      const way = (): number => times * scheduler.between(least, most);
      const dice = scheduler.random() / world.noise;
      const late = dice > 0.01 && dice < 0.02;
      if (late) count('delayed');
      const lost = dice < 0.003 ? 'request' : dice < 0.007 ? 'reply' : null;
      if (lost) count(`${lost} lost`);
      const twice = operation === 'append' && dice > 0.02 && dice < 0.05;
      if (twice) count('duplicated');
      return {
        there: way() + (late ? scheduler.between(20, 900) : 0),
        back: way() + (lost ? scheduler.between(10, 500) : 0),
        lost,
        twice,
      };
    },
    reaches: (process, server) => ups[server] && !cuts.get(process)?.has(server),
    life: (server) => lives[server],
    passing: (process, operation, when) => {
      const ambush = world.ambushes.find((each) => each.operation === operation && each.when === when);
      if (!ambush || !process.isAlive() || process.isFrozen() || !isOurs(process)) return;
      ambush.left -= 1;
      if (ambush.left > 0) return;
      world.ambushes.splice(world.ambushes.indexOf(ambush), 1);
      ambush.strike(process);
    },
  };
  const isOurs = (process: Process): boolean => instances.some((each) => each.process === process);

  const world: World = {
    scheduler,
    kafka,
    redis,
    postgres: memoryPostgres(),
    watch,
    count,
    counts,
    noise: 0,
    ambushes: [],
    stallFound: () => undefined,
    loud: [],
    // Node keeps signals that somebody listens to: without this every process of every seed would stay in memory.
    release: () => {
      for (const { process, stop } of ever) {
        process.release();
        void stop();
      }
    },
    instances: () => instances,
    start: () => {
      const name = `w${(started += 1)}`;
      // A clock that is wrong by a minute and a half decides nothing.
      const skew = Math.round(scheduler.between(-1, 1) * (scheduler.chance(0.3) ? 90_000 : 300));
      const process = createProcess(name, scheduler, network, skew);
      const instance = startInstance({
        process,
        kafka,
        redis,
        postgres: world.postgres,
        sabotage,
        said: (level, message, details) => {
          scheduler.note(name, message);
          if (counted.has(message)) count(message);
          if (message === stallFound) world.stallFound(process);
          if (level === 'error') world.loud.push(`${name}: ${message} ${describe(details)}`);
        },
        failed: (error) => {
          if (error instanceof FencedError) count('Kafka: fenced');
        },
      });
      scheduler.note(name, 'started');
      instances.push(instance);
      ever.push(instance);
      return instance;
    },
    crash: (process) => {
      scheduler.note(process.name, 'crashed');
      if (watch.hasUnemitted()) count('crash between S and E');
      process.crash();
      const index = instances.findIndex((each) => each.process === process);
      if (index >= 0) instances.splice(index, 1);
    },
    client: (name) => createProcess(name, scheduler, network, 0),
    setUp: (server, up) => {
      scheduler.note(server, up ? 'up' : 'down');
      ups[server] = up;
      lives[server] += 1;
      if (server === 'kafka') kafka.isUp = up;
      if (server === 'redis' && up) redis.reconnect();
    },
    isUp: (server) => ups[server],
    cut: (process, server, cut) => {
      scheduler.note(process.name, `${cut ? 'cut from' : 'back at'} ${server}`);
      const from = cuts.get(process) ?? new Set();
      cuts.set(process, from);
      if (cut) from.add(server);
      else from.delete(server);
    },
    slow: (process, times) => void slowness.set(process, times),
  };
  return world;
}

const describe = (details: object): string =>
  'err' in details ? String(details.err) : JSON.stringify(details);
