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

/** Writes single records, each on its own. */
export interface Appender {
  /** Resolves once the broker has it. Throws NotSentError, or another error when nobody knows whether it was taken. */
  append: (record: OutputRecord) => Promise<void>;
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

/** A channel on which this process is answered. Messages may be lost: whoever waits looks for itself in the end. */
export interface ReplyChannel {
  /** To be named in the `replyto` header. */
  readonly name: string;
  /** One handler at most; called with each message. */
  onMessage: (handler: (message: Buffer) => void) => void;
  /** Called whenever the subscription is back after a loss: messages in between are gone. */
  onReconnect: (handler: () => void) => void;
}
