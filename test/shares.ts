/** Which process has which partitions. */
import type { Application } from './application.ts';
import { eventually } from './http.ts';
import type { Load } from './load.ts';

/** More customers have been served, in whatever state the group is. */
export async function served({ told }: Load): Promise<void> {
  const enough = told.acknowledged.length + 40;
  await eventually('customers are served', () => told.acknowledged.length >= enough, 60_000);
}

/** Every partition runs in one of the processes, and all of them have some. */
export async function shared(applications: readonly Application[], partitions: number): Promise<void> {
  await eventually(
    'the partitions are shared',
    async () => {
      const running = await Promise.all(applications.map(runningIn));
      const all = running.flat().sort((a, b) => a - b);
      return (
        all.length === partitions &&
        all.every((partition, n) => partition === n) &&
        running.every((some) => some.length > 0)
      );
    },
    60_000,
  );
}

async function runningIn({ call }: Application): Promise<number[]> {
  const { text } = await call('GET', '/metrics');
  const running = text.matchAll(/^waiting_task_state\{partition="(\d+)",state="running"\} 1$/gm);
  return [...running].map(([, partition]) => Number(partition));
}
