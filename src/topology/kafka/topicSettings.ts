/** Settings of topics, as the brokers have them, against those that they should have. */
// Named imports of a CommonJS module are found by looking at its text, and this one is not.
import kafkajs, { type Admin } from 'kafkajs';
import { UnfitError } from '../errors.ts';
import type { ClientLog } from './client.ts';

type Settings = ReadonlyMap<string, string>;

/** By topic; defaults of the brokers included. */
export async function settingsOf(
  admin: Pick<Admin, 'describeConfigs'>,
  topics: readonly string[],
): Promise<ReadonlyMap<string, Settings>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

/** What is not as wanted. */
export interface Odd {
  readonly names: readonly string[];
  /** What there is instead. */
  readonly found: string;
  /** The command that mends it. */
  readonly remedy: string;
}

/** null: all is as wanted. */
export function oddSettings(
  topic: string,
  config: Settings,
  wanted: Readonly<Record<string, string>>,
): Odd | null {
  const odd = Object.entries(wanted).filter(([name, value]) => config.get(name) !== value);
  if (odd.length === 0) return null;
  const settings = odd.map(([name, value]) => `${name}=${value}`).join(',');
  return {
    names: odd.map(([name]) => name),
    found: odd.map(([name, value]) => `${name} is ${config.get(name) ?? 'not set'}, not ${value}`).join('; '),
    remedy: `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${settings}`,
  };
}

/**
 * Throws UnfitError, with the command that mends it, when the topic is set otherwise. A user who may not see settings
 * goes on without having looked, and says so.
 */
export async function requireSettings(
  admin: Pick<Admin, 'describeConfigs'>,
  topic: string,
  wanted: Readonly<Record<string, string>>,
  log: ClientLog,
): Promise<void> {
  let config: Settings | undefined;
  try {
    config = (await settingsOf(admin, [topic])).get(topic);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    log('warn', 'the settings of a topic were not looked at: this user may not describe them', { topic });
    return;
  }
  const odd = oddSettings(topic, config ?? new Map<string, string>(), wanted);
  if (odd) throw new UnfitError(`${topic} cannot be used: ${odd.found}. Run ${odd.remedy}`);
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && error.type === 'TOPIC_AUTHORIZATION_FAILED';
