import { describe, expect, it } from '@jest/globals';
import { InvalidCommandError, toCommand } from './commands.ts';

const envelope = {
  commandId: '00000000-0000-4000-8000-000000000001',
  restaurantId: 1,
  actor: { role: 'OWNER', id: null },
  issuedAt: 0,
} as const;
const day = { ...envelope, datesId: 1, date: '2025-10-02', opensAt: 0, closesAt: 1 };
const noShow = { ...envelope, userId: 1, waitingId: null, datesId: null, reason: null };

describe('what rules up to 2 decided, and later ones do not', () => {
  const once = [
    { name: 'OpenBusinessDay', value: { ...day, date: '2025-02-30' } },
    { name: 'OpenBusinessDay', value: { ...day, closesAt: Date.UTC(10_000, 0) - 1 } },
    { name: 'RegisterNoShow', value: { ...noShow, datesId: 0 } },
  ] as const;

  it.each(once)('a $name', (record) => {
    expect(toCommand(record, 2)).toMatchObject({ type: record.name });
    expect(() => toCommand(record, 2.1)).toThrow(InvalidCommandError);
    expect(() => toCommand(record)).toThrow(InvalidCommandError);
  });
});
