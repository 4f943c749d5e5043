/** Records as the library reads them off the wire: what stands in their headers is the sender's. */
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { createRecord, type MessageRecord } from '@platformatic/kafka';
import type { KafkaMessage } from 'kafkajs';
import { toRecord } from './client.ts';

interface Decoder {
  readonly readVarInt: () => number;
}

const require = createRequire(import.meta.url);
const LibraryDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  decoder: Decoder,
  batch: object,
) => KafkaMessage;

type Pair = readonly [name: string, value: Buffer | null];

/** The headers of a record that was sent with these. */
function read(pairs: readonly Pair[]) {
  const headers = new Map(pairs.map(([name, value]) => [Buffer.from(name), value]));
  const message = { value: Buffer.from('x'), headers, topic: 'topic', timestamp: 1n };
  const decoder = new LibraryDecoder(createRecord(message as unknown as MessageRecord, 0, 1n).buffer);
  decoder.readVarInt(); // its length
  const decoded = decodeRecord(decoder, { firstOffset: '7', firstTimestamp: '1' });
  return toRecord('topic', 0, decoded).headers;
}

const value = Buffer.from('kiosk');

describe('the headers of a record', () => {
  it('are those that the record has, those of one name in order', () => {
    const pairs: Pair[] = [
      ['a', value],
      ['b', Buffer.from([0, 255])],
      ['a', Buffer.alloc(0)],
    ];
    expect(read(pairs)).toEqual([
      { key: 'a', value },
      { key: 'a', value: Buffer.alloc(0) },
      { key: 'b', value: Buffer.from([0, 255]) },
    ]);
    expect(read([])).toEqual([]);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'reduce'])('may be named %s', (name) => {
    expect(read([[name, value]])).toEqual([{ key: name, value }]);
    const twice: Pair[] = [
      [name, value],
      [name, value],
    ];
    expect(read(twice)).toHaveLength(2);
  });

  it('without a value are empty', () => {
    const pairs: Pair[] = [
      ['a', value],
      ['a', null],
    ];
    expect(read(pairs)).toEqual([
      { key: 'a', value },
      { key: 'a', value: Buffer.alloc(0) },
    ]);
  });

  it('may be as many as the log takes, and keep nobody waiting', () => {
    const many = Array.from({ length: 13_000 }, (_, n): Pair => [n.toString(36), Buffer.alloc(0)]);
    const started = performance.now();
    expect(read(many)).toHaveLength(13_000);
    // The library alone takes half a minute.
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
