/** What the engine relies on in Kafka, port by port, on a real broker: fencing, reading a changelog, appending. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Kafka, Partitioners, type Producer } from 'kafkajs';
import { startStack } from '../infra/stack/stack.ts';
import { createTopics } from '../src/topology/kafka/admin.ts';
import { appender } from '../src/topology/kafka/appender.ts';
import { changelogReader } from '../src/topology/kafka/changelogReader.ts';
import { kafkaClient, partitionOf } from '../src/topology/kafka/client.ts';
import { transactions } from '../src/topology/kafka/transactions.ts';
import { NotSentError, type InputRecord, type OutputRecord } from '../src/topology/ports.ts';
import { kafkaOf, servers } from './application.ts';
import { eventually } from './http.ts';
import { keys as javaKeys, partitions as javaPartitions } from './javaPartitions.ts';
import { readTopics } from './logs.ts';

const partitions = 8;

interface Fixture {
  /** As the application configures it. */
  readonly kafka: Kafka;
  readonly topic: string;
  readonly other: string;
}

/** Two topics that no other test has, and none after it. */
async function withTopics(callback: (fixture: Fixture) => Promise<void>): Promise<void> {
  const kafka = kafkaClient([servers().KAFKA_BROKERS], 'test', () => undefined);
  const [topic, other] = [`test-${randomUUID()}`, `test-${randomUUID()}`] as const;
  const config = { 'max.message.bytes': String(2 * 1024 * 1024) };
  const shape = { partitions, replication: 1, minIsr: 1 };
  await createTopics(
    kafka,
    [
      { topic, config },
      { topic: other, config },
    ],
    shape,
  );
  try {
    await callback({ kafka, topic, other });
  } finally {
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic, other] });
    await admin.disconnect();
  }
}

async function closing<T extends { close: () => Promise<void> }>(
  opened: T,
  callback: (opened: T) => Promise<void>,
): Promise<void> {
  try {
    await callback(opened);
  } finally {
    await opened.close();
  }
}

const record = (topic: string, key: string, partition = 0): OutputRecord => ({
  topic,
  partition,
  key,
  value: Buffer.from(`value of ${key}`),
});

const keysOf = (records: readonly InputRecord[]): string[] => records.map(({ key }) => String(key));

/** A producer that does half a transaction, as a process does that is then killed or frozen. */
async function begun(kafka: Kafka, transactionalId: string, records: readonly OutputRecord[]) {
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  for (const { topic, partition = 0, key, value } of records) {
    await transaction.send({ topic, messages: [{ partition, key, value }] });
  }
  return { producer, transaction };
}

describe('transactions of one task', () => {
  test('answer the offset of their first record, and are of one piece over topics and requests', () =>
    withTopics(async ({ kafka, topic, other }) => {
      const producer = transactions(kafka, randomUUID());
      await closing(producer, async ({ open, commit }) => {
        await open();
        expect(await commit([record(topic, 'a'), record(topic, 'b')])).toBe(0);
        const large = { ...record(topic, 'large'), value: Buffer.alloc(400_000) };
        // After the first transaction's two records and its marker.
        expect(await commit([large, large, record(other, 'c', 5), record(topic, 'd')])).toBe(3);
      });
      const read = await readTopics(kafka, topic, other);
      expect(keysOf(read[topic] ?? [])).toEqual(['a', 'b', 'large', 'large', 'd']);
      expect(read[other]).toMatchObject([{ partition: 5, offset: 0, key: Buffer.from('c') }]);
    }));

  test('of a former owner are refused, and nothing of them is ever read', () =>
    withTopics(async ({ kafka, topic }) => {
      const id = randomUUID();
      const [former, owner] = [transactions(kafka, id), transactions(kafka, id)];
      await closing(former, () =>
        closing(owner, async () => {
          await former.open();
          await former.commit([record(topic, 'before')]);
          await owner.open();
          // The library asks for its producer's epoch with the first transaction, which is an owner's claim.
          await owner.commit([record(topic, 'claim')]);
          await expect(former.commit([record(topic, 'too late')])).rejects.toThrow();
          await owner.commit([record(topic, 'after')]);
          await expect(former.commit([record(topic, 'later still')])).rejects.toThrow();
        }),
      );
      const read = await readTopics(kafka, topic);
      expect(keysOf(read[topic] ?? [])).toEqual(['before', 'claim', 'after']);
    }));

  test('that a former owner has begun end with the claim of the next one', () =>
    withTopics(async ({ kafka, topic }) => {
      const id = randomUUID();
      const { producer, transaction } = await begun(kafka, id, [record(topic, 'half done')]);
      try {
        await closing(transactions(kafka, id), async (owner) => {
          await owner.open();
          await owner.commit([record(topic, 'claim')]);
          await expect(transaction.commit()).rejects.toThrow();
        });
      } finally {
        await producer.disconnect();
      }
      expect(keysOf((await readTopics(kafka, topic))[topic] ?? [])).toEqual(['claim']);
    }));
});

describe('the changelog reader', () => {
  test('reads all that was committed from one offset to another, across markers and aborted records', () =>
    withTopics(async ({ kafka, topic }) => {
      const id = randomUUID();
      const reader = changelogReader(kafka, topic, randomUUID(), (error) => {
        throw error;
      });
      await closing(transactions(kafka, id), async (owner) => {
        await owner.open();
        await owner.commit([record(topic, 'a'), record(topic, 'b')]);
        for (let n = 0; n < 3; n += 1) {
          const { producer, transaction } = await begun(kafka, randomUUID(), [record(topic, 'aborted')]);
          await transaction.abort();
          await producer.disconnect();
        }
        const middle = await owner.commit([record(topic, 'c')]);
        const elsewhere = await owner.commit([record(topic, 'x', 1), record(topic, 'y', 1)]);
        const claim = await owner.commit([record(topic, 'claim')]);
        await owner.commit([record(topic, 'after the claim')]);

        const read = async (partition: number, from: number, until: number): Promise<string[]> => {
          const found: InputRecord[] = [];
          await reader.read(partition, from, until, (records) => {
            found.push(...records);
            return Promise.resolve();
          });
          return keysOf(found);
        };
        await closing(reader, async () => {
          await reader.open();
          const [whole, beside] = await Promise.all([read(0, 0, claim), read(1, elsewhere, elsewhere + 1)]);
          expect(whole).toEqual(['a', 'b', 'c', 'claim']);
          expect(beside).toEqual(['x', 'y']);
          expect(await read(0, middle, claim)).toEqual(['c', 'claim']);
          // From a marker, from an aborted record, and of the claim alone.
          expect(await read(0, 2, middle)).toEqual(['c']);
          expect(await read(0, 3, middle)).toEqual(['c']);
          expect(await read(0, claim, claim)).toEqual(['claim']);
          expect(await read(0, 0, 0)).toEqual(['a']);
        });
      });
    }));

  test('reads again soon after a broker has crashed', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'waiting-changelog-'));
    const stack = await startStack({ dataDir, only: ['kafka'], keep: true });
    try {
      const broker = stack.servers.kafka;
      if (!broker) throw new Error('Kafka was asked for');
      const topic = 'test-crash';
      const kafka = kafkaClient([stack.urls.KAFKA_BROKERS], 'test', () => undefined);
      await createTopics(kafka, [{ topic, config: {} }], { partitions: 1, replication: 1, minIsr: 1 });
      const reader = changelogReader(kafka, topic, randomUUID(), (error) => {
        throw error;
      });
      await closing(transactions(kafka, randomUUID()), async (owner) => {
        await owner.open();
        const claim = await owner.commit([record(topic, 'claim')]);
        await closing(reader, async () => {
          await reader.open();
          const read = (): Promise<boolean> =>
            reader
              .read(0, claim, claim, () => Promise.resolve())
              .then(
                () => true,
                () => false,
              );
          expect(await read()).toBe(true);
          await broker.kill();
          await broker.start();
          // The group still has the member that the reader was before, until its session is over.
          await eventually('it reads', read, 20_000);
        });
      });
    } finally {
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  test('reads many records in pieces, and rejects with what its reader threw', () =>
    withTopics(async ({ kafka, topic }) => {
      const reader = changelogReader(kafka, topic, randomUUID(), (error) => {
        throw error;
      });
      await closing(transactions(kafka, randomUUID()), async (owner) => {
        await owner.open();
        const value = Buffer.alloc(2_000);
        for (let n = 0; n < 4; n += 1) {
          const some = Array.from({ length: 1_000 }, (_, i) => ({
            ...record(topic, String(n * 1_000 + i)),
            value,
          }));
          await owner.commit(some);
        }
        const claim = await owner.commit([record(topic, 'claim')]);
        await closing(reader, async () => {
          await reader.open();
          const found: string[] = [];
          await reader.read(0, 0, claim, (records) => {
            found.push(...keysOf(records));
            return Promise.resolve();
          });
          expect(found).toEqual([...Array.from({ length: 4_000 }, (_, n) => String(n)), 'claim']);

          const refusal = new Error('claimed by another owner');
          await expect(reader.read(0, 0, claim, () => Promise.reject(refusal))).rejects.toThrow(refusal);
          let again = 0;
          await reader.read(0, claim, claim, (records) => {
            again += records.length;
            return Promise.resolve();
          });
          expect(again).toBe(1);
        });
      });
    }));
});

describe('the appender', () => {
  test('resolves once the broker has the record, and says of a refused one that it was not sent', () =>
    withTopics(async ({ kafka, topic }) => {
      await closing(appender(kafka, new Map([[topic, partitions]])), async ({ open, append }) => {
        await open();
        await append({ ...record(topic, 'a'), headers: { replyto: 'here' } });
        const large = { ...record(topic, 'large'), value: Buffer.alloc(3 * 1024 * 1024) };
        await expect(append(large)).rejects.toThrow(NotSentError);
        await expect(append(record('test-unknown', 'b'))).rejects.toThrow(NotSentError);
        await append(record(topic, 'c'));
      });
      const read = await readTopics(kafka, topic);
      expect(read[topic]).toMatchObject([
        { key: Buffer.from('a'), headers: [{ key: 'replyto', value: Buffer.from('here') }] },
        { key: Buffer.from('c'), headers: [] },
      ]);
    }));

  test('while the broker is away knows that nothing was sent, and goes on when it is back', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'waiting-appender-'));
    const stack = await startStack({ dataDir, only: ['kafka'], keep: true });
    try {
      const broker = stack.servers.kafka;
      if (!broker) throw new Error('Kafka was asked for');
      const topic = 'test-away';
      const kafka = kafkaClient([stack.urls.KAFKA_BROKERS], 'test', () => undefined);
      const shape = { partitions: 1, replication: 1, minIsr: 1 };
      await createTopics(kafka, [{ topic, config: {} }], shape);

      await closing(appender(kafka, new Map([[topic, 1]])), async ({ open, append }) => {
        await open();
        /** Whatever nobody knows of may be there or not. */
        const known = { taken: [] as string[], notSent: [] as string[] };
        const attempt = async (key: string): Promise<void> => {
          try {
            await append(record(topic, key));
            known.taken.push(key);
          } catch (error) {
            if (error instanceof NotSentError) known.notSent.push(key);
          }
        };
        await attempt('before');
        const under = Array.from({ length: 200 }, (_, n) => attempt(`under way ${n}`));
        await broker.kill();
        await Promise.all(under);
        let n = 0;
        await eventually('it is known to be away', async () => {
          await attempt(`away ${(n += 1)}`);
          return known.notSent.length > 0;
        });
        await broker.start();
        const before = known.taken.length;
        await eventually('it is back', async () => {
          await attempt(`back ${(n += 1)}`);
          return known.taken.length > before;
        });

        const found = keysOf((await readTopics(kafkaOf(stack.urls), topic))[topic]);
        expect(known.taken.filter((key) => found.filter((each) => each === key).length !== 1)).toEqual([]);
        expect(known.notSent.filter((key) => found.includes(key))).toEqual([]);
        expect(new Set(found).size).toBe(found.length);
      });
    } finally {
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

describe('the partition of a key', () => {
  test('is where the Java client puts it', () => {
    expect(javaKeys.map((key) => partitionOf(key, partitions))).toEqual(javaPartitions);
    expect(new Set(javaPartitions).size).toBe(partitions);
  });

  test('is where kafkajs puts it by default', () =>
    withTopics(async ({ kafka, topic }) => {
      const producer: Producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({ topic, messages: javaKeys.map((key) => ({ key, value: null })) });
      await producer.disconnect();
      const read = (await readTopics(kafka, topic))[topic] ?? [];
      const found = new Map(read.map(({ key, partition }) => [String(key), partition]));
      expect(found).toEqual(new Map(javaKeys.map((key) => [key, partitionOf(key, partitions)])));
    }));
});
