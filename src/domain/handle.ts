import type { Command } from './command.ts';
import { decide } from './decide.ts';
import { isRejection, reject } from './decision.ts';
import type { Event } from './event.ts';
import { evolve } from './evolve.ts';
import { accepted, type Outcome, rejected } from './outcome.ts';
import { forget, type Queue } from './queue.ts';
import { type Rules, rulesVersion } from './rulesVersion.ts';

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

/** What the system sends by itself is void by its own condition when it comes twice, so it needs no remembering. */
export const isRemembered = (command: Command): boolean =>
  command.type !== 'ExpireTimer' &&
  command.type !== 'ExcuseStall' &&
  !(command.type === 'CloseBusinessDay' && command.dueAt !== null);

const stillKnown =
  (queue: Queue, at: number) =>
  (entry: Remembered): boolean =>
    entry.seq > queue.decided - rememberedCommands && entry.outcome.at + rememberedMillis >= at;

/** The first outcome of a command id, while it is remembered. */
export const recall = (bucket: Bucket, queue: Queue, commandId: string, at: number): Remembered | undefined =>
  bucket.filter(stillKnown(queue, at)).find((entry) => entry.outcome.commandId === commandId);

/** The bucket with one more outcome, and without what is no longer remembered. */
const remember = (bucket: Bucket, queue: Queue, entry: Remembered): Bucket => [
  ...bucket.filter(stillKnown(queue, entry.outcome.at)),
  entry,
];

/** A command as it stands in the log. */
export interface Logged {
  readonly command: Command;
  /** Over all that the sender asks for, but not over the command id and the sender's clock. */
  readonly bodyHash: string;
  /** The broker's append time in milliseconds. */
  readonly appendedAt: number;
}

/** What came of it. Queue and bucket are the same objects where nothing changed. */
export interface Handled {
  readonly queue: Queue;
  readonly bucket: Bucket;
  readonly events: readonly Event[];
  readonly outcome: Outcome;
}

/**
 * One step of a queue: recalls, decides, evolves, remembers. The whole effect of a command is in what this returns.
 * `rules` are older ones where a log is decided again that they decided.
 */
export function handle(
  queue: Queue,
  bucket: Bucket,
  { command, bodyHash, appendedAt }: Logged,
  rules: Rules = rulesVersion,
): Handled {
  const at = Math.max(queue.at, appendedAt);
  const before = recall(bucket, queue, command.commandId, at);
  if (before) {
    const outcome =
      before.bodyHash === bodyHash
        ? before.outcome
        : rejected(
            queue,
            command,
            at,
            reject('COMMAND_REUSED', `command ${command.commandId} asked for something else before`),
          );
    return { queue, bucket, events: [], outcome };
  }

  const known = forget(queue, at);
  const decision = decide(known, command, at, rules);
  const events = isRejection(decision) ? [] : decision;
  const evolved = events.reduce(evolve, { ...known, at });
  const outcome = isRejection(decision)
    ? rejected(evolved, command, at, decision)
    : accepted(evolved, command, at, events);
  if (!isRemembered(command)) return { queue: evolved, bucket, events, outcome };
  const next = { ...evolved, decided: evolved.decided + 1 };
  return {
    queue: next,
    bucket: remember(bucket, next, { seq: next.decided, bodyHash, outcome }),
    events,
    outcome,
  };
}
