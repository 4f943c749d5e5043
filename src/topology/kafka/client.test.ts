import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { toRecord } from './client.ts';

const headersOf = (headers: object) => {
  const message = { offset: '7', timestamp: '1', key: null, value: null, headers } as unknown as KafkaMessage;
  return toRecord('topic', 0, message).headers;
};

const value = Buffer.from('kiosk');

/** What the library makes of headers: each value goes behind what stands under its name, inherited or not. */
const asTheLibrary = (pairs: readonly (readonly [string, Buffer | null])[]): object =>
  pairs.reduce<Record<string, unknown>>((found, [name, each]) => {
    const before = found[name];
    const all = Array.isArray(before) ? [...(before as unknown[]), each] : [before, each];
    return { ...found, [name]: before === undefined ? each : all };
  }, {});

describe('the headers of a record', () => {
  it('are those that the record has, in order', () => {
    const twice = asTheLibrary([
      ['a', value],
      ['b', Buffer.from([0, 255])],
      ['a', Buffer.alloc(0)],
    ]);
    expect(headersOf(twice)).toEqual([
      { key: 'a', value },
      { key: 'a', value: Buffer.alloc(0) },
      { key: 'b', value: Buffer.from([0, 255]) },
    ]);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('may be named %s', (name) => {
    expect(headersOf(asTheLibrary([[name, value]]))).toEqual([{ key: name, value }]);
    const twice = asTheLibrary([
      [name, value],
      [name, value],
    ]);
    expect(headersOf(twice)).toHaveLength(2);
  });

  it('without a value are empty', () => {
    const empty = Buffer.alloc(0);
    expect(headersOf(asTheLibrary([['a', null]]))).toEqual([{ key: 'a', value: empty }]);
    const behind = asTheLibrary([
      ['a', value],
      ['a', null],
    ]);
    expect(headersOf(behind)).toEqual([
      { key: 'a', value },
      { key: 'a', value: empty },
    ]);
  });
});
