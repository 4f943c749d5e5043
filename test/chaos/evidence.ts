/** What the checks look at: what a run left in the topics, Redis and Postgres, and what its clients and faults wrote down. */
import { isDeepStrictEqual } from 'node:util';
import type { Command } from '../../src/domain/command.ts';
import type { Event } from '../../src/domain/event.ts';
import type { Bucket } from '../../src/domain/handle.ts';
import type { Queue } from '../../src/domain/queue.ts';
import type { Records } from '../../src/schemas/generated/records.ts';

/** What does not hold, in words that lead to where it can be seen. */
export type Violation = string;

/** A record of waiting.commands. */
export interface LoggedCommand {
  readonly partition: number;
  readonly offset: number;
  /** The broker's append time, ms. */
  readonly appendedAt: number;
  /** null: the record can never be one, and belongs to the dead letters. */
  readonly command: Command | null;
  /** The request that sent it. */
  readonly correlationId: string | null;
}

type Refusal = Records['CommandRejected'] & { readonly type: 'CommandRejected' };

/** A record of waiting.events, read committed. */
export interface LoggedEvent {
  readonly partition: number;
  /** `<topic>-<partition>-<offset>-<n>` of the command that caused it. */
  readonly id: string;
  /** The command's id. */
  readonly causationId: string | null;
  /** When it was sent to the topic, ms. */
  readonly toldAt: number;
  readonly event: Event | Refusal;
}

export interface LoggedNotification {
  readonly id: string;
  readonly notification: Records['Notification'];
}

/** The place of a command that was given up. */
export interface LoggedLetter {
  readonly id: string;
  readonly partition: number;
  readonly offset: number;
}

/** E as the changelog has it, or S as a look at Redis found it. */
export interface Mark {
  readonly partition: number;
  readonly next: number;
}

/** S at a moment (ms); `epoch` is the claim it was found under. */
export interface Sample extends Mark {
  readonly at: number;
}

/** A worker's word that it rebuilds a partition's state from the changelog. */
export interface Restore {
  readonly partition: number;
  readonly at: number;
}

/** A partition's hash in Redis. */
export interface StoredState {
  readonly partition: number;
  readonly next: number | null;
  readonly queues: ReadonlyMap<number, Queue>;
  /** By `<restaurantId>/<bucket>`. */
  readonly buckets: ReadonlyMap<string, Bucket>;
}

/** Rows of Postgres: bigints as numbers, instants in ms. */
export interface Rows {
  readonly waitings: readonly Readonly<Record<string, unknown>>[];
  readonly noShows: readonly Readonly<Record<string, unknown>>[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** What a client asked, however often, under one Idempotency-Key, and what it was told. */
export interface Asked {
  /** The X-Request-Id of all its attempts. */
  readonly requestId: string;
  readonly key: string;
  readonly what: string;
  readonly restaurantId: number;
  /** Answers in order; 0: the connection was lost or there was no answer in time. */
  readonly statuses: readonly number[];
  /** The settling answer; null: there was none. */
  readonly answer: {
    readonly status: number;
    readonly code: string | null;
    readonly waitingId: number | null;
    readonly ticketNo: number | null;
    readonly waitingStatus: string | null;
  } | null;
}

/** A command that Kafka took from a kiosk. */
export interface Appended {
  readonly commandId: string;
  readonly restaurantId: number;
}

/** A queue as one ingress, in one of its lives, showed it to one client. In the order of the reads. */
export interface Shown {
  readonly reader: string;
  readonly restaurantId: number;
  readonly version: number;
  /** Status by waitingId, of the teams in line and of those that may still be called. */
  readonly teams: ReadonlyMap<number, string>;
}

/** From a fault's first moment until all is well again (ms). */
export interface Window {
  readonly from: number;
  readonly until: number;
}

/** Whether two values say the same: a decoded record has a class of its own, and the order of fields means nothing. */
export const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(plain(a), plain(b));

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
