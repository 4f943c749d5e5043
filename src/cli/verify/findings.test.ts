import { describe, expect, it } from '@jest/globals';
import { differing, findings, plain } from './findings.ts';

describe('differing', () => {
  it('names the parts that differ, alone', () => {
    const expected = { version: 3, days: [{ id: 1, tickets: 2 }, { id: 2 }], name: '다예약' };
    const found = { version: 3, days: [{ id: 1, tickets: 5 }], name: '다예약' };
    expect(differing(expected, found)).toEqual({
      expected: { days: { 0: { tickets: 2 }, 1: { id: 2 } } },
      found: { days: { 0: { tickets: 5 } } },
    });
  });

  it.each<[string, unknown, unknown, object | null]>([
    ['equal values', { a: [1, null] }, { a: [1, null] }, null],
    ['null and nothing', { a: null }, {}, { expected: { a: null }, found: {} }],
    ['none expected', undefined, { a: 1 }, { found: { a: 1 } }],
    ['none found', { a: 1 }, undefined, { expected: { a: 1 } }],
    ['another kind of value', { a: 1 }, { a: { b: 1 } }, { expected: { a: 1 }, found: { a: { b: 1 } } }],
  ])('tells %s', (_what, expected, found, parts) => {
    expect(differing(expected, found)).toEqual(parts);
  });

  it('does not mind what class a decoder built, nor fields without a value', () => {
    class Settings {
      readonly maxTeams = 3;
      readonly absent = undefined;
    }
    expect(differing(plain(new Settings()), plain({ maxTeams: 3 }))).toBeNull();
  });
});

describe('findings', () => {
  it('shows the first ones, counts all, and the same key of a place once', () => {
    const found = findings(2);
    for (const key of ['queue/1', 'queue/1', 'queue/2', 'queue/3'])
      found.differ({ place: 'redis', partition: 0, key, restaurantId: null });
    found.differ({ place: 'changelog', partition: 0, key: 'queue/1', restaurantId: null });
    expect(found.shown().map(({ key }) => key)).toEqual(['queue/1', 'queue/2']);
    expect(found.count()).toBe(4);
  });
});
