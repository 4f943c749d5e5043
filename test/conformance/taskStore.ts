/** What the cases want of a store of tasks, whether in Redis or in memory. */
import type { Channel, StateChange, StateReader, TaskStore } from '../../src/topology/ports.ts';

/** One task that no other case has. */
export interface Stored {
  /** As a process of the application sees it; of another Kafka cluster, if one is named. */
  readonly store: (cluster?: string) => TaskStore;
  readonly partition: number;
  readonly application: string;
  readonly reader: StateReader;
  readonly listen: (channel: string) => Promise<Channel>;
  /** Everything there is of the task. */
  readonly all: () => Promise<Readonly<Record<string, string>>>;
  /** Loses it. */
  readonly wipe: () => Promise<void>;
}

export type WithStored = (callback: (stored: Stored) => Promise<void>) => Promise<void>;

export const bytes = (text: string): Buffer => Buffer.from(text);

export const change = (from: number, to: number, more: Partial<StateChange> = {}): StateChange => ({
  from,
  to,
  values: [['queue/1', bytes(`state at ${to}`)]],
  entry: bytes(`entry ${from} to ${to}`),
  emitted: [],
  replies: [],
  ...more,
});

/** An owner of epoch 10 with S = 0, and these values. */
export async function owned(
  stored: Stored,
  values: readonly (readonly [string, Buffer])[] = [],
): Promise<TaskStore> {
  const store = stored.store();
  await store.claim(10);
  await store.reset(10);
  await store.restore(10, values);
  await store.begin(10, 0, values.length);
  return store;
}
