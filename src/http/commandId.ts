/** A repeat must be known as one, also by a restarted ingress: its command id follows from what the client sent. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../domain/command.ts';
import { derivedId } from '../processors/derivedId.ts';
import { Problem } from './problems.ts';

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The id of a command: derived from the Idempotency-Key, the restaurant and the caller where there is a key, random
 * where there is none. Throws a Problem for a key that is not a UUID.
 */
export function commandIdFor(key: string | undefined, restaurantId: number, { role, id }: Actor): string {
  if (key === undefined) return randomUUID();
  if (!uuid.test(key)) {
    const error = { field: 'Idempotency-Key', message: 'must be a UUID' };
    throw new Problem('VALIDATION', 'the Idempotency-Key header is not a UUID', [error]);
  }
  return derivedId([key.toLowerCase(), restaurantId, role, id ?? ''].join('/'));
}
