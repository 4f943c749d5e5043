import { type Decision, reject } from './decision.ts';
import type { Queue } from './queue.ts';

/** RevokePairings: the links that tablets were paired by so far are void, however long they were to last. */
export const revokePairings = (queue: Queue): Decision =>
  queue.settings === null
    ? reject('RESTAURANT_NOT_FOUND', `restaurant ${queue.restaurantId} is not configured`)
    : [{ type: 'PairingsRevoked', pairing: queue.pairing + 1 }];
