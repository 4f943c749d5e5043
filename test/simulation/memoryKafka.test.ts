import { describe, expect, test } from '@jest/globals';
import { FencedError, type InputRecord, type OutputRecord } from '../../src/topology/ports.ts';
import { eventually } from '../http.ts';
import { directLink } from './link.ts';
import { memoryKafka } from './memoryKafka.ts';

const topic = 'changelog';
const record = (key: string): OutputRecord => ({ topic, partition: 0, key, value: Buffer.from(key) });
const keysOf = (records: readonly InputRecord[]): string[] => records.map(({ key }) => String(key));

const newKafka = () => memoryKafka({ topics: [topic], partitions: 2 });
type Kafka = ReturnType<typeof newKafka>;

const committed = (kafka: Kafka): string[] => keysOf(kafka.logOf(topic, 0).fetch(0, 100).records);

async function read(kafka: Kafka, from: number, until: number): Promise<string[]> {
  const found: string[] = [];
  await kafka.changelogReader(directLink, topic).read(0, from, until, (records) => {
    found.push(...keysOf(records));
    return Promise.resolve();
  });
  return found;
}

describe('Kafka in memory', () => {
  test('gives each transaction a marker, and refuses those of a former owner', async () => {
    const kafka = newKafka();
    const [former, owner] = [kafka.transactions(directLink, 'task'), kafka.transactions(directLink, 'task')];
    expect(await former.commit([record('a'), record('b')])).toBe(0);
    const claim = await owner.commit([record('claim')]);
    expect(claim).toBe(3);
    await expect(former.commit([record('too late')])).rejects.toThrow(FencedError);
    expect(await read(kafka, 0, claim)).toEqual(['a', 'b', 'claim']);
  });

  test('shows nothing of an open transaction, and ends it with the next claim', async () => {
    const kafka = newKafka();
    const cut = { ...directLink, call: cutAt('end transaction') };
    const dead = kafka.transactions(cut, 'task');
    const log = kafka.logOf(topic, 0);
    const { promise: written, resolve } = Promise.withResolvers<undefined>();
    log.onChange(() => resolve(undefined));
    void dead.commit([record('half done')]);
    await written;
    expect([log.stable(), log.end(), committed(kafka)]).toEqual([0, 1, []]);
    const claim = await kafka.transactions(directLink, 'task').commit([record('claim')]);
    expect(await read(kafka, 0, claim)).toEqual(['claim']);
  });

  test('aborts what nobody ends', async () => {
    const kafka = memoryKafka({ topics: [topic], partitions: 1, transactionTimeoutMillis: 5 });
    const dead = kafka.transactions({ ...directLink, call: cutAt('end transaction') }, 'task');
    void dead.commit([record('half done')]);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    kafka.logOf(topic, 0).onChange(() => {
      if (kafka.logOf(topic, 0).stable() === 2) resolve(undefined);
    });
    await promise;
    expect(committed(kafka)).toEqual([]);
  });

  test('compacts below the last stable offset, and keeps offsets', async () => {
    const kafka = newKafka();
    const producer = kafka.transactions(directLink, 'task');
    for (const key of ['a', 'b', 'a']) await producer.commit([record(key)]);
    const last = await producer.commit([record('b')]);
    await read(kafka, 0, last);
    const log = kafka.logOf(topic, 0);
    log.compact(2);
    expect(log.fetch(0, 100).records.map(({ offset, key }) => [offset, String(key)])).toEqual([
      [2, 'b'],
      [4, 'a'],
      [6, 'b'],
    ]);
  });

  test('gives each partition to one member of a group, and anew when one leaves', async () => {
    const kafka = newKafka();
    const assigned = new Map<string, readonly number[]>();
    const source = (member: string) => kafka.source(directLink, topic, 'group', member);
    const handler = (member: string) => ({
      assigned: (partitions: readonly number[]) => void assigned.set(member, partitions),
      records: () => undefined,
      crashed: () => undefined,
    });
    const first = source('first');
    await first.start(handler('first'));
    await eventually('the first has all', () => assigned.get('first')?.length === 2);
    expect(assigned.get('first')).toEqual([0, 1]);
    await first.stop();
    const second = source('second');
    await second.start(handler('second'));
    await eventually('the second has all', () => assigned.get('second')?.length === 2);
    expect(assigned.get('second')).toEqual([0, 1]);
    await second.stop();
  });
});

/** Requests of one kind are never answered, nor do they arrive. */
const cutAt =
  (cut: string) =>
  <T>(operation: string, effect: () => T): Promise<T> =>
    operation === cut ? new Promise<never>(() => undefined) : directLink.call(operation, effect);
