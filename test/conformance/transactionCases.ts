import { describe, expect, test } from '@jest/globals';
import type { Transactions } from '../../src/topology/ports.ts';
import { eventually } from '../http.ts';
import { committed, record, type Broker, type WithBroker } from './broker.ts';

async function opened(broker: Broker, transactionalId: string): Promise<Transactions> {
  const producer = broker.transactions(transactionalId);
  await producer.open();
  return producer;
}

/** Fencing, and what transactions leave in the log. */
export function transactionCases(withBroker: WithBroker): void {
  describe('fencing', () => {
    test('a former owner is refused once the next has claimed, again and again', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const [former, owner] = [await opened(broker, 'task'), await opened(broker, 'task')];
        await former.commit([record(topic, 'before')]);
        await owner.commit([record(topic, 'claim')]);
        await expect(former.commit([record(topic, 'too late')])).rejects.toThrow();
        await owner.commit([record(topic, 'after')]);
        await expect(former.commit([record(topic, 'later still')])).rejects.toThrow();
        await owner.commit([record(topic, 'unharmed')]);
        expect(await committed(broker)).toEqual(['before', 'claim', 'after', 'unharmed']);
      }));

    test('to be connected claims nothing', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const owner = await opened(broker, 'task');
        await owner.commit([record(topic, 'before')]);
        await opened(broker, 'task');
        await owner.commit([record(topic, 'after')]);
        expect(await committed(broker)).toEqual(['before', 'after']);
      }));

    test('a claim ends what the former owner has begun, which can no longer be committed', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const half = await broker.begin('task', [record(topic, 'half done'), record(topic, 'half done', 1)]);
        const owner = await opened(broker, 'task');
        await owner.commit([record(topic, 'claim')]);
        await expect(half.commit()).rejects.toThrow();
        await owner.commit([record(topic, 'after')]);
        expect(await committed(broker)).toEqual(['claim', 'after']);
        await eventually('the other partition is free, too', async () => {
          const { end } = await broker.logRange(topic, 1);
          return end === 2;
        });
      }));

    test('claims have growing offsets', () =>
      withBroker(async (broker) => {
        const offsets: number[] = [];
        for (const name of ['a', 'b', 'c']) {
          const owner = await opened(broker, 'task');
          offsets.push(await owner.commit([record(broker.topic, name)]));
        }
        // A claim and its marker each.
        expect(offsets).toEqual([0, 2, 4]);
        expect(await committed(broker)).toEqual(['a', 'b', 'c']);
      }));

    test('two tasks do not disturb each other', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const one = await opened(broker, 'one');
        await one.commit([record(topic, 'one')]);
        const half = await broker.begin('two', [record(topic, 'two')]);
        await one.commit([record(topic, 'one again')]);
        await (await opened(broker, 'one')).commit([record(topic, 'the next one')]);
        await half.commit();
        expect(await committed(broker)).toEqual(['one', 'two', 'one again', 'the next one']);
      }));
  });

  describe('what transactions leave in the log', () => {
    test('a marker follows each in every partition it wrote to, and takes an offset', () =>
      withBroker(async (broker) => {
        const { topic, other } = broker;
        const owner = await opened(broker, 'task');
        expect(await owner.commit([record(topic, 'a')])).toBe(0);
        expect(await owner.commit([record(topic, 'b'), record(topic, 'c'), record(other, 'd', 1)])).toBe(2);
        // The offset is that of the first record, whatever other topics there are.
        expect(await owner.commit([record(other, 'e', 1), record(topic, 'f')])).toBe(2);
        expect(await owner.commit([record(topic, 'g')])).toBe(7);
        expect(await committed(broker)).toEqual(['a', 'b', 'c', 'f', 'g']);
      }));

    test('one larger than a request is of one piece over topics', () =>
      withBroker(async (broker) => {
        const { topic, other } = broker;
        const owner = await opened(broker, 'task');
        const large = { ...record(topic, 'large'), value: Buffer.alloc(400_000) };
        await owner.commit([record(topic, 'before')]);
        expect(await owner.commit([large, large, record(other, 'x', 1), large, record(topic, 'small')])).toBe(
          2,
        );
        expect(await owner.commit([record(topic, 'after')])).toBe(7);
        const keys = ['before', 'large', 'large', 'large', 'small', 'after'];
        expect(await committed(broker)).toEqual(keys);
        expect(await broker.logRange(other, 1)).toEqual({ start: 0, end: 2 });
      }));

    test.each(['commit', 'abort'] as const)(
      'the log ends for readers before an open one, and behind its marker after its %s',
      (end) =>
        withBroker(async (broker) => {
          const { topic } = broker;
          await broker.append(record(topic, 'before'));
          expect(await broker.logRange(topic, 0)).toEqual({ start: 0, end: 1 });
          const half = await broker.begin('task', [record(topic, 'half'), record(topic, 'half')]);
          await broker.append(record(topic, 'after'));
          expect(await broker.logRange(topic, 0)).toEqual({ start: 0, end: 1 });
          await half[end]();
          await eventually('the marker is there', async () => (await broker.logRange(topic, 0)).end > 1);
          expect(await broker.logRange(topic, 0)).toEqual({ start: 0, end: 5 });
          const halves = end === 'commit' ? ['half', 'half'] : [];
          expect(await committed(broker)).toEqual(['before', ...halves, 'after']);
        }),
    );
  });
}
