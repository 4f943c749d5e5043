/**
 * The number of partitions decides which partition a key is on. Raised under a state that is there, it would have queues
 * begin anew beside those that go on, with tickets and ids that were given already. So every position in the changelog
 * says under how many it was written, and nobody goes on under another number.
 */
import type { SubTopology } from './batch.ts';
import { RepartitionedError } from './errors.ts';
import { lastPosition, type TakeoverDeps } from './takeover.ts';

type Deps = Pick<TakeoverDeps, 'changelog' | 'logRange' | 'marks'> & {
  readonly sub: Pick<SubTopology, 'changelog'>;
};

/**
 * Throws RepartitionedError when any partition's state was written under another number. A partition that was added has no
 * state that could say so: the others are asked, one after the other, until one says. One that cannot be read, and states
 * of builds that did not say it, keep nobody from starting.
 */
export async function requireSamePartitions(deps: Deps): Promise<void> {
  const { partitions } = deps.marks;
  for (let partition = 0; partition < partitions; partition += 1) {
    const was = await writtenUnder({ ...deps, partition }).catch(() => null);
    if (was === null) continue;
    if (was !== partitions) throw new RepartitionedError(was, partitions);
    return;
  }
}

/** The number that the last position of a partition says; null: it says none. */
async function writtenUnder(deps: Deps & Pick<TakeoverDeps, 'partition'>): Promise<number | null> {
  const { end } = await deps.logRange(deps.sub.changelog, deps.partition);
  return end > 0 ? ((await lastPosition(deps, end - 1))?.partitions ?? null) : null;
}
