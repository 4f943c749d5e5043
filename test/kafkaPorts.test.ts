/** What only a real broker can show: how a client goes on when it was killed, and where other clients put a key. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Kafka, Partitioners, type Producer } from 'kafkajs';
import { startStack } from '../infra/stack/stack.ts';
import { createTopics } from '../src/topology/kafka/admin.ts';
import { appender } from '../src/topology/kafka/appender.ts';
import { kafkaClient, partitionOf } from '../src/topology/kafka/client.ts';
import { NotSentError } from '../src/topology/ports.ts';
import { kafkaOf, servers } from './application.ts';
import { keysOf, record } from './conformance/broker.ts';
import { eventually } from './http.ts';
import { keys as javaKeys, partitions as javaPartitions } from './javaPartitions.ts';
import { readTopics } from './logs.ts';

const partitions = 8;

/** A topic that no other test has, and none after it. */
async function withTopic(callback: (kafka: Kafka, topic: string) => Promise<void>): Promise<void> {
  const kafka = kafkaClient({ brokers: [servers().KAFKA_BROKERS] }, 'test', () => undefined);
  const topic = `test-${randomUUID()}`;
  await createTopics(kafka, [{ topic, config: {} }], { partitions, replication: 1, minIsr: 1 });
  try {
    await callback(kafka, topic);
  } finally {
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
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

describe('the appender', () => {
  test('while the broker is away knows that nothing was sent, and goes on when it is back', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'waiting-appender-'));
    const stack = await startStack({ dataDir, only: ['kafka'], keep: true });
    try {
      const broker = stack.servers.kafka;
      if (!broker) throw new Error('Kafka was asked for');
      const topic = 'test-away';
      const kafka = kafkaClient({ brokers: [stack.urls.KAFKA_BROKERS] }, 'test', () => undefined);
      const shape = { partitions: 1, replication: 1, minIsr: 1 };
      await createTopics(kafka, [{ topic, config: {} }], shape);

      await closing(appender(kafka, new Map([[topic, 1]])), async ({ open, append, isAway }) => {
        await open();
        expect(isAway()).toBe(false);
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

        await eventually('it is known to be back', () => !isAway());

        const found = keysOf((await readTopics(kafkaOf(stack.urls), topic))[topic]);
        expect(known.taken.filter((key) => found.filter((each) => each === key).length !== 1)).toEqual([]);
        expect(known.notSent.filter((key) => found.includes(key))).toEqual([]);
        expect(new Set(found).size).toBe(found.length);

        await broker.kill();
        await eventually('it is known to be away while nothing is sent', isAway);
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
    withTopic(async (kafka, topic) => {
      const producer: Producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({ topic, messages: javaKeys.map((key) => ({ key, value: null })) });
      await producer.disconnect();
      const read = (await readTopics(kafka, topic))[topic] ?? [];
      const found = new Map(read.map(({ key, partition }) => [String(key), partition]));
      expect(found).toEqual(new Map(javaKeys.map((key) => [key, partitionOf(key, partitions)])));
    }));
});
