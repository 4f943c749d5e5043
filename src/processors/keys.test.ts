import { expect, test } from '@jest/globals';
import type { Command } from '../domain/command.ts';
import { bodyHash } from './keys.ts';

const command: Command = {
  type: 'CancelWaiting',
  commandId: '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10',
  restaurantId: 1,
  actor: { role: 'CUSTOMER', id: null },
  issuedAt: 1,
  waitingId: 10_000_001,
  reason: null,
};

test('stays what it was: hashes of a day ago are remembered', () => {
  expect(bodyHash(command)).toBe('JVr2bbcV8Y69NU_xB5xZSw');
});

test('is the same for another id, another clock, another order of fields and a new field that is null', () => {
  const { type, ...rest } = command;
  const same = { ...rest, commandId: '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a11', issuedAt: 2, added: null, type };
  expect(bodyHash(same)).toBe(bodyHash(command));
});

test.each([
  { reason: 'late' },
  { waitingId: 10_000_002 },
  { restaurantId: 2 },
  { actor: { role: 'OWNER', id: null } as const },
  { actor: { role: 'CUSTOMER', id: '1' } as const },
])('is another for %j', (change) => {
  expect(bodyHash({ ...command, ...change })).not.toBe(bodyHash(command));
});
