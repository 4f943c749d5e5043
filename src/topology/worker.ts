import type { TaskState } from './metrics.ts';
import type { PartitionSource } from './ports.ts';
import type { Task } from './task.ts';

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
  const leaving = new Map<number, Promise<void>>();
  let assignment: ReadonlySet<number> | null = null;
  let stopping = false;

  function assigned(partitions: readonly number[]): void {
    if (stopping) return;
    assignment = new Set(partitions);
    for (const [partition, task] of tasks) {
      if (assignment.has(partition)) task.reassigned();
      else leave(partition, task);
    }
    partitions.forEach(startUnlessHeld);
    deps.log('info', 'partitions assigned', { partitions });
    deps.rebalanced?.();
  }

  function leave(partition: number, task: Task): void {
    tasks.delete(partition);
    const left = task.close().finally(() => {
      leaving.delete(partition);
      startUnlessHeld(partition);
    });
    leaving.set(partition, left);
  }

  /** One task a partition at a time: the one that leaves still pauses what the next one would resume. */
  function startUnlessHeld(partition: number): void {
    if (stopping || !assignment?.has(partition) || tasks.has(partition) || leaving.has(partition)) return;
    tasks.set(partition, deps.startTask(partition));
  }

  return {
    start: () =>
      deps.source.start({
        assigned,
        records: (partition, records, end) => tasks.get(partition)?.offer(records, end),
        crashed: deps.crashed,
      }),
    states: () =>
      assignment &&
      new Map(
        [...assignment].map((partition) => [partition, tasks.get(partition)?.state() ?? 'taking over']),
      ),
    // The tasks end first: they still need the group to hold their partitions while they emit what they decided.
    stop: async () => {
      stopping = true;
      await Promise.all([...[...tasks.values()].map((task) => task.close()), ...leaving.values()]);
      tasks.clear();
      await deps.source.stop();
    },
  };
}
