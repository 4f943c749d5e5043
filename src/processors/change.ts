import avsc from 'avsc';
import type { Queue } from '../domain/queue.ts';
import type { Codec } from '../schemas/codec.ts';
import { encoderOf } from '../schemas/encoder.ts';
import { type EncodedEvent, toEvent } from '../schemas/events.ts';
import { type Notification, notificationsOf } from './notifications.ts';

/**
 * Where every change of a queue is told to whoever shows queues. A hint, as replies are: it may be lost, and it may be
 * of another deployment on the same Redis.
 */
export const changesChannel = 'waiting:changes';

interface Change {
  readonly restaurantId: number;
  readonly version: number;
  readonly events: readonly Buffer[];
}

const type = avsc.Type.forSchema({
  type: 'record',
  name: 'Change',
  fields: [
    { name: 'restaurantId', type: 'long' },
    { name: 'version', type: 'long' },
    { name: 'events', type: { type: 'array', items: 'bytes' } },
  ],
});

const encode = encoderOf(type);

/** A change as it is told: whose queue it is, the queue's version, and what led to it. */
export const changeOf = (
  { restaurantId, version }: Pick<Queue, 'restaurantId' | 'version'>,
  events: readonly EncodedEvent[],
): Buffer => encode({ restaurantId, version, events: events.map(({ bytes }) => bytes) });

export interface ToldChange extends Pick<Queue, 'restaurantId' | 'version'> {
  /** What the two sides are told. Throws for bytes that are no events, and of a schema that this process has not seen. */
  readonly notifications: (codec: Codec) => Notification[];
}

/** Reads what `changeOf` wrote; null: it is none. */
export function readChange(message: Buffer): ToldChange | null {
  let change: Change;
  try {
    change = type.fromBuffer(message) as Change;
  } catch {
    return null; // another deployment's, of another version
  }
  const { restaurantId, version, events } = change;
  return {
    restaurantId,
    version,
    notifications: (codec) => events.flatMap((bytes) => notificationsOf(toEvent(codec.decode(bytes)))),
  };
}
