import { type Bucket, handle, isRemembered } from '../domain/handle.ts';
import { emptyQueue, type Queue } from '../domain/queue.ts';
import { type Rules, versionOf } from '../domain/rulesVersion.ts';
import type { Codec } from '../schemas/codec.ts';
import type { Formats } from '../schemas/formats.ts';
import { encodeEvent } from '../schemas/events.ts';
import { decodeBucket, decodeQueue, encodeBucket, encodeOutcome, encodeQueue } from '../schemas/state.ts';
import { topics } from '../schemas/topics.ts';
import type { ProcessorContext, ProcessorNode, StoreNode } from '../topology/graph.ts';
import type { InputRecord } from '../topology/ports.ts';
import { changeOf, changesChannel } from './change.ts';
import type { Received } from './commandSource.ts';
import { type Decided, decidedSerde } from './decided.ts';
import { bodyHash, bucketKey, memoryStore, queueKey, queueStore } from './keys.ts';

/** DECIDE: applies a command to its restaurant's queue, remembers and answers the outcome, hands on the events. */
export const queueProcessor = (
  codec: Codec,
  formats: Formats,
  rules: Rules,
  source: string,
): ProcessorNode => ({
  kind: 'processor',
  about: 'Decides each command against the state of its queue.',
  parents: [source],
  stores: [queueStore, memoryStore],
  facts: decidedSerde(codec, formats),
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
    const handled = handle(queue, bucket, logged, rules);

    if (handled.queue !== queue) state.put(keyOfQueue, handled.queue);
    if (handled.bucket !== bucket) state.put(keyOfBucket, handled.bucket);
    const { rejection } = handled.outcome;
    const events = handled.events.map((event) => ({ event, bytes: encodeEvent(codec, event) }));
    // A repeat leaves the queue as it was, and there is nothing to tell that was not told before.
    if (handled.queue !== queue || rejection?.code === 'COMMAND_REUSED') {
      const decided: Decided = {
        context: { ...context, commandId: command.commandId },
        command: command.type,
        issuedAt: command.issuedAt,
        rulesVersion: versionOf(rules),
        events,
        rejection: rejection && { ...handled.outcome, ...rejection },
      };
      state.emit(decided);
    }
    if (replyTo !== null) state.reply(replyTo, encodeOutcome(codec, handled.outcome));
    if (handled.queue.version !== queue.version) state.reply(changesChannel, changeOf(handled.queue, events));
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
