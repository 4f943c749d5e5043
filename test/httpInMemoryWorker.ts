/**
 * A worker in one process and no time: the three ports of the ingress over the real rules and the real bytes.
 * What can go wrong between an ingress and a worker is switched on by hand.
 */
import { handle } from '../src/domain/handle.ts';
import type { Outcome } from '../src/domain/outcome.ts';
import { emptyQueue } from '../src/domain/queue.ts';
import { bodyHash, bucketKey, queueKey } from '../src/processors/keys.ts';
import { changeOf } from '../src/processors/change.ts';
import type { Codec } from '../src/schemas/codec.ts';
import { toCommand } from '../src/schemas/commands.ts';
import { encodeEvent } from '../src/schemas/events.ts';
import { decodeBucket, decodeQueue, encodeBucket, encodeOutcome, encodeQueue } from '../src/schemas/state.ts';
import { partitionOf } from '../src/topology/kafka/client.ts';
import type {
  Appender,
  Channel,
  OutputRecord,
  ReplyChannel,
  StateRead,
  StateReader,
} from '../src/topology/ports.ts';
import { offlineCodec } from './codec.ts';

export const partitions = 8;

export interface InMemoryWorker {
  readonly appender: Appender;
  readonly stateReader: StateReader;
  readonly replies: ReplyChannel;
  readonly changes: Channel;
  readonly codec: Codec;
  /** Every record that reached the log. */
  readonly log: OutputRecord[];
  /** The broker's clock. */
  now: number;
  /** What becomes of an append; `take` puts the record into the log and decides it. */
  onAppend: (take: () => void) => Promise<void>;
  /** What becomes of a reply. */
  onReply: (tell: () => void) => void;
  /** What becomes of a change as it is told. */
  onChange: (tell: () => void) => void;
  /** What becomes of a look at the state. */
  onRead: (read: StateRead) => StateRead | Promise<StateRead>;
  /** Looks at the state so far. */
  looks: number;
  /** Tells the ingress any outcome, or bytes that are none. */
  readonly tell: (message: Outcome | Buffer) => void;
  /** Tells whoever shows queues anything. */
  readonly tellChange: (message: Buffer) => void;
  /** The subscriptions were lost and are back. */
  readonly reconnect: () => void;
}

/** A worker at 12:00 of 2 October 2025 in Seoul. `codec` writes, so that another version's bytes can be tried. */
export function inMemoryWorker(codec = offlineCodec): InMemoryWorker {
  const tasks = new Map<number, { next: number; readonly values: Map<string, Buffer> }>();
  let onMessage: (message: Buffer) => void = () => undefined;
  let onReconnect: () => void = () => undefined;
  let onChange: (message: Buffer) => void = () => undefined;
  let onChangesBack: () => void = () => undefined;

  const taskOf = (partition: number) => {
    const task = tasks.get(partition) ?? { next: 0, values: new Map<string, Buffer>() };
    tasks.set(partition, task);
    return task;
  };

  function take(record: OutputRecord): void {
    worker.log.push(record);
    const command = toCommand(codec.decode(record.value));
    const task = taskOf(partitionOf(record.key, partitions));
    const keys = [
      queueKey(command.restaurantId),
      bucketKey(command.restaurantId, command.commandId),
    ] as const;
    const [queue, bucket] = [task.values.get(keys[0]), task.values.get(keys[1])];
    const before = queue ? decodeQueue(codec, queue) : emptyQueue(command.restaurantId);
    const handled = handle(before, bucket ? decodeBucket(codec, bucket) : [], {
      command,
      bodyHash: bodyHash(command),
      appendedAt: worker.now,
    });
    task.values.set(keys[0], encodeQueue(codec, handled.queue));
    task.values.set(keys[1], encodeBucket(codec, handled.bucket));
    task.next += 1;
    const { outcome, queue: after } = handled;
    const encoded = handled.events.map((event) => ({ event, bytes: encodeEvent(codec, event) }));
    worker.onReply(() => worker.tell(outcome));
    if (after.version !== before.version) worker.onChange(() => worker.tellChange(changeOf(after, encoded)));
  }

  const worker: InMemoryWorker = {
    codec,
    log: [],
    now: Date.parse('2025-10-02T12:00:00+09:00'),
    looks: 0,
    onAppend: (now) => {
      now();
      return Promise.resolve();
    },
    onReply: (tell) => void setImmediate(tell),
    onChange: (tell) => void setImmediate(tell),
    onRead: (read) => read,
    appender: {
      append: async (record) => {
        await worker.onAppend(() => take(record));
        return { offset: worker.log.length - 1, at: worker.now };
      },
    },
    stateReader: {
      read: async (partition, keys) => {
        worker.looks += 1;
        const { next, values } = taskOf(partition);
        return worker.onRead({ next, values: keys.map((key) => values.get(key) ?? null) });
      },
    },
    replies: {
      name: 'waiting:replies:test',
      onMessage: (handler) => (onMessage = handler),
      onReconnect: (handler) => (onReconnect = handler),
    },
    changes: {
      onMessage: (handler) => (onChange = handler),
      onReconnect: (handler) => (onChangesBack = handler),
    },
    tell: (message) => onMessage(Buffer.isBuffer(message) ? message : encodeOutcome(codec, message)),
    tellChange: (message) => onChange(message),
    reconnect: () => {
      onReconnect();
      onChangesBack();
    },
  };
  return worker;
}
