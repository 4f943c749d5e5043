import { type Bucket, handle, isRemembered } from '../domain/handle.ts';
import type { Event } from '../domain/event.ts';
import { emptyQueue, type Queue } from '../domain/queue.ts';
import { rulesVersion } from '../domain/rulesVersion.ts';
import type { Codec } from '../schemas/codec.ts';
import {
  decodeBucket,
  decodeQueue,
  encodeBucket,
  encodeOutcome,
  encodeQueue,
  expect,
} from '../schemas/state.ts';
import { topics } from '../schemas/topics.ts';
import type { ProcessorContext, ProcessorNode, StoreNode } from '../topology/graph.ts';
import type { InputRecord } from '../topology/ports.ts';
import type { Received } from './commandSource.ts';
import { type Decided, decidedSerde } from './decided.ts';
import { type Notification, notificationsOf } from './notifications.ts';
import { bodyHash, bucketKey, memoryStore, queueKey, queueStore } from './keys.ts';

/**
 * Where every change of a queue is told to whoever shows queues. A hint, as replies are: it may be lost, and it may be
 * of another deployment on the same Redis.
 */
export const changesChannel = 'waiting:changes';

/** A change as it is told: whose queue it is, the queue's version, and what the two sides are told of it. */
export const changeOf = (
  codec: Codec,
  { restaurantId, version }: Pick<Queue, 'restaurantId' | 'version'>,
  events: readonly Event[],
): Buffer =>
  Buffer.from(
    [
      restaurantId,
      version,
      ...events.flatMap(notificationsOf).map((each) => codec.encode('Notification', each).toString('base64')),
    ].join(' '),
  );

export interface ToldChange extends Pick<Queue, 'restaurantId' | 'version'> {
  /** Decodes them. Throws for bytes that are none, and for those of a schema that this process has not seen. */
  readonly notifications: (codec: Codec) => Notification[];
}

/** Reads what `changeOf` wrote; null: it is none. */
export function readChange(message: Buffer): ToldChange | null {
  const [, restaurantId, version, told = ''] = /^(\d+) (\d+)((?: \S+)*)$/.exec(message.toString()) ?? [];
  if (restaurantId === undefined || version === undefined) return null;
  return {
    restaurantId: Number(restaurantId),
    version: Number(version),
    notifications: (codec) =>
      told
        .split(' ')
        .slice(1)
        .map((bytes) => expect('Notification', codec.decode(Buffer.from(bytes, 'base64')))),
  };
}

/** DECIDE: applies a command to its restaurant's queue, remembers and answers the outcome, hands on the events. */
export const queueProcessor = (codec: Codec, source: string): ProcessorNode => ({
  kind: 'processor',
  about: 'Decides each command against the state of its queue.',
  parents: [source],
  stores: [queueStore, memoryStore],
  facts: decidedSerde(codec),
  keys: ({ command }: Received) => [
    queueKey(command.restaurantId),
    ...(isRemembered(command) ? [bucketKey(command.restaurantId, command.commandId)] : []),
  ],
  process: ({ command, replyTo, ...context }: Received, record: InputRecord, state: ProcessorContext) => {
    const keyOfQueue = queueKey(command.restaurantId);
    const keyOfBucket = bucketKey(command.restaurantId, command.commandId);
    const queue = (state.get(keyOfQueue) as Queue | undefined) ?? emptyQueue(command.restaurantId);
    const bucket = isRemembered(command) ? ((state.get(keyOfBucket) as Bucket | undefined) ?? []) : [];

    const logged = { command, bodyHash: bodyHash(command), appendedAt: record.timestamp };
    const handled = handle(queue, bucket, logged);

    if (handled.queue !== queue) state.put(keyOfQueue, handled.queue);
    if (handled.bucket !== bucket) state.put(keyOfBucket, handled.bucket);
    const { rejection } = handled.outcome;
    // A repeat leaves the queue as it was, and there is nothing to tell that was not told before.
    if (handled.queue !== queue || rejection?.code === 'COMMAND_REUSED') {
      const decided: Decided = {
        context: { ...context, commandId: command.commandId },
        command: command.type,
        issuedAt: command.issuedAt,
        rulesVersion,
        events: handled.events,
        rejection: rejection && { ...handled.outcome, ...rejection },
      };
      state.emit(decided);
    }
    if (replyTo !== null) state.reply(replyTo, encodeOutcome(codec, handled.outcome));
    if (handled.queue.version !== queue.version)
      state.reply(changesChannel, changeOf(codec, handled.queue, handled.events));
  },
});

/** The queues' state, in Redis and on the changelog. */
export const queues = (codec: Codec): StoreNode => ({
  kind: 'store',
  about: 'A queue a restaurant.',
  changelog: topics.changelog,
  serde: {
    encode: (queue: Queue) => encodeQueue(codec, queue),
    decode: (bytes) => decodeQueue(codec, bytes),
  },
});

/** The command ids already decided, with their outcomes. */
export const memory = (codec: Codec): StoreNode => ({
  kind: 'store',
  about: 'Command ids of the last 24 h with their outcomes, in buckets.',
  changelog: topics.changelog,
  serde: {
    encode: (bucket: Bucket) => encodeBucket(codec, bucket),
    decode: (bytes) => decodeBucket(codec, bytes),
  },
});
