/** How long offsets may not be committed before it is said (ms). */
const quietMillis = 5_000;
/** How soon what failed is tried again (ms). */
const againMillis = { first: 250, most: 2_000 };
/** How long the last ones may take when the group is left (ms). */
const finishMillis = 3_000;

export type GroupLog = (level: 'info' | 'warn', message: string, details: object) => void;

/** The offsets of a group's partitions on their way to its coordinator: of each partition the newest, until it is there. */
export interface OffsetCommits {
  readonly commit: (partition: number, next: number) => void;
  /** These partitions are ours from now on: what others commit of the rest is not to be written over. */
  readonly assigned: (partitions: readonly number[]) => void;
  /** Resolves when all are there, or it takes too long. */
  readonly finish: () => Promise<void>;
}

/** `send` commits next offsets by partition; rejects when they may not be there. */
export function offsetCommits(
  groupId: string,
  send: (offsets: ReadonlyMap<number, number>) => Promise<void>,
  log: GroupLog,
): OffsetCommits {
  const waiting = new Map<number, number>();
  let ours: readonly number[] = [];
  let sending: Promise<void> | null = null;
  let closed = false;

  async function sendAll(): Promise<void> {
    const began = Date.now();
    let said = false;
    // Gathers what is committed in this turn of the event loop.
    await Promise.resolve();
    for (let wait = againMillis.first; waiting.size > 0 && !closed;) {
      const batch = new Map(waiting);
      try {
        await send(batch);
        for (const [partition, next] of batch) if (waiting.get(partition) === next) waiting.delete(partition);
      } catch (error) {
        if (!said && Date.now() - began > quietMillis) {
          said = true;
          log('warn', 'offsets of a group are not committed yet', { group: groupId, err: error });
        }
        await sleep(wait);
        wait = Math.min(2 * wait, againMillis.most);
      }
    }
    if (said && waiting.size === 0) log('info', 'offsets of a group are committed again', { group: groupId });
  }

  const start = (): Promise<void> =>
    (sending ??= sendAll().finally(() => {
      sending = null;
    }));

  return {
    commit: (partition, next) => {
      if (closed || !ours.includes(partition)) return;
      waiting.set(partition, next);
      void start();
    },
    assigned: (partitions) => {
      ours = partitions;
      for (const partition of waiting.keys()) if (!ours.includes(partition)) waiting.delete(partition);
    },
    finish: async () => {
      if (waiting.size > 0) await Promise.race([start(), sleep(finishMillis)]);
      closed = true;
    },
  };
}

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
