/**
 * What ought to be: the log of commands decided again by the rules alone. It shares with the engine the rules, the
 * schemas and the names of keys, and nothing of how the engine comes to its results.
 */
import { Partitioners } from 'kafkajs';
import type { Command } from '../../src/domain/command.ts';
import type { Event } from '../../src/domain/event.ts';
import { type Bucket, handle, isRemembered } from '../../src/domain/handle.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { emptyQueue, type Queue } from '../../src/domain/queue.ts';
import { bodyHash, bucketKey, queueKey } from '../../src/processors/keys.ts';
import { UndecodableError } from '../../src/schemas/codec.ts';
import { InvalidCommandError, toCommand } from '../../src/schemas/commands.ts';
import { encodeBucket, encodeQueue } from '../../src/schemas/state.ts';
import type { InputRecord } from '../../src/topology/ports.ts';
import { offlineCodec as codec } from '../codec.ts';
import { type Sabotage, sabotaged } from './sabotage.ts';

/** What a record of the log ought to have led to. */
export interface Verdict {
  readonly offset: number;
  /** When it was appended (ms). */
  readonly at: number;
  /** null: it is none, and belongs to the dead letters. */
  readonly decided: Decided | null;
}

interface Decided {
  readonly command: Command;
  readonly bodyHash: string;
  readonly outcome: Outcome;
  readonly events: readonly Event[];
  /** A refusal that is told; a repeat's is not. */
  readonly refused: boolean;
}

/** A value of a key, from that offset on. */
interface Version {
  readonly next: number;
  readonly bytes: Buffer;
}

export interface Replay {
  readonly verdicts: readonly Verdict[];
  readonly keys: ReadonlyMap<string, readonly Version[]>;
  readonly queues: ReadonlyMap<number, Queue>;
}

const assign = Partitioners.DefaultPartitioner();

const partitionOf = (key: Buffer, partitions: number): number =>
  assign({
    topic: '',
    partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [],
      isr: [],
    })),
    message: { key, value: null },
  });

/** The command of a record; null: it never becomes one. */
function commandOf({ key, value, partition }: InputRecord, partitions: number): Command | null {
  if (key !== null && partitionOf(key, partitions) !== partition) return null;
  try {
    const command = toCommand(codec.decode(value));
    return key?.toString() === String(command.restaurantId) ? command : null;
  } catch (error) {
    if (error instanceof UndecodableError || error instanceof InvalidCommandError) return null;
    throw error;
  }
}

/** Decides one partition's log again. */
export function replay(
  records: readonly InputRecord[],
  partitions: number,
  sabotage: Sabotage | null,
): Replay {
  const queues = new Map<number, Queue>();
  const buckets = new Map<string, Bucket>();
  const keys = new Map<string, Version[]>();
  const keep = (key: string, next: number, bytes: Buffer): void => {
    const versions = keys.get(key) ?? [];
    versions.push({ next, bytes });
    keys.set(key, versions);
  };

  const verdicts = records.map((record): Verdict => {
    const { offset, timestamp: at } = record;
    const command = commandOf(record, partitions);
    if (!command) return { offset, at, decided: null };
    const { restaurantId, commandId } = command;
    const queue = sabotaged(queues.get(restaurantId) ?? emptyQueue(restaurantId), sabotage);
    const bucketName = bucketKey(restaurantId, commandId);
    const bucket = isRemembered(command) ? (buckets.get(bucketName) ?? []) : [];
    const hash = bodyHash(command);
    const handled = handle(queue, bucket, { command, bodyHash: hash, appendedAt: at });
    if (handled.queue !== queue) {
      queues.set(restaurantId, handled.queue);
      keep(queueKey(restaurantId), offset + 1, encodeQueue(codec, handled.queue));
    }
    if (handled.bucket !== bucket) {
      buckets.set(bucketName, handled.bucket);
      keep(bucketName, offset + 1, encodeBucket(codec, handled.bucket));
    }
    const { outcome, events } = handled;
    const isNew = handled.queue !== queue || outcome.rejection?.code === 'COMMAND_REUSED';
    return {
      offset,
      at,
      decided: { command, bodyHash: hash, outcome, events, refused: isNew && outcome.rejection !== null },
    };
  });
  return { verdicts, keys, queues };
}

/** The value of a key as of an offset; undefined: it has none. */
export const valueAt = ({ keys }: Replay, key: string, next: number): Buffer | undefined =>
  keys.get(key)?.findLast((version) => version.next <= next)?.bytes;
