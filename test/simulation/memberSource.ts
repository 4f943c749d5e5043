import { membership } from '../../src/topology/membership.ts';
import type { PartitionSource, SourceHandler } from '../../src/topology/ports.ts';
import { type ConsumerGroup, RejoinError } from './consumerGroup.ts';
import type { Link } from './link.ts';
import type { PartitionLog } from './partitionLog.ts';

export interface SourceOptions {
  readonly link: Link;
  readonly group: ConsumerGroup;
  readonly member: string;
  readonly logOf: (partition: number) => PartitionLog;
  /** The member's own clock, in milliseconds. */
  readonly now: () => number;
  readonly heartbeatMillis: number;
  readonly sessionMillis: number;
  /** How many records a fetch brings. */
  readonly mostRecords: () => number;
}

/** Where the member is in a partition that it has been assigned. */
interface Cursor {
  /** null: paused. */
  position: number | null;
  /** What was fetched before a seek is not what was asked for. */
  seeks: number;
  fetching: boolean;
  readonly unsubscribe: () => void;
}

/** How long a client waits before it tries again what failed. */
const retryMillis = 150;

/** A member of a consumer group: joins, beats, fetches what is not paused, and starts over at each assignment. */
export function memberSource(options: SourceOptions): PartitionSource {
  const { link, group, member, logOf, now } = options;
  const confirmations = membership(now, options.sessionMillis);
  const cursors = new Map<number, Cursor>();
  let handler: SourceHandler | null = null;
  let generation = 0;
  /** Since when it waits for the others to join; null: it has been assigned its partitions. */
  let joiningSince: number | null = null;
  let stopped = false;

  const drop = (): void => {
    for (const { unsubscribe } of cursors.values()) unsubscribe();
    cursors.clear();
  };

  async function join(): Promise<void> {
    drop();
    confirmations.unsettle();
    while (!stopped) {
      try {
        joiningSince = now();
        const since = joiningSince;
        await link.call('join', () =>
          group.join(member, (joined) =>
            link.tell('joined', () => {
              if (joiningSince === since) void sync(joined);
            }),
          ),
        );
        return;
      } catch {
        await link.pause(retryMillis);
      }
    }
  }

  async function sync(joined: number): Promise<void> {
    const askedAt = now();
    const since = joiningSince;
    // When this fails its heartbeats do as well, and it joins again.
    const partitions = await link.call('sync', () => group.sync(member, joined)).catch(() => null);
    if (stopped || partitions === null || joiningSince !== since) return;
    generation = joined;
    joiningSince = null;
    for (const partition of partitions) {
      const cursor: Cursor = {
        position: null,
        seeks: 0,
        fetching: false,
        unsubscribe: logOf(partition).onChange(() => poke(partition, cursor)),
      };
      cursors.set(partition, cursor);
    }
    handler?.assigned(partitions);
    confirmations.confirm(askedAt);
  }

  async function beat(): Promise<void> {
    for (;;) {
      await link.pause(options.heartbeatMillis);
      if (stopped) return;
      // Longer than that its answer is lost.
      if (joiningSince !== null && now() - joiningSince < options.sessionMillis / 2) continue;
      try {
        const askedAt = now();
        await link.call('heartbeat', () => group.heartbeat(member, generation));
        if (joiningSince === null) confirmations.confirm(askedAt);
      } catch (error) {
        if (error instanceof RejoinError) await join();
      }
    }
  }

  const isCurrent = (partition: number, cursor: Cursor): boolean =>
    cursors.get(partition) === cursor && cursor.position !== null;

  function poke(partition: number, cursor: Cursor): void {
    if (cursor.fetching || !isCurrent(partition, cursor)) return;
    const log = logOf(partition);
    if (cursor.position !== null && cursor.position >= log.start() && cursor.position >= log.stable()) return;
    cursor.fetching = true;
    void fetch(partition, cursor).finally(() => {
      cursor.fetching = false;
      poke(partition, cursor);
    });
  }

  async function fetch(partition: number, cursor: Cursor): Promise<void> {
    const { position, seeks } = cursor;
    if (position === null) return;
    const log = logOf(partition);
    try {
      const fetched = await link.call('fetch', () => ({
        ...log.fetch(position, options.mostRecords()),
        end: log.end(),
      }));
      if (!isCurrent(partition, cursor) || cursor.seeks !== seeks) return;
      cursor.position = fetched.next;
      // A batch of markers alone is not handed over.
      if (fetched.records.length > 0) handler?.records(partition, fetched.records, fetched.end);
    } catch {
      await link.pause(retryMillis);
    }
  }

  return {
    start: async (given) => {
      handler = given;
      await join();
      void beat();
    },
    resume: (partition, from) => {
      const cursor = cursors.get(partition);
      if (!cursor) return;
      // An offset that the log does not have is reset to its first, without a word.
      const log = logOf(partition);
      cursor.position = from > log.end() ? log.start() : from;
      cursor.seeks += 1;
      poke(partition, cursor);
    },
    pause: (partition) => {
      const cursor = cursors.get(partition);
      if (!cursor) return;
      cursor.position = null;
      cursor.seeks += 1;
    },
    confirmed: confirmations.confirmed,
    // For lag tools: what is lost is committed with the next.
    commit: (partition, next) =>
      void link.call('commit offset', () => group.commit(partition, next)).catch(() => undefined),
    stop: async () => {
      stopped = true;
      drop();
      await link.call('leave', () => group.leave(member)).catch(() => undefined);
    },
  };
}
