/** One worker sleeps for longer than its session, and nothing else goes wrong: what that costs the others. */
import { freeze } from './hits.ts';
import type { Report } from './watch.ts';
import type { World } from './world.ts';

/** A claim by who takes the partition over, and one by who has it when the frozen worker is back. */
const mostClaims = 2;

/** The group has mostly settled by then, and a session and a rebalance are over while it sleeps (ms). */
const beginsAfter = [3_000, 5_000] as const;
const againMillis = 500;
const lastsMillis = [4_000, 7_000] as const;

/** How many claims there have been of each partition. */
export const claimsOf = ({ watch, kafka }: World): number[] =>
  Array.from(
    { length: kafka.partitions },
    (_, partition) => watch.changes(partition).filter(({ key }) => key === '__owner').length,
  );

/** Schedules it; answers the check for when all is well again. */
export function scheduleLongFreeze(world: World): (report: Report) => void {
  const { scheduler } = world;
  let before: readonly number[] | null = null;
  function begin(): void {
    const claims = claimsOf(world);
    if (claims.includes(0)) {
      // Its members are still joining.
      scheduler.after(againMillis, begin);
      return;
    }
    before = claims;
    const { process } = scheduler.pick(world.instances());
    scheduler.after(scheduler.between(...lastsMillis), freeze(world, process));
    world.count('freeze longer than a session');
  }
  scheduler.after(scheduler.between(...beginsAfter), begin);
  return (report) =>
    claimsOf(world).forEach((all, partition) => {
      const claims = all - (before?.[partition] ?? 0);
      if (claims > mostClaims) report('I13', `a freeze cost partition ${partition} ${claims} claims`);
    });
}
