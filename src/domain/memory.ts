import type { Command } from './command.ts';
import type { Outcome } from './outcome.ts';
import type { Queue } from './queue.ts';

/**
 * The command ids a queue has decided, so that the same command again is answered with its first outcome.
 * They are spread over buckets by id: one command reads and writes one small bucket, and what is forgotten goes when
 * its bucket is next written. What counts as remembered depends on the log alone, never on when a bucket was cleaned.
 */
export interface Remembered {
  /** Which of the queue's remembered commands it was: 1, 2, 3 … */
  readonly seq: number;
  readonly bodyHash: string;
  readonly outcome: Outcome;
}

export type Bucket = readonly Remembered[];

const rememberedMillis = 24 * 60 * 60_000;
const rememberedCommands = 1_000;

/** A full memory is about 8 entries a bucket: small to rewrite, and few keys for a quiet restaurant. */
const buckets = 128;

/** The bucket of a command id: its last hexadecimal digits, which are random in every UUID version in use. */
export const bucketOf = (commandId: string): number => Number.parseInt(commandId.slice(-2), 16) % buckets;

/** Timers are void by their own condition when they come twice, so they need no remembering. */
export const isRemembered = (command: Command): boolean =>
  command.type !== 'ExpireTimer' && !(command.type === 'CloseBusinessDay' && command.dueAt !== null);

const stillKnown =
  (queue: Queue, at: number) =>
  (entry: Remembered): boolean =>
    entry.seq > queue.decided - rememberedCommands && entry.outcome.at + rememberedMillis >= at;

/** The first outcome of a command id, while it is remembered. */
export const recall = (bucket: Bucket, queue: Queue, commandId: string, at: number): Remembered | undefined =>
  bucket.filter(stillKnown(queue, at)).find((entry) => entry.outcome.commandId === commandId);

/** The bucket with one more outcome, and without what is no longer remembered. */
export const remember = (bucket: Bucket, queue: Queue, entry: Remembered): Bucket => [
  ...bucket.filter(stillKnown(queue, entry.outcome.at)),
  entry,
];
