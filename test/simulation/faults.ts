/** What goes wrong in one simulated run, and when it is well again. */
import type { Process, Server } from './process.ts';
import type { World } from './world.ts';

/** Begins a fault; answers how it ends, or null when it is over at once. */
type Fault = (world: World) => (() => void) | null;

const target = (world: World): Process | null => {
  const running = world.instances().filter(({ process }) => !process.isFrozen());
  return running.length === 0 ? null : world.scheduler.pick(running).process;
};

function crash(world: World, process: Process): void {
  if (!process.isAlive()) return;
  world.crash(process);
  world.scheduler.after(world.scheduler.between(100, 2_500), () => void world.start());
}

function freeze(world: World, process: Process): () => void {
  world.scheduler.note(process.name, 'frozen');
  process.freeze();
  return () => {
    world.scheduler.note(process.name, 'resumed');
    process.resume();
  };
}

const down =
  (server: Server): Fault =>
  (world) => {
    if (!world.isUp(server)) return null;
    world.setUp(server, false);
    return () => world.setUp(server, true);
  };

const cut =
  (server: Server): Fault =>
  (world) => {
    const process = target(world);
    if (!process) return null;
    world.cut(process, server, true);
    return () => world.cut(process, server, false);
  };

const deck: Readonly<Record<string, Fault>> = {
  crash: (world) => {
    const process = target(world);
    if (process) crash(world, process);
    return null;
  },
  freeze: (world) => {
    const process = target(world);
    return process && freeze(world, process);
  },
  deploy: (world) => {
    const instance = world.instances().find(({ process }) => process === target(world));
    if (!instance) return null;
    const { process } = instance;
    world.scheduler.note(process.name, 'stopping');
    void instance.stop().then(() => {
      world.count('stopped in order');
      crash(world, process);
    });
    // Whoever does not end by itself is killed.
    world.scheduler.after(8_000, () => crash(world, process));
    return null;
  },
  'one more worker': (world) => {
    const { process } = world.start();
    return () => world.crash(process);
  },
  rebalance: ({ kafka }) => {
    kafka.groupOf('waiting.commands', 'waiting-queue').rebalance();
    return null;
  },
  'cut from Kafka': cut('kafka'),
  'cut from Redis': cut('redis'),
  'cut from Postgres': cut('postgres'),
  slow: (world) => {
    const process = target(world);
    if (!process) return null;
    world.slow(process, world.scheduler.between(20, 200));
    return () => world.slow(process, 1);
  },
  'broker down': down('kafka'),
  'Redis down': down('redis'),
  'Postgres down': down('postgres'),
  'Redis wiped': (world) => {
    world.scheduler.note('redis', 'wiped');
    world.redis.wipe();
    world.watch.replaced();
    return null;
  },
  'Redis rolled back': (world) => {
    const copy = world.redis.copy();
    world.scheduler.note('redis', 'copied');
    return () => {
      world.scheduler.note('redis', 'rolled back');
      world.redis.restoreCopy(copy);
      world.watch.replaced();
      if (world.scheduler.chance(0.5)) world.redis.reconnect();
    };
  },
  compaction: ({ kafka, scheduler }) => {
    const partition = Math.floor(scheduler.random() * kafka.partitions);
    kafka.logOf('waiting.queue-changelog', partition).compact(Math.floor(scheduler.between(0, 12)));
    return null;
  },
};

export const faultKinds: readonly string[] = [
  ...Object.keys(deck),
  'request lost',
  'reply lost',
  'delayed',
  'duplicated',
  'transaction timed out',
];

/** Where a process may be hit: by the request it is at. */
const ambushed = [
  'commit',
  'claim',
  'reset',
  'restore',
  'begin',
  'init producer',
  'add partitions',
  'produce',
  'end transaction',
  'append',
  'read',
  'apply',
  'outbox',
  'get',
] as const;

/** A fault as it was, for measuring how long it took to recover. */
export interface Past {
  readonly kind: string;
  readonly endedAt: number;
}

/** Schedules so many faults, each over by `until` (virtual ms since the epoch); nothing goes wrong after that. */
export function scheduleFaults(world: World, count: number, until: number): readonly Past[] {
  const { scheduler } = world;
  const past: Past[] = [];
  const kinds = Object.keys(deck);
  const ended = (kind: string) => void past.push({ kind, endedAt: scheduler.now() });
  for (let n = 0; n < count; n += 1) {
    const at = scheduler.between(500, until - scheduler.now() - 500);
    const kind = scheduler.pick(kinds);
    const longest = Math.min(until - scheduler.now() - at, 9_000);
    scheduler.after(at, () => {
      const end = deck[kind]?.(world);
      if (end !== null) world.count(kind);
      else if (instant.has(kind)) world.count(kind);
      if (end)
        scheduler.after(scheduler.between(20, longest), () => {
          end();
          ended(kind);
        });
      else ended(kind);
    });
  }
  const ambushes = Math.floor(scheduler.random() * 3);
  for (let n = 0; n < ambushes; n += 1) ambush(world, until, ended);
  return past;
}

const instant = new Set(['crash', 'deploy', 'rebalance', 'Redis wiped', 'compaction']);

function ambush(world: World, until: number, ended: (kind: string) => void): void {
  const { scheduler } = world;
  const operation = scheduler.pick(ambushed);
  const when = scheduler.chance(0.5) ? 'before' : 'after';
  const left = 1 + Math.floor(scheduler.random() ** 2 * 40);
  world.ambushes.push({
    operation,
    when,
    left,
    strike: (process) => {
      if (scheduler.now() >= until) return;
      if (operation === 'claim' && when === 'after') world.count('crash between claim and restore');
      if (operation === 'reset' || operation === 'restore') world.count('crash while restoring');
      if (scheduler.chance(0.5)) {
        world.count('crash');
        crash(world, process);
        ended('crash');
        return;
      }
      world.count('freeze');
      const resume = freeze(world, process);
      scheduler.after(scheduler.between(20, Math.max(20, until - scheduler.now())), () => {
        resume();
        ended('freeze');
      });
    },
  });
}
