import { createHash, hash } from 'node:crypto';
import type { Command } from '../domain/command.ts';
import { bucketOf } from '../domain/handle.ts';

/** The state store of the queues: all that deciding needs of one restaurant. */
export const queueStore = 'queue';
/** The state store of the command ids already decided. */
export const memoryStore = 'memory';

/** A key as the engine keeps it: the store's name and the key within. */
export const queueKey = (restaurantId: number): string => `${queueStore}/${restaurantId}`;
export const bucketKey = (restaurantId: number, commandId: string): string =>
  `${memoryStore}/${restaurantId}/${bucketOf(commandId)}`;

/** Namespace of our command ids: a UUID v4 drawn once. Changing it makes strangers of all keys in use. */
const namespace = Buffer.from('a3d9f5de58b44a0f9d0e3c7c0d6e2b41', 'hex');

/** The name-based UUID (RFC 9562, section 5.5) of what a command is about: the same name gives the same id anywhere. */
export function derivedId(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name).digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * What a sender asks for, in 22 characters: the same command id with another hash is a reused id, not a repeat.
 * Over everything but the id itself and the sender's clock. Fields that are null are left out, so that a nullable
 * field added to a record later doesn't change the hash of commands from before.
 */
export function bodyHash(command: Command): string {
  const { commandId: _id, issuedAt: _clock, ...asked } = command;
  return hash('sha256', canonical(asked), 'buffer').toString('base64url', 0, 16);
}

/** By the names as they come, joined: decoders build a record of ours in few ways, and sorting takes longer than the rest. */
const sorted = new Map<string, readonly string[]>();

function sortedNames(value: object): readonly string[] {
  const names = Object.keys(value);
  const unsorted = names.join();
  const known = sorted.get(unsorted);
  if (known) return known;
  sorted.set(unsorted, names.sort());
  return names;
}

/** JSON with sorted keys and without nulls: the same text whatever order a decoder built the object in. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  let fields = '';
  for (const name of sortedNames(value)) {
    const field = (value as Record<string, unknown>)[name];
    if (field === null || field === undefined) continue;
    fields += `${fields === '' ? '' : ','}${JSON.stringify(name)}:${canonical(field)}`;
  }
  return `{${fields}}`;
}
