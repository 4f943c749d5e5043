/** A repeat must be known as one, also by a restarted ingress: its command id follows from what the client sent. */
import { createHash, randomUUID } from 'node:crypto';
import type { Actor } from '../domain/command.ts';
import { Problem } from './problems.ts';

/** Namespace of our command ids: a UUID v4 drawn once. Changing it makes strangers of all keys in use. */
const namespace = 'a3d9f5de-58b4-4a0f-9d0e-3c7c0d6e2b41';

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
  return uuidV5([key.toLowerCase(), restaurantId, role, id ?? ''].join('/'), namespace);
}

/** The name-based UUID of RFC 9562, section 5.5. */
export function uuidV5(name: string, within: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(within.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
