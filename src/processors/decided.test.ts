import { describe, expect, it } from '@jest/globals';
import { newestFormats, offlineCodec } from '../../test/codec.ts';
import { formatsAt } from '../schemas/formats.ts';
import { type Decided, decidedSerde } from './decided.ts';

const commandId = '00000000-0000-4000-8000-000000000001';
const decided: Decided = {
  context: { commandId, correlationId: 'c', traceparent: null },
  command: 'CallWaiting',
  issuedAt: 5,
  rulesVersion: 3,
  events: [],
  rejection: { restaurantId: 1, at: 7, commandId, code: 'FORBIDDEN', detail: 'd' },
};

/** As builds wrote it that knew no versions. */
const former = Buffer.from(
  '4830303030303030302d303030302d343030302d383030302d3030303030303030303030310263001643616c6c57616974696e670a060002020e4830303030303030302d303030302d343030302d383030302d30303030303030303030303112464f5242494444454e0264',
  'hex',
);

describe('what was decided, in the outbox', () => {
  const newest = decidedSerde(offlineCodec, newestFormats);

  it('is what it always was up to level 0: a build that knows no versions may have to read it', () => {
    const oldest = decidedSerde(
      offlineCodec,
      formatsAt(() => 0),
    );
    expect(oldest.encode(decided)).toEqual(former);
  });

  it('is read in the former form, and in the one that names its version', () => {
    expect(newest.decode(former)).toEqual(decided);
    const named = newest.encode(decided);
    expect(named.readUInt8(0)).toBe(1);
    expect(newest.decode(named)).toEqual(decided);
  });
});
