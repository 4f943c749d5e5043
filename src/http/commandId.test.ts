import { describe, expect, test } from '@jest/globals';
import { commandIdFor, uuid, uuidV5 } from './commandId.ts';
import { customer, owner } from './writes.ts';

const key = '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10';

test("a name-based UUID is the one of RFC 9562's example", () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
  expect(uuidV5('www.example.com', dns)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});

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

  test('is new every time without a key', () => {
    expect(commandIdFor(undefined, 1, owner(1))).not.toBe(commandIdFor(undefined, 1, owner(1)));
  });

  test.each(['', 'abc', `${key}0`, `{${key}}`])('cannot be made of the key %p', (wrong) => {
    expect(() => commandIdFor(wrong, 1, owner(1))).toThrow('is not a UUID');
  });
});
