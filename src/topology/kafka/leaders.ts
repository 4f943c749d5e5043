import { type Broker, type Connection, metadataV11 } from '@platformatic/kafka';
import type { AskAny } from './brokers.ts';
import { isAnswer } from './connection.ts';

/** So many are asked for who leads what: one that is cut off from the others tells what was. */
const askedAtOnce = 3;

export interface Leader {
  readonly node: number;
  readonly broker: Broker;
}

/** Topics that the cluster does not have, or does not show to this user. */
class MissingTopicsError extends Error {
  override readonly name = 'MissingTopicsError';
  constructor(topics: readonly string[]) {
    super(`missing topics: ${topics.join(', ')}`);
  }
}

/** Who leads which partition, as far as the brokers have told; nothing older takes the place of what is known. */
export interface Leaders {
  /** Asks for those of these topics that are not known yet. Throws MissingTopicsError. */
  readonly learn: (topics: Iterable<string>) => Promise<void>;
  /** Asks for all that are known. */
  readonly refresh: () => Promise<void>;
  /** null: nobody. */
  readonly of: (topic: string, partition: number) => Leader | null;
  /** How many partitions a topic has that was learnt. */
  readonly count: (topic: string) => number;
  /** All brokers that were heard of. */
  readonly brokers: () => readonly Broker[];
}

/** What a broker says of topics, also where it has an error for one of them, or for a partition: the others count. */
const metadataOf = (
  connection: Connection,
  topics: readonly string[],
): Promise<metadataV11.MetadataResponse> =>
  metadataV11.api.async(connection, [...topics], false).catch((error: unknown) => {
    if (isAnswer(error)) return error['response'] as metadataV11.MetadataResponse;
    throw error;
  });

interface Known {
  readonly id: string;
  readonly partitions: Map<number, { readonly node: number; readonly epoch: number }>;
}

export function leadersOf(askAny: AskAny): Leaders {
  const nodes = new Map<number, Broker>();
  const known = new Map<string, Known>();
  let asked: Promise<void> | null = null;

  async function ask(topics: readonly string[]): Promise<void> {
    await askAny(async (connection) => merge(await metadataOf(connection, topics)), askedAtOnce);
  }

  function merge({ brokers, topics }: metadataV11.MetadataResponse): void {
    for (const { nodeId, host, port } of brokers) nodes.set(nodeId, { host, port });
    for (const { errorCode, name, topicId, partitions } of topics) {
      if (errorCode !== 0 || !name) continue;
      let topic = known.get(name);
      if (topic?.id !== topicId) known.set(name, (topic = { id: topicId, partitions: new Map() }));
      for (const { partitionIndex, leaderId, leaderEpoch } of partitions) {
        const before = topic.partitions.get(partitionIndex);
        if (before && before.epoch > leaderEpoch) continue;
        topic.partitions.set(partitionIndex, { node: leaderId, epoch: leaderEpoch });
      }
    }
  }

  return {
    learn: async (topics) => {
      const missing = (): string[] => [...topics].filter((topic) => !known.has(topic));
      if (missing().length === 0) return;
      await ask(missing());
      if (missing().length > 0) throw new MissingTopicsError(missing());
    },
    refresh: () =>
      (asked ??= ask([...known.keys()]).finally(() => {
        asked = null;
      })),
    of: (topic, partition) => {
      const node = known.get(topic)?.partitions.get(partition)?.node ?? -1;
      const broker = nodes.get(node);
      return broker ? { node, broker } : null;
    },
    count: (topic) => {
      const found = known.get(topic);
      if (!found) throw new Error(`the partitions of ${topic} are not known`);
      return found.partitions.size;
    },
    brokers: () => [...nodes.values()],
  };
}
