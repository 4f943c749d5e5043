/** I7: S and E never go back, except that S does where a worker says that it restores the state. */
import type { Mark, Restore, Sample, Violation } from './evidence.ts';

/** Redis may have been brought back some time before a worker could see it (ms). */
const noticedWithinMillis = 35_000;

/** `samples` by time, `positions` in the order of the changelog. */
export function checkMarks(
  samples: readonly Sample[],
  restores: readonly Restore[],
  positions: readonly Mark[],
): Violation[] {
  const wrong: Violation[] = [];
  for (const [partition, own] of Map.groupBy(samples, (sample) => sample.partition)) {
    own.forEach(({ at, next }, n) => {
      const before = own[n - 1];
      if (!before || next >= before.next) return;
      const recorded = restores.some(
        (restore) =>
          restore.partition === partition &&
          restore.at >= before.at - noticedWithinMillis &&
          restore.at <= at + noticedWithinMillis,
      );
      if (!recorded)
        wrong.push(
          `S of partition ${partition} went from ${before.next} to ${next} at ${at} without a restore`,
        );
    });
  }
  const last = new Map<number, number>();
  for (const { partition, next } of positions) {
    const before = last.get(partition) ?? 0;
    if (next <= before) wrong.push(`E of partition ${partition} went from ${before} to ${next}`);
    last.set(partition, next);
  }
  return wrong;
}
