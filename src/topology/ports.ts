/**
 * What the engine and the ingress need of Kafka and Redis, and no more: `kafka/` and `redis/` give it on the real
 * servers. Offsets are numbers: Kafka's are 64 bits, of which a log never uses more than 53.
 */

export interface Header {
  readonly key: string;
  readonly value: Buffer;
}

/** A record as it was read from a partition. */
export interface InputRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Broker append time, milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

/** A record to be written. Without a partition, its key decides. */
export interface OutputRecord {
  readonly topic: string;
  readonly partition?: number;
  readonly key: string;
  /** null: a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The record certainly did not reach the log: nothing was sent, or the broker refused it. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** Where a record stands in the log. */
export interface Appended {
  readonly offset: number;
  /** Broker append time, milliseconds. */
  readonly at: number;
}

/** Writes single records, each on its own. */
export interface Appender {
  /** Resolves once the broker has it. Throws NotSentError, or another error when nobody knows whether it was taken. */
  append: (record: OutputRecord) => Promise<Appended>;
}

/** A look at the state of a task from outside. */
export interface StateRead {
  /** S, the next input offset of the state these values are of; null: the task has no state (wiped, or being rebuilt). */
  readonly next: number | null;
  readonly values: readonly (Buffer | null)[];
}

export interface StateReader {
  /** One consistent look at some keys of a task. Throws when Redis is away. */
  read: (partition: number, keys: readonly string[]) => Promise<StateRead>;
}

/** A channel that this process hears. Messages may be lost: whoever listens looks for itself in the end. */
export interface Channel {
  /** One handler at most; called with each message. */
  onMessage: (handler: (message: Buffer) => void) => void;
  /** Called whenever the subscription is back after a loss: messages in between are gone. */
  onReconnect: (handler: () => void) => void;
}

/** A channel on which this process is answered. */
export interface ReplyChannel extends Channel {
  /** To be named in the `replyto` header. */
  readonly name: string;
}

/** The broker knows a newer producer of the task. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
  constructor(cause: unknown) {
    super('a newer producer of the task has come', { cause });
  }
}

/** Writes of one task: all or nothing, and only by the owner of the newest claim. */
export interface Transactions {
  open: () => Promise<void>;
  /**
   * Commits the records as one transaction; answers the offset of the first. The first transaction of a producer fences
   * every earlier producer of its task. After any error the producer is no good; FencedError says that it was fenced.
   */
  commit: (records: readonly OutputRecord[]) => Promise<number>;
  close: () => Promise<void>;
}

/** What a task finds in Redis when it claims it. */
interface Found {
  readonly next: number | null;
  readonly cluster: string | null;
  readonly application: string | null;
}

/** A batch, as the store takes it. */
export interface StateChange {
  readonly from: number;
  readonly to: number;
  readonly values: readonly (readonly [string, Buffer])[];
  /** The outbox entry of the batch, and the `from` of entries that have been emitted. */
  readonly entry: Buffer;
  readonly emitted: readonly number[];
  readonly replies: readonly { readonly channel: string; readonly message: Buffer }[];
}

/**
 * `already`: this very change had been made, and its answers sent. `fenced`: another owner has claimed the task.
 * `moved`: S is not what the owner left there; it is `next` now.
 */
export type CommitResult =
  | { readonly kind: 'applied' | 'already' | 'fenced' }
  | { readonly kind: 'moved'; readonly next: number | null };

/** The state of one task. Every write carries the epoch of its owner's claim and is refused under a newer one. */
export interface TaskStore {
  /** null: a newer claim is there. */
  claim: (epoch: number) => Promise<Found | null>;
  get: (keys: readonly string[]) => Promise<readonly (Buffer | null)[]>;
  commit: (epoch: number, change: StateChange) => Promise<CommitResult>;
  /** The outbox from E up to S, in order; null: its entries do not lead from one to the other. */
  outbox: (from: number, to: number) => Promise<readonly Buffer[] | null>;
  /**
   * Drops everything but the claim; values are then put back, and S last, with how many there were. False: a newer
   * claim is there, or not all of what this owner has put back.
   */
  reset: (epoch: number) => Promise<boolean>;
  restore: (epoch: number, values: readonly (readonly [string, Buffer])[]) => Promise<boolean>;
  begin: (epoch: number, next: number, restored: number) => Promise<boolean>;
  /** S and the epoch as they are now. */
  look: () => Promise<{ readonly next: number | null; readonly epoch: number | null }>;
  /** Every value of these stores, in no order, in chunks: one pass over the task, however many they are. */
  scan: (stores: readonly string[]) => AsyncIterable<readonly (readonly [string, Buffer])[]>;
}

/** What a task source tells its owner. */
export interface SourceHandler {
  /** After every rebalance: exactly these partitions are ours now, all of them paused. */
  readonly assigned: (partitions: readonly number[]) => void;
  /**
   * Records of a partition in offset order, and where its log ends now. Takes them all: pausing is how it says that it
   * has enough.
   */
  readonly records: (partition: number, records: readonly InputRecord[], end: number) => void;
  /** The client gave up; nothing comes any more. */
  readonly crashed: (error: Error) => void;
}

/** The partitions of one topic that the consumer group gives this process. */
export interface PartitionSource {
  /** Resolves once connected; assignments follow. */
  start: (handler: SourceHandler) => Promise<void>;
  /** Lets the partition's records come, starting with this offset. */
  resume: (partition: number, from: number) => void;
  pause: (partition: number) => void;
  /**
   * Resolves when the group has confirmed that what it last assigned is still this process's: in answer to a question
   * asked after `since` (milliseconds since the epoch), and so lately that nobody else can have been given it. Waits as
   * long as the group does not answer; resolves also when the signal aborts.
   */
  confirmed: (since: number, signal: AbortSignal) => Promise<void>;
  /** For lag tools; a task's own position is elsewhere. Is tried until it is there, or the partition somebody else's. */
  commit: (partition: number, next: number) => void;
  stop: () => Promise<void>;
}

/** First and next offsets of a partition's log. */
export interface LogRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Asks where a partition's log starts, and where it ends for readers of committed records. `afresh`: asks the brokers
 * first who leads the partition by now.
 */
export type AskRange = (topic: string, partition: number, afresh?: boolean) => Promise<LogRange>;

/** Reads a changelog from one offset to another, whoever owns the partition. */
export interface ChangelogReader {
  /** Every committed record in `from … until`; `until` must be below the last stable offset; a control marker may be there. */
  read: (
    partition: number,
    from: number,
    until: number,
    each: (records: readonly InputRecord[]) => Promise<void>,
  ) => Promise<void>;
}
