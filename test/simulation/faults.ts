/** What goes wrong in one simulated run, and when it is well again. */
import { layAmbush, layStallAmbush } from './ambush.ts';
import { crash, freeze, rollBack } from './hits.ts';
import type { Process, Server } from './process.ts';
import type { World } from './world.ts';

/** Begins a fault; answers how it ends, `over` when it has, or null when there was nothing to be hit. */
type Fault = (world: World) => (() => void) | 'over' | null;

const target = (world: World): Process | null => {
  const running = world.instances().filter(({ process }) => !process.isFrozen());
  return running.length === 0 ? null : world.scheduler.pick(running).process;
};

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
    return process && 'over';
  },
  freeze: (world) => {
    const process = target(world);
    return process && freeze(world, process);
  },
  deploy: (world) => {
    const process = target(world);
    const instance = world.instances().find((each) => each.process === process);
    if (!process || !instance) return null;
    world.scheduler.note(process.name, 'stopping');
    void instance.stop().then(() => {
      world.count('stopped in order');
      crash(world, process);
    });
    // Whoever does not end by itself is killed.
    world.scheduler.after(8_000, () => crash(world, process));
    return 'over';
  },
  'one more worker': (world) => {
    const { process } = world.start();
    return () => world.crash(process);
  },
  rebalance: ({ kafka }) => {
    kafka.groupOf('waiting.commands', 'waiting-queue').rebalance();
    return 'over';
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
    return 'over';
  },
  'Redis rolled back': (world) => rollBack(world),
  compaction: ({ kafka, scheduler }) => {
    const partition = Math.floor(scheduler.random() * kafka.partitions);
    kafka.logOf('waiting.queue-changelog', partition).compact(Math.floor(scheduler.between(0, 12)));
    return 'over';
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
      const end = deck[kind]?.(world) ?? null;
      if (end === null) return;
      world.count(kind);
      if (end === 'over') ended(kind);
      else
        scheduler.after(scheduler.between(20, longest), () => {
          end();
          ended(kind);
        });
    });
  }
  const ambushes = Math.floor(scheduler.random() * 3);
  for (let n = 0; n < ambushes; n += 1) layAmbush(world, until, ended);
  layStallAmbush(world, until, ended);
  return past;
}
