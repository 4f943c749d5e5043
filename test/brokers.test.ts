/** What the local stack promises of several brokers: every topic has its replicas, and each broker may go by itself. */
import { expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { ConfigResourceTypes } from 'kafkajs';
import { topics } from '../src/schemas/topics.ts';
import { withApplicationOnBrokers } from './brokers.ts';
import { eventually, openRestaurant } from './http.ts';
import { partitionsOf } from './leadership.ts';

test('three brokers replicate every topic, and each of them may go by itself', async () => {
  await withApplicationOnBrokers(3, async ({ stack, brokers, broker, kafka, application }) => {
    expect(stack.urls.KAFKA_BROKERS).toBe(brokers.map(({ url }) => url).join());
    const admin = kafka.admin();
    await admin.connect();
    try {
      const commands = () => partitionsOf(brokers, [topics.commands]);
      const isLed = async (by: number) => (await commands()).some(({ leader }) => leader === by);
      const inSync = async () => (await commands()).every((each) => each.inSync.length === brokers.length);

      const app = await application();
      await app.start();
      await openRestaurant(app, 1);

      const all = await admin.fetchTopicMetadata();
      expect(all.topics.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['__consumer_offsets', '__transaction_state', ...Object.values(topics)]),
      );
      for (const { name, partitions } of all.topics) {
        expect([name, partitions.map(({ replicas }) => replicas.length)]).toEqual([
          name,
          partitions.map(() => 3),
        ]);
        expect([name, await minIsr(admin, name)]).toEqual([name, '2']);
      }

      const victim = broker((await commands())[0]?.leader ?? 0);
      await victim.kill();
      await eventually('another leads', async () => !(await isLed(victim.nodeId)), 30_000);
      await victim.start();
      await eventually('it has caught up', inSync, 30_000);

      const frozen = broker((await commands())[0]?.leader ?? 0);
      frozen.freeze();
      await eventually('another leads', async () => !(await isLed(frozen.nodeId)), 30_000);
      frozen.thaw();
      await eventually('it has caught up', inSync, 30_000);
    } finally {
      await admin.disconnect();
    }
  });
}, 240_000);

async function minIsr(admin: Admin, name: string): Promise<string | undefined> {
  const resource = { type: ConfigResourceTypes.TOPIC, name, configNames: ['min.insync.replicas'] };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
  return resources[0]?.configEntries[0]?.configValue;
}
