/**
 * The format level of a deployment, as Kafka keeps it: the number of partitions that the changelog has beyond those of
 * its tasks. They stay empty. Kafka never takes a partition away, so the level never falls; every process may see it;
 * and a build from before there were levels refuses to start, because to it the topics are not partitioned alike.
 */
import type { Admin, Kafka } from 'kafkajs';
import type { Clock } from '../clock.ts';
import { levelIn, type LevelTopics, withAdmin } from './admin.ts';

/** How often a running process asks for the level. */
const askMillis = 2_000;
/** How long raising waits for the brokers to agree that it is raised. */
const raisedMillis = 30_000;

async function askLevel(admin: Admin, topics: LevelTopics): Promise<number> {
  const metadata = await admin.fetchTopicMetadata({ topics: [topics.source, topics.changelog] });
  return levelIn(new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length])), topics);
}

/** Raises the level to `to` where it is lower; answers what it was before. */
export const raiseLevel = (kafka: Kafka, topics: LevelTopics, to: number): Promise<number> =>
  withAdmin(kafka, async (admin) => {
    const before = await askLevel(admin, topics);
    if (before >= to) return before;
    const metadata = await admin.fetchTopicMetadata({ topics: [topics.source] });
    const tasks = metadata.topics[0]?.partitions.length ?? 0;
    const more = { topic: topics.changelog, count: tasks + to };
    await admin.createPartitions({ topicPartitions: [more] });
    for (const giveUp = Date.now() + raisedMillis; (await askLevel(admin, topics)) < to;) {
      if (Date.now() > giveUp)
        throw new Error(`the format level is not ${to} within ${raisedMillis / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return before;
  });

export interface LevelFollower {
  /** As last heard. */
  readonly level: () => number;
  /** Asks now; answers the level. Rejects where Kafka is away. */
  readonly ask: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Follows the level from where the start found it, until it is closed. `raised` is called with each newer one. */
export async function followLevel(
  kafka: Kafka,
  topics: LevelTopics,
  found: number,
  clock: Clock,
  raised: (level: number) => void,
): Promise<LevelFollower> {
  const admin = kafka.admin({ retry: { retries: 0 } });
  await admin.connect();
  const closing = new AbortController();
  let level = found;
  let asked: Promise<unknown> = Promise.resolve();
  let next: Promise<number> | null = null;

  async function askOnce(): Promise<number> {
    // A broker that lags behind the others may know an older one.
    const heard = await askLevel(admin, topics);
    if (heard > level) {
      level = heard;
      raised(level);
    }
    return level;
  }

  /** One question at a time. Who asks meanwhile shares the next one: the answer must not be older than his question. */
  function ask(): Promise<number> {
    next ??= asked.then(() => {
      next = null;
      const answer = askOnce();
      asked = answer.catch(() => undefined);
      return answer;
    });
    return next;
  }

  async function follow(): Promise<void> {
    const over = (): boolean => closing.signal.aborted;
    while (!over()) {
      await clock.sleep(askMillis, closing.signal);
      // A broker that is away is everybody's to notice: it is asked again.
      if (!over()) await ask().catch(() => level);
    }
  }
  const ended = follow();

  return {
    level: () => level,
    ask,
    close: async () => {
      closing.abort();
      await ended;
      await admin.disconnect();
    },
  };
}
