import { describe, expect, test } from '@jest/globals';
import type { InputRecord } from '../../src/topology/ports.ts';
import { filler, keysOf, readRange, record, type Broker, type WithBroker } from './broker.ts';

/** An owner that has claimed, and a reader. */
async function setting(broker: Broker) {
  const owner = broker.transactions('task');
  await owner.open();
  const reader = await broker.changelogReader();
  return {
    commit: (...keys: readonly string[]) => owner.commit(keys.map((key) => record(broker.topic, key))),
    read: async (from: number, until: number) => keysOf(await readRange(reader, 0, from, until)),
    reader,
    owner,
  };
}

/** Reading a changelog: across markers and aborted records, up to the last stable offset, after compaction. */
export function changelogCases(withBroker: WithBroker): void {
  describe('a reading of the changelog', () => {
    test('gives what was committed from one offset to another, across markers and aborted records', () =>
      withBroker(async (broker) => {
        const { commit, read } = await setting(broker);
        await commit('a', 'b');
        for (const name of ['one', 'two']) {
          await (await broker.begin(name, [record(broker.topic, 'aborted')])).abort();
        }
        const middle = await commit('c');
        const claim = await commit('claim');
        await commit('after the claim');
        expect(await read(0, claim)).toEqual(['a', 'b', 'c', 'claim']);
        expect(await read(middle, claim)).toEqual(['c', 'claim']);
        // From a marker, from an aborted record, and of one record alone.
        expect(await read(2, middle)).toEqual(['c']);
        expect(await read(3, middle)).toEqual(['c']);
        expect(await read(claim, claim)).toEqual(['claim']);
        expect(await read(0, 0)).toEqual(['a']);
      }));

    test('ends also at a control marker, which is no record', () =>
      withBroker(async (broker) => {
        const { commit, read } = await setting(broker);
        const only = await commit('a');
        expect(await read(only, only + 1)).toEqual(['a']);
        expect(await read(only + 1, only + 1)).toEqual([]);
        await (await broker.begin('one', [record(broker.topic, 'aborted')])).abort();
        expect(await read(only + 2, only + 3)).toEqual([]);
      }));

    test('of one partition goes on beside that of another', () =>
      withBroker(async (broker) => {
        const { owner, reader } = await setting(broker);
        const { topic } = broker;
        await owner.commit([record(topic, 'a')]);
        await owner.commit([record(topic, 'x', 1), record(topic, 'y', 1)]);
        const [zero, one] = await Promise.all([readRange(reader, 0, 0, 0), readRange(reader, 1, 0, 1)]);
        expect([keysOf(zero), keysOf(one)]).toEqual([['a'], ['x', 'y']]);
        expect(one.map(({ partition, offset }) => [partition, offset])).toEqual([
          [1, 0],
          [1, 1],
        ]);
      }));

    test('gives nothing behind an open transaction before that has ended', () =>
      withBroker(async (broker) => {
        const { commit, reader, owner } = await setting(broker);
        const { topic } = broker;
        await commit('before');
        const half = await broker.begin('another', [record(topic, 'half')]);
        const last = await commit('behind it');
        const happened: string[] = [];
        const reading = reader.read(0, 0, last, (records) => {
          happened.push(...keysOf(records));
          return Promise.resolve();
        });
        // Time enough to read another partition to its end.
        const beside = await owner.commit([record(topic, 'x', 1)]);
        for (let n = 0; n < 3; n += 1) await readRange(reader, 1, beside, beside);
        happened.push('ending it');
        await half.commit();
        await reading;
        expect(happened).toEqual(['before', 'ending it', 'half', 'behind it']);
      }));

    test('gives many records in pieces, and rejects with what its reader threw', () =>
      withBroker(async (broker) => {
        const { owner, reader } = await setting(broker);
        const numbers = Array.from({ length: 1_500 }, (_, n) => String(n));
        const value = Buffer.alloc(2_000);
        await owner.commit(numbers.map((key) => ({ ...record(broker.topic, key), value })));
        const claim = await owner.commit([record(broker.topic, 'claim')]);
        let pieces = 0;
        const found: string[] = [];
        await reader.read(0, 0, claim, (records) => {
          pieces += 1;
          found.push(...keysOf(records));
          return Promise.resolve();
        });
        expect(found).toEqual([...numbers, 'claim']);
        expect(pieces).toBeGreaterThan(1);
        const refusal = new Error('claimed by another owner');
        await expect(reader.read(0, 0, claim, () => Promise.reject(refusal))).rejects.toThrow(refusal);
        expect(keysOf(await readRange(reader, 0, claim, claim))).toEqual(['claim']);
      }));
  });
}

/** On a topic that is compacted. */
export function compactionCases(withBroker: WithBroker): void {
  describe('compaction', () => {
    test('leaves the last value of every key at its offset, and no key out', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const { owner, reader } = await setting(broker);
        const version = (key: string, n: number) => ({
          ...record(topic, key),
          value: Buffer.from(String(n)),
        });
        const written: (readonly [number, string, number])[] = [];
        const commit = async (n: number, ...keys: readonly string[]): Promise<number> => {
          const first = await owner.commit(keys.map((key) => version(key, n)));
          written.push(...keys.map((key, i) => [first + i, key, n] as const));
          return first;
        };
        await commit(0, 'once', 'queue');
        await commit(1, '__owner');
        await (await broker.begin('another', [version('queue', 99), version('aborted', 99)])).abort();
        for (let n = 2; n < 30; n += 1) await commit(n, `queue/${n % 3}`, 'queue', '__pos');
        const last = new Map(written.map(([offset, key, n]) => [key, [offset, key, n]]));
        await broker.compact();

        const claim = await commit(30, '__owner');
        const shown = ({ offset, key, value }: InputRecord) => [offset, String(key), Number(value)];
        const byOffset = (a: readonly unknown[], b: readonly unknown[]) => Number(a[0]) - Number(b[0]);
        const left = (await readRange(reader, 0, 0, claim)).filter(({ key }) => String(key) !== filler);
        // Of the keys that were written again since, the value below stays until the next compaction.
        const expected = [...last.values(), [claim, '__owner', 30]].sort(byOffset);
        expect(left.map(shown)).toEqual(expected);
        const pos = last.get('__pos')?.[0] as number;
        expect((await readRange(reader, 0, pos - 4, pos)).map(shown).at(-1)).toEqual([pos, '__pos', 29]);
      }));
  });
}
