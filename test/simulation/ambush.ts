import { crash, freeze, rollBack } from './hits.ts';
import type { World } from './world.ts';

/** The requests at which something is lain in wait for a process: every step of a task and its takeover. */
const operations = [
  'commit',
  'claim',
  'reset',
  'restore',
  'begin',
  'outbox',
  'get',
  'look',
  'init producer',
  'add partitions',
  'produce',
  'end transaction',
  'append',
  'read',
  'apply',
] as const;

const lifeOfCopyMillis = [0.1, 30] as const;

/** From a stall that was found to the crash of who found it: before, while and after the queues decide on it. */
const untilCrashMillis = [1, 800] as const;

/** Whoever has found a stall may crash before it is excused, and before that is kept. */
export function layStallAmbush(world: World, until: number, ended: (kind: string) => void): void {
  const { scheduler } = world;
  world.stallFound = (process) => {
    const at = scheduler.between(...untilCrashMillis);
    if (scheduler.now() + at >= until || !scheduler.chance(0.5)) return;
    scheduler.after(at, () => {
      world.count('crash after a stall');
      crash(world, process);
      ended('crash');
    });
  };
}

/**
 * At the nth request of a kind, just before or after it takes effect, the process that sent it is hit, or Redis is soon
 * after as it was then: a replica that was behind has become the master.
 */
export function layAmbush(world: World, until: number, ended: (kind: string) => void): void {
  const { scheduler } = world;
  const operation = scheduler.pick(operations);
  const when = scheduler.chance(0.5) ? 'before' : 'after';
  const end = (kind: string, millis: number, action: () => void): void => {
    world.count(kind);
    scheduler.after(millis, () => {
      action();
      ended(kind);
    });
  };
  world.ambushes.push({
    operation,
    when,
    left: 1 + Math.floor(scheduler.random() ** 2 * 40),
    strike: (process) => {
      if (scheduler.now() >= until) return;
      const dice = scheduler.random();
      if (dice < 0.3) {
        end('Redis rolled back', scheduler.between(...lifeOfCopyMillis), rollBack(world));
        if (operation === 'reset' || operation === 'restore') world.count('rolled back while restoring');
        return;
      }
      if (operation === 'claim' && when === 'after') world.count('crash between claim and restore');
      if (operation === 'reset' || operation === 'restore') world.count('crash while restoring');
      if (dice < 0.65) {
        world.count('crash');
        crash(world, process);
        ended('crash');
      } else {
        const longest = Math.max(20, until - scheduler.now());
        end('freeze', scheduler.between(20, longest), freeze(world, process));
      }
    },
  });
}
