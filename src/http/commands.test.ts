import { describe, expect, test } from '@jest/globals';
import { commandIdFor, customer, owner, uuid } from './commands.ts';

const key = '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10';

describe('the id of a command', () => {
  test('follows from key, restaurant and caller, and from nothing else', () => {
    const ids = [
      commandIdFor(key, 1, customer(1)),
      commandIdFor(key, 2, customer(1)),
      commandIdFor(key, 1, customer(2)),
      commandIdFor(key, 1, customer(null)),
      commandIdFor(key, 1, owner(1)),
      commandIdFor('8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a11', 1, customer(1)),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => uuid.test(id))).toBe(true);
    expect(commandIdFor(key, 1, customer(1))).toBe(ids[0]);
    expect(commandIdFor(key.toUpperCase(), 1, customer(1))).toBe(ids[0]);
  });

  test('stays what it was: clients repeat what they sent a day ago', () => {
    expect(commandIdFor(key, 1, customer(1))).toBe('76c33afa-db90-5426-bca8-b4e858e47de9');
  });

  test('is new every time without a key', () => {
    expect(commandIdFor(undefined, 1, owner(1))).not.toBe(commandIdFor(undefined, 1, owner(1)));
  });

  test.each(['', 'abc', `${key}0`, `{${key}}`])('cannot be made of the key %p', (wrong) => {
    expect(() => commandIdFor(wrong, 1, owner(1))).toThrow('is not a UUID');
  });
});
