import type { PartitionSource } from './ports.ts';
import type { Task } from './task.ts';
import type { TaskState } from './metrics.ts';

export interface WorkerDeps {
  readonly source: PartitionSource;
  readonly startTask: (partition: number) => Task;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: object) => void;
  /** The group has given this process its partitions, be they the same as before. */
  readonly rebalanced?: () => void;
  /** The consumer is gone for good: the process should end, and say why. */
  readonly crashed: (error: Error) => void;
}

/** A process's share of the partitions: a task for each, started and closed as the group assigns them. */
export interface Worker {
  readonly start: () => Promise<void>;
  /** null until the group has assigned something, be it nothing. */
  readonly states: () => ReadonlyMap<number, TaskState> | null;
  readonly stop: () => Promise<void>;
}

export function createWorker(deps: WorkerDeps): Worker {
  const tasks = new Map<number, Task>();
  const leaving = new Set<Promise<void>>();
  let joined = false;

  function assigned(partitions: readonly number[]): void {
    joined = true;
    for (const [partition, task] of tasks) {
      if (partitions.includes(partition)) {
        task.reassigned();
        continue;
      }
      tasks.delete(partition);
      const left = task.close().finally(() => leaving.delete(left));
      leaving.add(left);
    }
    for (const partition of partitions) {
      if (!tasks.has(partition)) tasks.set(partition, deps.startTask(partition));
    }
    deps.log('info', 'partitions assigned', { partitions });
    deps.rebalanced?.();
  }

  return {
    start: () =>
      deps.source.start({
        assigned,
        records: (partition, records, end) => tasks.get(partition)?.offer(records, end),
        crashed: deps.crashed,
      }),
    states: () => (joined ? new Map([...tasks].map(([partition, task]) => [partition, task.state()])) : null),
    // The tasks end first: they still need the group to hold their partitions while they emit what they decided.
    stop: async () => {
      await Promise.all([...[...tasks.values()].map((task) => task.close()), ...leaving]);
      tasks.clear();
      await deps.source.stop();
    },
  };
}
