import { describe, expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { decisiveSettings } from '../../topicSpecs.ts';
import { topics } from '../../schemas/topics.ts';
import { requireSettings } from './topicSettings.ts';

const well = { 'message.timestamp.type': 'LogAppendTime', 'compression.type': 'uncompressed' };

/** A start on a cluster that says this of the commands topic; what it logged. */
async function start(describeConfigs: Admin['describeConfigs']): Promise<string[]> {
  const said: string[] = [];
  await requireSettings({ describeConfigs }, topics.commands, decisiveSettings, (level, message) =>
    said.push(`${level}: ${message}`),
  );
  return said;
}

const withSettings = (settings: Readonly<Record<string, string>>) =>
  start(() => {
    const configEntries = Object.entries(settings).map(([configName, configValue]) => ({
      ...{ configName, configValue, isDefault: false, configSource: 1, isSensitive: false },
      ...{ readOnly: false, configSynonyms: [] },
    }));
    const resource = { errorCode: 0, errorMessage: '', resourceType: 2, resourceName: topics.commands };
    return Promise.resolve({ resources: [{ ...resource, configEntries }], throttleTime: 0 });
  });

describe('the settings of the commands', () => {
  test('are those of setup', async () => {
    expect(decisiveSettings).toEqual(well);
    expect(await withSettings({ ...well, 'retention.ms': '1' })).toEqual([]);
  });

  test.each([
    ['the time is the sender’s', { 'message.timestamp.type': 'CreateTime' }],
    ['what senders compress stays so', { 'compression.type': 'producer' }],
    ['the broker compresses', { 'compression.type': 'zstd' }],
  ])('are refused where %s, with the command that mends them', async (_what, odd) => {
    const [name = '', value = ''] = Object.entries(odd)[0] ?? [];
    const wanted = well[name as keyof typeof well];
    await expect(withSettings({ ...well, ...odd })).rejects.toMatchObject({
      name: 'UnfitError',
      message: `${topics.commands} cannot be used: ${name} is ${value}, not ${wanted}. Run kafka-configs.sh --alter --entity-type topics --entity-name ${topics.commands} --add-config ${name}=${wanted}`,
    });
  });

  test('that this user may not see keep nobody from starting, and are said not to have been looked at', async () => {
    const refused = Object.assign(new Error('not authorized'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
    expect(await start(() => Promise.reject(refused))).toEqual([
      'warn: the settings of a topic were not looked at: this user may not describe them',
    ]);
  });
});
