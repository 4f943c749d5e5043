/** Several brokers of Kafka for one test alone, with the other servers it needs; nothing is left of them afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Broker, topicVariables } from '../infra/stack/cluster.ts';
import { type Stack, type StackOptions, startStack } from '../infra/stack/stack.ts';
import { type Setting, withSetting } from './application.ts';

interface Brokers {
  readonly stack: Stack;
  /** In the order of their node ids, from 1. */
  readonly brokers: readonly Broker[];
  readonly broker: (nodeId: number) => Broker;
}

/** Kafka alone, unless `only` says more. */
export async function withBrokers(
  count: number,
  callback: (brokers: Brokers) => Promise<void>,
  options: Partial<Pick<StackOptions, 'only' | 'listeners'>> = {},
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'waiting-brokers-'));
  const stack = await startStack({ only: ['kafka'], ...options, dataDir, brokers: count, keep: true });
  try {
    const { brokers } = stack;
    const broker = (nodeId: number): Broker => {
      const found = brokers.find((each) => each.nodeId === nodeId);
      if (!found) throw new Error(`there is no broker ${nodeId}`);
      return found;
    };
    await callback({ stack, brokers, broker });
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** All servers, and the application on them: its topics have a replica on three brokers, and need two of these. */
export const withApplicationOnBrokers = (
  count: number,
  callback: (setting: Setting & Brokers) => Promise<void>,
): Promise<void> =>
  withBrokers(
    count,
    ({ stack, ...brokers }) =>
      withSetting(
        (setting) => callback({ ...setting, stack, ...brokers }),
        stack.urls,
        topicVariables(count),
      ),
    { only: ['kafka', 'registry', 'redis', 'postgres'] },
  );
