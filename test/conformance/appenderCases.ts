import { describe, expect, test } from '@jest/globals';
import { NotSentError } from '../../src/topology/ports.ts';
import { partitionOf } from '../../src/topology/kafka/client.ts';
import { eventually } from '../http.ts';
import { committed, readRange, record, type Broker, type WithBroker } from './broker.ts';

/** What became of records, as far as those who wrote them were told. */
function accounts() {
  const resolved: string[] = [];
  const notSent: string[] = [];
  const unknown: string[] = [];
  return {
    resolved,
    notSent,
    unknown,
    attempt: async (key: string, write: () => Promise<unknown>): Promise<void> => {
      try {
        await write();
        resolved.push(key);
      } catch (error) {
        (error instanceof NotSentError ? notSent : unknown).push(key);
      }
    },
    /** Resolved ones are there once, unsent ones not, and the others at most once. */
    check: (found: readonly string[]): void => {
      const count = (key: string): number => found.filter((each) => each === key).length;
      expect(resolved.filter((key) => count(key) !== 1)).toEqual([]);
      expect(notSent.filter((key) => count(key) !== 0)).toEqual([]);
      expect(unknown.filter((key) => count(key) > 1)).toEqual([]);
    },
  };
}

async function isBack({ topic }: Broker, write: (n: number) => Promise<void>, resolved: readonly string[]) {
  const before = resolved.length;
  let n = 0;
  await eventually(`${topic} can be written again`, async () => {
    await write((n += 1));
    return resolved.length > before;
  });
}

/** What those who write are told, also over connections that break. */
export function appenderCases(withBroker: WithBroker): void {
  describe('an append', () => {
    test('resolves once the broker has the record, with its key, value and headers', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        await broker.append({ ...record(topic, 'a', 1), headers: { replyto: 'here' } });
        await broker.append({ topic, key: 'b', value: null });
        const reader = await broker.changelogReader();
        const [a] = await readRange(reader, 1, 0, 0);
        expect(a).toMatchObject({ topic, partition: 1, offset: 0, key: Buffer.from('a') });
        expect(a).toMatchObject({ value: Buffer.from('value of a') });
        expect(a?.headers).toEqual([{ key: 'replyto', value: Buffer.from('here') }]);
        const partition = partitionOf('b', 2);
        const [b] = await readRange(reader, partition, partition === 1 ? 1 : 0, partition === 1 ? 1 : 0);
        expect(b).toMatchObject({ key: Buffer.from('b'), value: null, headers: [] });
      }));

    test('of a record that the broker refuses was certainly not taken', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const large = { ...record(topic, 'large'), value: Buffer.alloc(broker.maxValueBytes + 1) };
        await expect(broker.append(large)).rejects.toThrow(NotSentError);
        await expect(broker.append(record('unknown', 'b'))).rejects.toThrow(NotSentError);
        await broker.append(record(topic, 'c'));
        expect(await committed(broker)).toEqual(['c']);
      }));

    test('whose answer is lost is not said to be unsent, and is there once', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const { appender, lose } = await broker.cuttable();
        const { resolved, unknown, attempt, check } = accounts();
        const write = (key: string) => attempt(key, () => appender.append(record(topic, key)));
        await write('before');
        lose('answer', 'records');
        await write('not answered');
        expect([resolved, unknown]).toEqual([['before'], ['not answered']]);
        await isBack(broker, (n) => write(`back ${n}`), resolved);
        const found = await committed(broker);
        expect(found.slice(0, 2)).toEqual(['before', 'not answered']);
        check(found);
      }));

    test('while the broker is away says in the end that nothing was sent, and resolves when it is back', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const { appender, setAway } = await broker.cuttable();
        const { resolved, notSent, attempt, check } = accounts();
        const write = (key: string) => attempt(key, () => appender.append(record(topic, key)));
        await write('before');
        const under = Array.from({ length: 50 }, (_, n) => write(`under way ${n}`));
        setAway(true);
        await Promise.all(under);
        let n = 0;
        await eventually('it is known to be away', async () => {
          await write(`away ${(n += 1)}`);
          return notSent.includes(`away ${n}`);
        });
        setAway(false);
        await isBack(broker, (back) => write(`back ${back}`), resolved);
        check(await committed(broker));
      }));
  });

  describe('a transaction over a connection that breaks', () => {
    test.each([
      ['request', 'records'],
      ['answer', 'records'],
      ['request', 'end of transaction'],
      ['answer', 'end of transaction'],
    ] as const)('with the %s lost, of its %s, is there once if it resolved, and never in part', (what, of) =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const { transactions, lose } = await broker.cuttable();
        const { resolved, attempt, check } = accounts();
        let owner = transactions('task');
        for (let n = 0; n < 4; n += 1) {
          lose(what, of);
          const before = resolved.length;
          await attempt(`a${n}`, () => owner.commit([record(topic, `a${n}`), record(topic, `b${n}`)]));
          // After an error the producer is no good: the task takes itself over.
          if (resolved.length === before) owner = transactions('task');
        }
        const next = broker.transactions('task');
        await next.open();
        await next.commit([record(topic, 'claim')]);
        const found = await committed(broker);
        check(found);
        const [as, bs] = ['a', 'b'].map((name) => found.filter((key) => key.startsWith(name)));
        expect(bs).toEqual(as?.map((key) => key.replace('a', 'b')));
        expect(found.at(-1)).toBe('claim');
      }),
    );
  });
}
