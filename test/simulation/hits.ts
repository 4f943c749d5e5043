/** What may hit a process or Redis, at a time or at a request. */
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** It is gone; another one starts a while later. */
export function crash(world: World, process: Process): void {
  if (!process.isAlive()) return;
  world.crash(process);
  world.scheduler.after(world.scheduler.between(100, 2_500), () => void world.start());
}

/** It stands still; answers how it goes on. */
export function freeze(world: World, process: Process): () => void {
  world.scheduler.note(process.name, 'frozen');
  process.freeze();
  return () => {
    world.scheduler.note(process.name, 'resumed');
    process.resume();
  };
}

/** Remembers Redis as it is; that comes back at the end, as from a copy or a replica that was behind. */
export function rollBack(world: World): () => void {
  const copy = world.redis.copy();
  world.scheduler.note('redis', 'copied');
  return () => {
    world.scheduler.note('redis', 'rolled back');
    world.redis.restoreCopy(copy);
    world.watch.replaced();
    if (world.scheduler.chance(0.5)) world.redis.reconnect();
  };
}
