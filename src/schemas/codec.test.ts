import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import { offlineCodec, schemaIds } from '../../test/codec.ts';
import { createCodec, UndecodableError, UnseenSchemaError, type Codec } from './codec.ts';
import type { Kind } from './load.ts';

const position = offlineCodec.encode('TaskPosition', {
  next: 42,
  wellAt: null,
  beatAt: null,
  partitions: null,
});

/** A codec whose registry has one more schema, under id 999. */
const withForeign = (schema: avsc.Schema | null): Codec =>
  createCodec(schemaIds(), {
    find: () => Promise.resolve(schema === null ? null : avsc.Type.forSchema(schema)),
  });

const under = (schemaId: number, body: Buffer): Buffer => {
  const bytes = Buffer.concat([Buffer.alloc(5), body]);
  bytes.writeUInt32BE(schemaId, 1);
  return bytes;
};

const reasonOf = (codec: Codec, bytes: Buffer | null, kind?: Kind): string => {
  try {
    codec.decode(bytes, kind);
    return 'decoded';
  } catch (error) {
    if (error instanceof UndecodableError) return error.reason;
    throw error;
  }
};

describe('the codec', () => {
  it('gives back what it was given, in the wire format of the registry', () => {
    expect(position.readUInt8(0)).toBe(0);
    expect(position.readUInt32BE(1)).toBe(schemaIds().get('TaskPosition'));
    expect(offlineCodec.decode(position)).toMatchObject({ name: 'TaskPosition', value: { next: 42 } });
  });

  it('takes records of any size', () => {
    const owner = 'x'.repeat(300_000);
    const decoded = offlineCodec.decode(offlineCodec.encode('TaskOwner', { owner, at: 1 }));
    expect(decoded).toMatchObject({ value: { owner } });
  });

  it.each<[string, Buffer | null, string]>([
    ['nothing', null, 'TOO_SHORT'],
    ['four bytes', Buffer.alloc(4), 'TOO_SHORT'],
    ['another format', Buffer.from('{"next":42}'), 'NOT_AVRO'],
    ['a body cut short', position.subarray(0, 5), 'MALFORMED'],
    ['an integer beyond the safe ones', under(position.readUInt32BE(1), Buffer.alloc(9, 0xff)), 'MALFORMED'],
  ])('says what is wrong with %s', (_what, bytes, reason) => {
    expect(reasonOf(offlineCodec, bytes)).toBe(reason);
  });

  it('looks into no record of another kind than it is asked for, whatever it claims to hold', () => {
    const bomb = offlineCodec.encode('RememberedCommands', { commands: [] });
    // Two billion commands, in six bytes.
    const claims = Buffer.concat([bomb.subarray(0, 5), Buffer.of(0x80, 0xa8, 0xd6, 0xb9, 0x0e)]);
    expect(reasonOf(offlineCodec, claims, 'commands')).toBe('UNEXPECTED_RECORD');
    expect(reasonOf(offlineCodec, position, 'changelog')).toBe('decoded');
  });

  it.each([4, 40, 400])('refuses a number of a stranger that is too long for an int, by %i bytes', (more) => {
    const command = offlineCodec.encode('RegisterWaiting', {
      commandId: '00000000-0000-4000-8000-000000000001',
      restaurantId: 1,
      actor: { role: 'SERVICE', id: null },
      issuedAt: 1,
      datesId: 1,
      userId: 1,
      userCount: 2,
    });
    // Of 400 bytes the library makes what is no number, and no rule that compares refuses that.
    const long = Buffer.concat([Buffer.alloc(more + 1, 0x80), Buffer.of(0x7f)]);
    const spoilt = Buffer.concat([command.subarray(0, -1), long]);
    expect(offlineCodec.decode(command, 'commands')).toMatchObject({ value: { userCount: 2 } });
    expect(reasonOf(offlineCodec, spoilt, 'commands')).toBe('MALFORMED');
  });

  it('asks to learn a schema it has not seen, and knows when the registry has none', async () => {
    const codec = withForeign(null);
    expect(() => codec.decode(under(999, Buffer.of(84)))).toThrow(UnseenSchemaError);
    expect(await codec.learn(999)).toBe('unknown');
  });

  it('reads what another version of a record wrote: unknown fields go, missing ones get their default', async () => {
    const older: avsc.Schema = {
      type: 'record',
      name: 'TaskPosition',
      namespace: 'waiting.changelog',
      fields: [
        { name: 'next', type: 'long' },
        { name: 'note', type: 'string' },
      ],
    };
    const codec = withForeign(older);
    await codec.learn(999);
    const bytes = under(999, avsc.Type.forSchema(older).toBuffer({ next: 7, note: 'gone' }));
    expect(codec.decode(bytes)).toMatchObject({ name: 'TaskPosition', value: { next: 7 } });
  });

  it.each<[string, avsc.Schema]>([
    ["another team's record", { type: 'record', name: 'Order', namespace: 'shop', fields: [] }],
    [
      'a record that only bears a name of ours',
      { type: 'record', name: 'TaskPosition', namespace: 'waiting.changelog', fields: [] },
    ],
  ])('never reads %s', async (_what, schema) => {
    const codec = withForeign(schema);
    expect(await codec.learn(999)).toBe('known');
    expect(reasonOf(codec, under(999, Buffer.alloc(1)))).toBe('UNEXPECTED_RECORD');
  });
});
