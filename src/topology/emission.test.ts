import { describe, expect, it } from '@jest/globals';
import { newestFormats } from '../../test/codec.ts';
import { formatsAt } from '../schemas/formats.ts';
import { decodeEntry, encodeEntry } from './emission.ts';

const fact = {
  node: 'decide',
  origin: { topic: 'waiting.commands', partition: 3, offset: 17 },
  bytes: Buffer.from('fact'),
};
const batch = {
  from: 17,
  to: 18,
  records: 1,
  facts: [{ ...fact, value: null }],
  changes: new Map([['queue/1', { value: null, bytes: Buffer.alloc(0) }]]),
  replies: [],
};
const entry = { from: 17, to: 18, facts: [fact], keys: ['queue/1'] };

/** As builds wrote it that knew no versions. */
const former = Buffer.from(
  '2224020c6465636964652077616974696e672e636f6d6d616e64730622086661637400020e71756575652f3100',
  'hex',
);

describe('an entry of the outbox', () => {
  it('is what it always was up to level 0: a build that knows no versions may have to read it', () => {
    expect(
      encodeEntry(
        batch,
        formatsAt(() => 0),
      ),
    ).toEqual(former);
  });

  it('is read in the former form, and in the one that names its version', () => {
    expect(decodeEntry(former)).toEqual(entry);
    const named = encodeEntry(batch, newestFormats);
    expect(named.readUInt8(0)).toBe(1);
    expect(decodeEntry(named)).toEqual(entry);
  });

  it('says of a newer form that it is one', () => {
    const newer = Buffer.concat([Buffer.of(3), former]);
    expect(() => decodeEntry(newer)).toThrow('form 2 is not known');
  });
});
