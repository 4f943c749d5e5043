import { describe, expect, test } from '@jest/globals';
import { createRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import type { OutputRecord } from '../ports.ts';
import { recordBatch } from './recordBatch.ts';

const text = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 80 }));
const records = fc.array(
  fc.record({
    topic: fc.constant('topic'),
    partition: fc.constant(3),
    key: text,
    value: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
    headers: fc.dictionary(text, text, { maxKeys: 5 }),
  }),
  { minLength: 1, maxLength: 300 },
);

/** The same batch by the library. */
function expected(given: readonly OutputRecord[], sequence: number, timestamp: number): Buffer {
  const messages = given.map(({ topic, key, value, headers = {} }) => ({
    topic,
    partition: 3,
    key: Buffer.from(key),
    value: value as Buffer,
    headers: new Map(Object.entries(headers).map(([name, each]) => [Buffer.from(name), Buffer.from(each)])),
    timestamp: BigInt(timestamp),
  }));
  const sequences = { getWithDefault: () => sequence };
  return createRecordsBatch(messages, {
    transactionalId: 'task',
    producerId: 2n ** 40n,
    producerEpoch: 7,
    sequences,
  } as never).buffer;
}

describe('a record batch', () => {
  test('is the one that the library makes, byte for byte', () => {
    const { now } = Date;
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 0, max: now() }), (given, sequence, timestamp) => {
        const batch = recordBatch();
        for (const each of given) batch.append(each);
        const bytes = batch.encode({ id: 2n ** 40n, epoch: 7, sequence }, timestamp);
        expect(bytes.toString('hex')).toBe(expected(given, sequence, timestamp).toString('hex'));
        expect([batch.count(), batch.size()]).toEqual([given.length, bytes.length]);
      }),
      { numRuns: 200 },
    );
  });

  test('takes values larger than what it began with', () => {
    const large = { topic: 'topic', partition: 3, key: 'k', value: Buffer.alloc(3_000_000, 'x') };
    const batch = recordBatch();
    batch.append(large);
    batch.append({ ...large, value: Buffer.from('small') });
    const bytes = batch.encode({ id: 2n ** 40n, epoch: 7, sequence: 0 }, 5);
    expect(bytes.equals(expected([large, { ...large, value: Buffer.from('small') }], 0, 5))).toBe(true);
  });
});
