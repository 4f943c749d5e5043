import { describe, expect, test } from '@jest/globals';
import type { InputRecord, PartitionSource } from '../../src/topology/ports.ts';
import { eventually } from '../http.ts';
import { keysOf, record, type Broker, type WithBroker } from './broker.ts';

interface Member {
  readonly source: PartitionSource;
  /** null: nothing was assigned yet. */
  readonly assigned: () => readonly number[] | null;
  /** How often. */
  readonly assignments: () => number;
  /** What came of a partition, in the order it came. */
  readonly heard: (partition: number) => string[];
  readonly records: InputRecord[];
  /** Where the log ended, as told with the last records. */
  readonly end: () => number | null;
}

/** A member that has joined; of what came before the last assignment it knows nothing. */
async function join(broker: Broker): Promise<Member> {
  const source = broker.source();
  let assigned: readonly number[] | null = null;
  let assignments = 0;
  let end: number | null = null;
  const records: InputRecord[] = [];
  await source.start({
    assigned: (partitions) => {
      assigned = partitions;
      assignments += 1;
      records.length = 0;
    },
    records: (_partition, some, ends) => {
      records.push(...some);
      end = ends;
    },
    crashed: (error) => {
      throw error;
    },
  });
  await eventually('it is assigned its partitions', () => assigned !== null);
  return {
    source,
    assigned: () => assigned,
    assignments: () => assignments,
    heard: (partition) => keysOf(records.filter((each) => each.partition === partition)),
    records,
    end: () => end,
  };
}

const heardAll = (member: Member, partition: number, keys: readonly string[]): Promise<void> =>
  eventually(`of partition ${partition} comes ${keys.join(', ')}`, () =>
    keys.every((key) => member.heard(partition).includes(key)),
  );

const forever = new AbortController().signal;

/** The partitions that a consumer group gives a process, and their records. */
export function sourceCases(withBroker: WithBroker): void {
  describe('a source', () => {
    test('gives nothing until asked to, then all from an offset on, in order, with the end of the log', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        for (const key of ['a', 'b', 'c']) await broker.append(record(topic, key));
        await broker.append(record(topic, 'x', 1));
        const member = await join(broker);
        expect(member.assigned()).toEqual([0, 1]);
        await broker.append(record(topic, 'd'));
        member.source.resume(1, 0);
        await heardAll(member, 1, ['x']);
        expect(member.heard(0)).toEqual([]);
        member.source.resume(0, 1);
        await heardAll(member, 0, ['d']);
        expect(member.end()).toBe(4);
        await broker.append(record(topic, 'e'));
        await heardAll(member, 0, ['e']);
        expect(member.heard(0)).toEqual(['b', 'c', 'd', 'e']);
        const offsets = member.records.filter(({ partition }) => partition === 0).map(({ offset }) => offset);
        expect(offsets).toEqual([1, 2, 3, 4]);
        expect(member.end()).toBe(5);
      }));

    test('gives nothing of a paused partition, and goes on where it is told to', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const member = await join(broker);
        member.source.resume(0, 0);
        member.source.resume(1, 0);
        await broker.append(record(topic, 'a'));
        await heardAll(member, 0, ['a']);
        member.source.pause(0);
        for (const key of ['b', 'c', 'd']) await broker.append(record(topic, key));
        await broker.append(record(topic, 'x', 1));
        await heardAll(member, 1, ['x']);
        await broker.append(record(topic, 'y', 1));
        await heardAll(member, 1, ['y']);
        expect(member.heard(0)).toEqual(['a']);
        member.source.resume(0, 2);
        await heardAll(member, 0, ['d']);
        // Back to what had come before.
        member.source.pause(0);
        member.source.resume(0, 0);
        await eventually('all comes again', () => member.heard(0).length === 7);
        expect(member.heard(0)).toEqual(['a', 'c', 'd', 'a', 'b', 'c', 'd']);
      }));

    test('gives nothing behind an open transaction before that has ended', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        await broker.append(record(topic, 'a'));
        const half = await broker.begin('task', [record(topic, 'half')]);
        await broker.append(record(topic, 'b'));
        const member = await join(broker);
        member.source.resume(0, 0);
        member.source.resume(1, 0);
        await heardAll(member, 0, ['a']);
        // The end is the log's, with what cannot be read yet.
        expect(member.end()).toBe(3);
        for (const key of ['x', 'y']) {
          await broker.append(record(topic, key, 1));
          await heardAll(member, 1, [key]);
        }
        expect(member.heard(0)).toEqual(['a']);
        await half.abort();
        await heardAll(member, 0, ['b']);
        expect(member.heard(0)).toEqual(['a', 'b']);
        expect(member.records.at(-1)?.offset).toBe(2);
        expect(member.end()).toBe(4);
        // From a marker, and from an aborted record.
        await broker.append(record(topic, 'c'));
        await heardAll(member, 0, ['c']);
        for (const from of [3, 1]) {
          const before = member.heard(0).length;
          member.source.pause(0);
          member.source.resume(0, from);
          await eventually('it comes again', () => member.heard(0).slice(before).includes('c'));
          expect(member.heard(0).slice(before)).toEqual(from === 3 ? ['c'] : ['b', 'c']);
        }
      }));

    test.each([
      ['before the first', 0],
      ['beyond the end', 1_000],
    ])('asked for an offset %s gives the first that there is', (_where, from) =>
      withBroker(async (broker) => {
        const { topic } = broker;
        for (const key of ['a', 'b', 'c']) await broker.append(record(topic, key));
        await broker.truncate(1);
        expect(await broker.logRange(topic, 0)).toEqual({ start: 1, end: 3 });
        const member = await join(broker);
        member.source.resume(0, from);
        await heardAll(member, 0, ['b', 'c']);
        expect(member.heard(0)).toEqual(['b', 'c']);
      }),
    );

    test('shares its partitions with another member, and gives nothing more of those it has lost', () =>
      withBroker(async (broker) => {
        const { topic } = broker;
        const first = await join(broker);
        for (const partition of [0, 1]) first.source.resume(partition, 0);
        const second = await join(broker);
        const shared = (): boolean => first.assigned()?.length === 1 && second.assigned()?.length === 1;
        await eventually('each has one', shared);
        const [lost = -1] = second.assigned() ?? [];
        const [kept = -1] = first.assigned() ?? [];
        expect([kept, lost].sort()).toEqual([0, 1]);
        await broker.append(record(topic, 'lost', lost));
        // To ask for one that is another's is in vain.
        first.source.resume(lost, 0);
        second.source.resume(lost, 0);
        await heardAll(second, lost, ['lost']);
        first.source.resume(kept, 0);
        await broker.append(record(topic, 'kept', kept));
        await heardAll(first, kept, ['kept']);
        expect(keysOf(first.records)).toEqual(['kept']);
        expect(keysOf(second.records)).toEqual(['lost']);

        await first.source.stop();
        await eventually('the second has both', () => second.assigned()?.length === 2);
        for (const partition of [0, 1]) second.source.resume(partition, 0);
        await heardAll(second, kept, ['kept']);
        expect(keysOf(first.records)).toEqual(['kept']);
      }));

    test('says what the group has confirmed: with its assignment, and again after any moment', () =>
      withBroker(async (broker) => {
        const { source } = await join(broker);
        await source.confirmed(0, forever);
        await source.confirmed(Date.now(), forever);
      }));

    test('says nothing confirmed to a member that the group has given up, before it is assigned anew', () =>
      withBroker(async (broker) => {
        const member = await join(broker);
        await broker.expel();
        await member.source.confirmed(Date.now(), forever);
        expect(member.assignments()).toBe(2);
      }));

    test('takes no answer for a confirmation that was asked for before, and came to be read only now', () =>
      withBroker(async (broker) => {
        const member = await join(broker);
        const release = await broker.holdHeartbeat();
        await broker.expel();
        const since = Date.now();
        const confirmed = member.source.confirmed(since, forever);
        await eventually('the clock has gone on', () => Date.now() > since);
        release();
        await confirmed;
        expect(member.assignments()).toBe(2);
      }));
  });
}
