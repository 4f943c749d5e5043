import type { Admin, Kafka } from 'kafkajs';
import { UnfitError } from '../errors.ts';

export interface TopicSpec {
  readonly topic: string;
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicShape {
  readonly partitions: number;
  readonly replication: number;
  readonly minIsr: number;
}

/** Runs an action with a connected admin client. */
export async function withAdmin<T>(kafka: Kafka, action: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await action(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Creates the topics that are missing; answers their names. Existing ones stay as they are. */
export const createTopics = (
  kafka: Kafka,
  specs: readonly TopicSpec[],
  shape: TopicShape,
): Promise<string[]> =>
  withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = specs.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: false,
        topics: missing.map(({ topic, config }) => ({
          topic,
          numPartitions: shape.partitions,
          replicationFactor: shape.replication,
          configEntries: Object.entries({ ...config, 'min.insync.replicas': String(shape.minIsr) }).map(
            ([name, value]) => ({ name, value }),
          ),
        })),
      });
      await leaders(
        admin,
        missing.map(({ topic }) => topic),
      );
    }
    return missing.map(({ topic }) => topic);
  });

const leaderMillis = 30_000;

/**
 * Resolves when every partition has a leader that answers. The library's own wait gives up when the broker doesn't know the topics
 * yet, which on a busy machine is so for a moment after it has taken them.
 */
async function leaders(admin: Admin, topics: readonly string[]): Promise<void> {
  for (const giveUp = Date.now() + leaderMillis; ;) {
    try {
      const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
      const led = metadata.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
      if (led && metadata.topics.length === topics.length) {
        // The controller names leaders before the brokers know that it is they.
        for (const topic of topics) await admin.fetchTopicOffsets(topic);
        return;
      }
    } catch (error) {
      if (Date.now() > giveUp) throw error;
    }
    if (Date.now() > giveUp)
      throw new Error(`no leaders within ${leaderMillis / 1000} s: ${topics.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The topics whose partitions tell the format level (`formatLevel.ts`). */
export interface LevelTopics {
  /** Whose partitions are the tasks'. */
  readonly source: string;
  readonly changelog: string;
}

/** The level that these counts of partitions mean; below 0: they mean none. */
export const levelIn = (
  partitions: ReadonlyMap<string, number>,
  { source, changelog }: LevelTopics,
): number => (partitions.get(changelog) ?? 0) - (partitions.get(source) ?? 0);

/** The level that counts of partitions tell, and the partitions that are tasks'. */
export function apart(
  partitions: ReadonlyMap<string, number>,
  topics: LevelTopics,
): Pick<Cluster, 'formatLevel' | 'partitions'> {
  const formatLevel = Math.max(0, levelIn(partitions, topics));
  const { changelog } = topics;
  const ofTasks = new Map(partitions).set(changelog, (partitions.get(changelog) ?? 0) - formatLevel);
  return { formatLevel, partitions: ofTasks };
}

export interface Cluster {
  readonly id: string;
  /** Those of tasks: of the changelog without the ones that stand for the format level. */
  readonly partitions: ReadonlyMap<string, number>;
  readonly formatLevel: number;
}

/**
 * The cluster's id, the topics' partition counts and the format level. Throws, naming `waiting setup`, when a topic is
 * missing, and when they are not partitioned alike: a task writes its outputs to its own partition number.
 */
export const describeCluster = (
  kafka: Kafka,
  topics: readonly string[],
  ofLevel: LevelTopics,
): Promise<Cluster> =>
  withAdmin(kafka, async (admin) => {
    const { clusterId } = await admin.describeCluster();
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic));
    if (missing.length > 0)
      throw new UnfitError(`missing topics: ${missing.join(', ')}; run \`waiting setup\``);
    const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
    const partitions = new Map(metadata.topics.map(({ name, partitions: all }) => [name, all.length]));
    const { formatLevel, partitions: ofTasks } = apart(partitions, ofLevel);
    if (new Set(ofTasks.values()).size > 1) {
      const counts = [...partitions].map(([topic, count]) => `${topic}: ${count}`).join(', ');
      throw new UnfitError(`the topics are not partitioned alike (${counts})`);
    }
    return { id: clusterId, partitions: ofTasks, formatLevel };
  });
