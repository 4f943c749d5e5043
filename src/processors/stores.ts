import { bucketOf } from '../domain/memory.ts';

/** The state store of the queues: all that deciding needs of one restaurant. */
export const queueStore = 'queue';
/** The state store of the command ids already decided. */
export const memoryStore = 'memory';

/** A key as the engine keeps it: the store's name and the key within. */
export const queueKey = (restaurantId: number): string => `${queueStore}/${restaurantId}`;
export const bucketKey = (restaurantId: number, commandId: string): string =>
  `${memoryStore}/${restaurantId}/${bucketOf(commandId)}`;
