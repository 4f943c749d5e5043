/**
 * The offsets that the group of the queues has committed, against what it has done: E, as the changelog keeps it. Nobody
 * goes on from them, but what every tool calls lag is the distance to them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, ok, warning } from './check.ts';

/** An offset follows E within a second or two; it is waited for so long (ms), and looked at so often. */
const followMillis = 5_000;
const lookMillis = 250;

export type Offsets = ReadonlyMap<number, number>;

/** A partition whose offset is not what it has been, or become, while it was looked at. */
export interface Difference {
  readonly partition: number;
  /** null: none. */
  readonly committed: number | null;
  readonly emitted: number;
}

/** What differs, and goes on to. `emitted`: E by partition, where anything was emitted. */
export async function compareOffsets(
  emitted: () => Promise<Offsets>,
  committed: () => Promise<Offsets>,
  patience = followMillis,
): Promise<readonly Difference[]> {
  const before = await emitted();
  for (const giveUp = Date.now() + patience; ;) {
    const found = await committed();
    const behind = [...before].filter(([partition, next]) => (found.get(partition) ?? -1) < next);
    if (behind.length > 0 && Date.now() < giveUp) {
      await sleep(lookMillis);
      continue;
    }
    const after = await emitted();
    const beyond = [...after].filter(([partition, next]) => (found.get(partition) ?? -1) > next);
    return [...behind, ...beyond].map(([partition, next]) => ({
      partition,
      committed: found.get(partition) ?? null,
      emitted: next,
    }));
  }
}

export function checkOffsets(group: string, differences: readonly Difference[]): Check {
  const name = `offsets of ${group}`;
  if (differences.length === 0) return ok(name, 'those that the changelog has');
  const where = differences.map(
    ({ partition, committed, emitted }) => `${String(committed)}, not ${emitted}, on partition ${partition}`,
  );
  return warning(
    name,
    where.join('; '),
    'lag is told wrongly, and nothing else; see what the log of the process says that has the partition',
  );
}
