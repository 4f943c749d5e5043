import { createHash } from 'node:crypto';
import type { Command } from '../domain/command.ts';

/**
 * What a sender asks for, in 22 characters: the same command id with another hash is a reused id, not a repeat.
 * Over everything but the id itself and the sender's clock. Fields that are null are left out, so that a nullable
 * field added to a record later doesn't change the hash of commands from before.
 */
export function bodyHash(command: Command): string {
  const { commandId: _id, issuedAt: _clock, ...asked } = command;
  return createHash('sha256').update(canonical(asked)).digest().subarray(0, 16).toString('base64url');
}

/** JSON with sorted keys and without nulls: the same text whatever order a decoder built the object in. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== null && field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}
