/**
 * Reads come from the state of the task that owns the queue. That state can be away (Redis wiped, a task being
 * rebuilt) or older than what a client was already shown; both would turn into a false 404 or an answer from the
 * past, so both are told as 503 instead.
 */
import { LRUCache } from 'lru-cache';
import { recall } from '../domain/handle.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Queue } from '../domain/queue.ts';
import { bucketKey, queueKey } from '../processors/keys.ts';
import { type Codec, UnseenSchemaError } from '../schemas/codec.ts';
import { decodeBucket, decodeQueue } from '../schemas/state.ts';
import { partitionOf } from '../topology/kafka/client.ts';
import type { StateReader } from '../topology/ports.ts';
import { Problem } from './problems.ts';

/** The state cannot be seen now. Nothing is known of the queue; 503. */
export class StateUnavailable extends Problem {
  constructor(detail: string, cause?: unknown) {
    super('STATE_UNAVAILABLE', detail);
    this.cause = cause;
  }
}

/** A queue and the bytes that it was read from. */
interface Decoded {
  readonly bytes: Buffer;
  readonly queue: Queue;
}

/**
 * Bytes of queues that are kept decoded, some thousands of them. In memory a queue takes some ten times its bytes, with
 * the texts that were made of it twenty.
 */
const decodedBytes = 4 * 1024 * 1024;

/** What a queue remembers of a command id. */
interface Recalled {
  /** null: nobody has asked anything of this restaurant yet. */
  readonly queue: Queue | null;
  /** The first outcome of the id with the hash of what was asked; null: not decided, or forgotten. */
  readonly first: { readonly bodyHash: string; readonly outcome: Outcome } | null;
}

export interface QueueReader {
  /** The queue; null: nobody has asked anything of this restaurant yet. Throws StateUnavailable. */
  readQueue: (restaurantId: number) => Promise<Queue | null>;
  /** The queue and what it remembers of a command id, as of one moment. Throws StateUnavailable. */
  recallCommand: (restaurantId: number, commandId: string) => Promise<Recalled>;
}

export function createQueueReader(
  stateReader: StateReader,
  codec: Codec,
  partitions: number,
  now: () => number,
): QueueReader {
  /** The highest S seen, by partition. */
  const seen = new Map<number, number>();
  const decoded = new LRUCache<number, Decoded>({
    maxSize: decodedBytes,
    sizeCalculation: ({ bytes }) => bytes.length,
  });

  async function look(restaurantId: number, keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    const partition = partitionOf(String(restaurantId), partitions);
    const { next, values } = await stateReader.read(partition, keys).catch((error: unknown) => {
      throw new StateUnavailable('the state of the queues is out of reach', error);
    });
    if (next === null) throw new StateUnavailable('the state of this queue is being rebuilt');
    if (next < (seen.get(partition) ?? 0)) {
      throw new StateUnavailable('the state of this queue is catching up with what was shown before');
    }
    seen.set(partition, next);
    return values;
  }

  /** A newer worker may have written it in a schema that this process has still to learn. */
  async function decode<T>(
    bytes: Buffer | null | undefined,
    as: (codec: Codec, bytes: Buffer) => T,
  ): Promise<T | null> {
    if (bytes === null || bytes === undefined) return null;
    try {
      return as(codec, bytes);
    } catch (error) {
      if (!(error instanceof UnseenSchemaError)) throw error;
      return await learnAndDecode(codec, error.schemaId, () => as(codec, bytes)).catch((cause: unknown) => {
        throw new StateUnavailable('the state of this queue is in a format still to be looked up', cause);
      });
    }
  }

  /** The same object for the same bytes: what was made of it once need not be made again. */
  async function queueOf(restaurantId: number, bytes: Buffer | null | undefined): Promise<Queue | null> {
    const known = decoded.get(restaurantId);
    if (known && bytes?.equals(known.bytes) === true) return known.queue;
    const queue = await decode(bytes, decodeQueue);
    // A copy: the bytes are a window on all that Redis sent at once.
    if (bytes && queue) decoded.set(restaurantId, { bytes: Buffer.from(bytes), queue });
    return queue;
  }

  return {
    readQueue: async (restaurantId) => {
      const [queue] = await look(restaurantId, [queueKey(restaurantId)]);
      return queueOf(restaurantId, queue);
    },

    recallCommand: async (restaurantId, commandId) => {
      const values = await look(restaurantId, [queueKey(restaurantId), bucketKey(restaurantId, commandId)]);
      const queue = await queueOf(restaurantId, values[0]);
      const bucket = (await decode(values[1], decodeBucket)) ?? [];
      // A bucket keeps what the queue has forgotten until it is written again, and a quiet queue's log time stands
      // still: what this clock says is over must not answer a command that the queue will decide anew.
      const at = Math.max(queue?.at ?? 0, now());
      return { queue, first: (queue && recall(bucket, queue, commandId, at)) ?? null };
    },
  };
}

/** Asks the registry for a writer's schema, then decodes once more. Throws when that doesn't help. */
export async function learnAndDecode<T>(codec: Codec, schemaId: number, decode: () => T): Promise<T> {
  await codec.learn(schemaId);
  return decode();
}
