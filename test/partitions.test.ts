/** Topics that are not as the state was written under, or as commands need them: a start refuses them and says why. */
import { expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { topics } from '../src/schemas/topics.ts';
import { withAdmin } from '../src/topology/kafka/admin.ts';
import { type Setting, withSetting } from './application.ts';
import { withBrokers } from './brokers.ts';
import { newRestaurant, openRestaurant } from './http.ts';

/** Of a cluster of its own, which a restaurant was opened on. */
const onItsOwn = (callback: (setting: Setting) => Promise<void>): Promise<void> =>
  withBrokers(
    1,
    ({ stack: { urls } }) =>
      withSetting(async (setting) => {
        const app = await setting.application();
        await app.start();
        await openRestaurant(app, newRestaurant());
        await app.server.stop();
        await callback(setting);
      }, urls),
    { only: ['kafka', 'registry', 'redis', 'postgres'] },
  );

const start = async ({ application }: Setting): Promise<void> => (await application()).start();

test('a start is refused on more partitions than the state was written under, and on a sender’s time', () =>
  onItsOwn(async (setting) => {
    const { kafka, partitions } = setting;
    const commands = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topics.commands };
    const timed = (value: string): Promise<void> =>
      withAdmin(kafka, async (admin) => {
        const configEntries = [
          { name: 'message.timestamp.type', value },
          { name: 'compression.type', value: 'uncompressed' },
        ];
        await admin.alterConfigs({ validateOnly: false, resources: [{ ...commands, configEntries }] });
      });
    await timed('CreateTime');
    await expect(start(setting)).rejects.toThrow(
      /message\.timestamp\.type is CreateTime, not LogAppendTime\. Run kafka-configs\.sh/,
    );
    await timed('LogAppendTime');

    await withAdmin(kafka, async (admin) => {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: Object.values(topics) });
      const topicPartitions = found.map(({ name, partitions: { length } }) => ({
        topic: name,
        count: length + partitions,
      }));
      await admin.createPartitions({ topicPartitions });
    });
    const refused = `the state was written under ${partitions} partitions and the topics have ${2 * partitions}`;
    await expect(start(setting)).rejects.toThrow(refused);
  }));
