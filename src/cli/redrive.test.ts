import { describe, expect, it } from '@jest/globals';
import { newestFormats, offlineCodec as codec } from '../../test/codec.ts';
import { commandSource } from '../processors/commandSource.ts';
import type { InputRecord } from '../topology/ports.ts';
import { isSelected, type Letter, parsePlace } from './deadLetters.ts';
import { redrive, type RedriveDeps } from './redrive.ts';

const valueOf = (restaurantId: number): Buffer =>
  codec.encode('DeleteAllWaitings', {
    commandId: '00000000-0000-4000-8000-000000000001',
    restaurantId,
    actor: { role: 'OWNER', id: null },
    issuedAt: 1,
  });

const letter = (changes: Partial<Letter> = {}): Letter => ({
  place: { partition: 3, offset: 17 },
  reason: 'MISROUTED',
  detail: '',
  timestamp: 1_000,
  key: Buffer.from('5'),
  value: valueOf(5),
  headers: [],
  ...changes,
});

/** Partition 0 is that of every key, and has a log; answers what became of each letter, and the values that were sent. */
async function redriven(
  letters: readonly Letter[],
  options: Partial<RedriveDeps> = {},
  log: InputRecord[] = [],
) {
  const sent: unknown[] = [];
  const deps: RedriveDeps = {
    source: commandSource(codec, newestFormats),
    partitionOf: () => 0,
    reader: { read: (_topic, _partition, _range, each) => each(log) },
    logSince: () => Promise.resolve({ start: 0, end: log.length }),
    resender: {
      send: (_topic, { value }) => {
        sent.push(value);
        return Promise.resolve({ partition: 0, offset: 99 });
      },
    },
    dryRun: false,
    force: false,
    ...options,
  };
  const done: string[] = [];
  for await (const { done: what, why } of redrive(deps, letters))
    done.push(why === null ? what : `${what}: ${why}`);
  return { sent, done };
}

const logged = (changes: Partial<InputRecord> = {}): InputRecord => ({
  ...letter(),
  topic: 'waiting.commands',
  partition: 0,
  offset: 4,
  timestamp: 2_000,
  ...changes,
});

describe('redrive', () => {
  it('sends what would be decided on the partition of its key', async () => {
    expect(await redriven([letter()])).toEqual({ sent: [valueOf(5)], done: ['sent'] });
  });

  it('sends nothing in a dry run', async () => {
    expect(await redriven([letter()], { dryRun: true })).toEqual({ sent: [], done: ['would be sent'] });
  });

  it('leaves what would only come back, unless it is forced', async () => {
    const mismatched = letter({ value: valueOf(6) });
    const { sent, done } = await redriven([mismatched]);
    expect({ sent, done }).toEqual({
      sent: [],
      done: ['left: it would come back as KEY_MISMATCH: key 5 does not name restaurant 6'],
    });
    expect(await redriven([mismatched], { force: true })).toMatchObject({ done: ['sent'] });
  });

  it('never sends what has no key', async () => {
    expect((await redriven([letter({ key: null })], { force: true })).sent).toEqual([]);
  });

  it('leaves what is in the log again, unless it is forced', async () => {
    const left = { sent: [], done: ['left: the same record is in the log again at 0/4'] };
    expect(await redriven([letter()], {}, [logged()])).toEqual(left);
    expect(await redriven([letter()], { force: true }, [logged()])).toMatchObject({ done: ['sent'] });
  });

  it.each<[string, InputRecord]>([
    ['its own first appearance', logged({ partition: 3, offset: 17 })],
    ['another command of the restaurant', logged({ value: valueOf(7) })],
    ['the same from before', logged({ timestamp: 999 })],
  ])('does not take %s for a repeat', async (_what, record) => {
    expect((await redriven([letter()], {}, [record])).done).toEqual(['sent']);
  });
});

describe('a dead letter', () => {
  it.each([
    ['3/17', { partition: 3, offset: 17 }],
    ['3-17', { partition: 3, offset: 17 }],
    ['waiting.commands-3-17', { partition: 3, offset: 17 }],
    ['waiting.commands-3-17-0', { partition: 3, offset: 17 }],
    ['waiting.events-3-17', null],
    ['3', null],
  ])('is named by %s', (text, place) => {
    expect(parsePlace(text)).toEqual(place);
  });

  it('is selected by reason and partition', () => {
    expect(isSelected({}, letter())).toBe(true);
    expect(isSelected({ reason: 'misrouted', partition: 3 }, letter())).toBe(true);
    expect(isSelected({ reason: 'MISROUTED', partition: 4 }, letter())).toBe(false);
    expect(isSelected({ reason: 'NOT_AVRO' }, letter())).toBe(false);
  });
});
