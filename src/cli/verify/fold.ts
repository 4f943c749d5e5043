import type { Event } from '../../domain/event.ts';
import { evolve } from '../../domain/evolve.ts';
import { emptyQueue, forget, type Queue } from '../../domain/queue.ts';
import { differing, plain } from './findings.ts';

/** A queue as a store has it, to be held against its events. */
export interface Kept {
  readonly place: 'changelog' | 'redis';
  readonly queue: Queue;
}

export interface FoldDeps {
  /** Queues by restaurant. */
  readonly kept: ReadonlyMap<number, readonly Kept[]>;
  readonly differ: (
    place: Kept['place'] | 'events',
    key: string,
    restaurantId: number,
    values: { readonly expected?: unknown; readonly found?: unknown },
  ) => void;
}

/** Events folded into queues, and what was kept of the queues held against them at its own version. */
export interface Fold {
  /** The next event of its restaurant. */
  readonly take: (event: Event) => void;
  /** Whether everything that was kept has been held against its events: none of them is still to come. */
  readonly isComplete: () => boolean;
  /** Tells of what is left: versions that the events do not reach. */
  readonly end: () => void;
  /** Queues compared, and restaurants whose first events are no longer in the log. */
  readonly counts: () => { readonly compared: number; readonly beheaded: number };
}

export function createFold({ kept, differ }: FoldDeps): Fold {
  const queues = new Map<number, Queue>();
  const beheaded = new Set<number>();
  const left = new Map([...kept].map(([restaurantId, all]) => [restaurantId, [...all]]));
  let compared = 0;

  function compare(queue: Queue): void {
    const { restaurantId, version } = queue;
    const waiting = left.get(restaurantId) ?? [];
    for (const { place, queue: found } of waiting.filter((each) => each.queue.version === version)) {
      compared += 1;
      const parts = differing(plain(asOf(queue, found)), plain(found));
      if (parts) differ(place, `queue/${restaurantId}`, restaurantId, parts);
    }
    const later = waiting.filter((each) => each.queue.version !== version);
    if (later.length > 0) left.set(restaurantId, later);
    else left.delete(restaurantId);
  }

  // Nothing has happened to these, whatever was asked of them.
  for (const restaurantId of kept.keys()) compare(emptyQueue(restaurantId));

  return {
    take: (event) => {
      const { restaurantId, version } = event;
      if (beheaded.has(restaurantId)) return;
      const known = queues.get(restaurantId);
      const queue = known ?? emptyQueue(restaurantId);
      if (!known && version > 1) {
        beheaded.add(restaurantId);
        left.delete(restaurantId);
        return;
      }
      if (version !== queue.version + 1) {
        differ('events', `${restaurantId}/${version}`, restaurantId, {
          expected: { version: queue.version + 1 },
          found: { version },
        });
      }
      const next = evolve(forget(queue, event.at), event);
      queues.set(restaurantId, next);
      compare(next);
    },
    isComplete: () => left.size === 0,
    end: () => {
      for (const [restaurantId, all] of left) {
        for (const { place, queue } of all) {
          const expected = { version: queues.get(restaurantId)?.version ?? 0 };
          differ(place, `queue/${restaurantId}`, restaurantId, {
            expected,
            found: { version: queue.version },
          });
        }
      }
    },
    counts: () => ({ compared, beheaded: beheaded.size }),
  };
}

/** A folded queue at the log time of another: commands without events moved only that time and the count of commands. */
const asOf = (queue: Queue, { at, decided }: Queue): Queue => ({ ...forget(queue, at), at, decided });
