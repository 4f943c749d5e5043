/** What the local stack promises of several brokers: every topic has its replicas, and each broker may go by itself. */
import { expect, test } from '@jest/globals';
import { type Admin, ConfigResourceTypes } from 'kafkajs';
import { createTopics } from '../src/topology/kafka/admin.ts';
import { kafkaOf } from './application.ts';
import { withBrokers } from './brokers.ts';
import { eventually } from './http.ts';
import { partitionsOf } from './leadership.ts';

test('three brokers replicate every topic, internal ones too, and each of them may go by itself', async () => {
  await withBrokers(3, async ({ stack, brokers, broker }) => {
    expect(stack.urls.KAFKA_BROKERS).toBe(brokers.map(({ url }) => url).join());
    const kafka = kafkaOf(stack.urls);
    const topic = 'test-replicas';
    await createTopics(kafka, [{ topic, config: {} }], { partitions: 3, replication: 3, minIsr: 2 });
    const admin = kafka.admin();
    await admin.connect();
    await admin.setOffsets({ groupId: 'test', topic, partitions: [{ partition: 0, offset: '0' }] });
    const producer = kafka.producer({ transactionalId: 'test', idempotent: true });
    await producer.connect();
    await (await producer.transaction()).abort();
    await producer.disconnect();

    const internal = ['__consumer_offsets', '__transaction_state'];
    const all = await partitionsOf(brokers);
    expect([...new Set(all.map((each) => each.topic))].sort()).toEqual([...internal, topic]);
    expect(all.filter(({ replicas }) => replicas.length !== brokers.length)).toEqual([]);
    expect(await Promise.all([...internal, topic].map((name) => minIsr(admin, name)))).toEqual([
      '2',
      '2',
      '2',
    ]);
    await admin.disconnect();

    const isLed = async (by: number) =>
      (await partitionsOf(brokers, [topic])).some(({ leader }) => leader === by);
    const frozen = broker((await partitionsOf(brokers, [topic]))[0]?.leader ?? 0);
    frozen.freeze();
    await eventually('others lead what it led', async () => !(await isLed(frozen.nodeId)), 30_000);
    frozen.thaw();
    const inSync = async () =>
      (await partitionsOf(brokers)).every((each) => each.inSync.length === brokers.length);
    await eventually('it has all records again', inSync, 30_000);
  });
}, 120_000);

async function minIsr(admin: Admin, name: string): Promise<string | undefined> {
  const resource = { type: ConfigResourceTypes.TOPIC, name, configNames: ['min.insync.replicas'] };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
  return resources[0]?.configEntries[0]?.configValue;
}
