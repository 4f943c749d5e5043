/**
 * Looks at the queues that streams show. Workers tell every change on one channel, which may lose messages, so that a
 * message only says that it is time to look; and a queue is looked at again every few seconds in any case. However many
 * streams show a queue, it is read and decoded once a change, and a burst of changes is looked at once. What the two
 * sides were told of a change is in its message alone: it is passed on in order and once, or lost with the message.
 */
import type { Logger } from 'pino';
import type { Queue } from '../domain/queue.ts';
import type { Notification } from '../processors/notifications.ts';
import { readChange, type ToldChange } from '../processors/change.ts';
import type { Codec } from '../schemas/codec.ts';
import type { Channel } from '../topology/ports.ts';
import { type QueueReader, StateUnavailable } from './queueReader.ts';

/** In milliseconds; pairs are bounds, between which chance decides so that nothing happens in step. */
export interface WatchTiming {
  /** Between two looks at one queue, at the least. */
  readonly burst: number;
  /** A lost message costs this much. */
  readonly lookAgain: readonly [number, number];
  /** After a look that saw nothing, and for all queues once the channel is back. */
  readonly retry: readonly [number, number];
}

interface Watch {
  /** The newest version seen while somebody watches; null: none yet. */
  readonly latest: () => Queue | null;
  /** Ends the watch; again: does nothing. */
  readonly leave: () => void;
}

export interface Watcher {
  readonly onQueue: (queue: Queue) => void;
  /** What was told of a change, maybe nothing, and the version that it led to. */
  readonly onTold: (notifications: readonly Notification[], version: number) => void;
}

export interface Watching {
  /**
   * From now on calls back with every newer version that is seen, or with the same one again, and with what is told. A
   * queue that is read after this misses nothing.
   */
  readonly watch: (restaurantId: number, watcher: Watcher) => Watch;
  /** How many queues are watched. */
  readonly size: () => number;
}

interface Watched {
  readonly watchers: Set<Watcher>;
  latest: Queue | null;
  /** The newest version that a message was of: a worker that had to decide again tells again. */
  told: number;
  /** When it was last looked at, by this process's clock. */
  lookedAt: number;
  looking: boolean;
  /** A change was told that no look has seen for sure: the next one is near. */
  behind: boolean;
  next: NodeJS.Timeout | undefined;
}

export function createWatching(
  { readQueue }: Pick<QueueReader, 'readQueue'>,
  changes: Channel,
  codec: Codec,
  logger: Logger,
  timing: WatchTiming,
): Watching {
  const all = new Map<number, Watched>();

  function lookIn(restaurantId: number, watched: Watched, millis: number): void {
    clearTimeout(watched.next);
    watched.next = setTimeout(() => void look(restaurantId, watched), millis);
  }

  async function look(restaurantId: number, watched: Watched): Promise<void> {
    begin(watched);
    let seen = false;
    try {
      const queue = await readQueue(restaurantId);
      seen = true;
      if (queue && queue.version >= (watched.latest?.version ?? 0)) {
        watched.latest = queue;
        for (const { onQueue } of [...watched.watchers]) onQueue(queue);
      }
    } catch (error) {
      if (!(error instanceof StateUnavailable)) logger.error({ err: error }, 'a queue could not be shown');
    }
    watched.looking = false;
    if (all.get(restaurantId) !== watched) return;
    if (!seen) lookIn(restaurantId, watched, between(timing.retry));
    else lookIn(restaurantId, watched, watched.behind ? timing.burst : between(timing.lookAgain));
  }

  function tell(watched: Watched, change: ToldChange): void {
    if (change.version <= watched.told) return;
    watched.told = change.version;
    let notifications: readonly Notification[] = [];
    try {
      notifications = change.notifications(codec);
    } catch (error) {
      logger.warn({ err: error }, 'what was told of a change could not be read');
    }
    for (const { onTold } of [...watched.watchers]) onTold(notifications, change.version);
  }

  changes.onMessage((message) => {
    const change = readChange(message);
    const watched = change && all.get(change.restaurantId);
    if (!watched) return;
    tell(watched, change);
    if (change.version <= (watched.latest?.version ?? 0)) return;
    if (watched.behind) return;
    watched.behind = true;
    if (watched.looking) return;
    const since = performance.now() - watched.lookedAt;
    lookIn(change.restaurantId, watched, Math.max(0, timing.burst - since));
  });

  changes.onReconnect(() => {
    for (const [restaurantId, watched] of all) {
      watched.behind = true;
      if (!watched.looking) lookIn(restaurantId, watched, between(timing.retry));
    }
  });

  return {
    watch: (restaurantId, watcher) => {
      const watched = all.get(restaurantId) ?? {
        watchers: new Set(),
        latest: null,
        told: 0,
        lookedAt: -Infinity,
        looking: false,
        behind: false,
        next: undefined,
      };
      if (!all.has(restaurantId)) {
        all.set(restaurantId, watched);
        lookIn(restaurantId, watched, between(timing.lookAgain));
      }
      watched.watchers.add(watcher);
      return {
        latest: () => watched.latest,
        leave: () => {
          watched.watchers.delete(watcher);
          if (watched.watchers.size > 0 || all.get(restaurantId) !== watched) return;
          all.delete(restaurantId);
          clearTimeout(watched.next);
        },
      };
    },
    size: () => all.size,
  };
}

function begin(watched: Watched): void {
  watched.looking = true;
  watched.behind = false;
  watched.lookedAt = performance.now();
}

/** A moment between two bounds, by chance. */
export const between = ([least, most]: readonly [number, number]): number =>
  least + Math.random() * (most - least);
