/** Kafka as an operator wants to see it: topics with their settings, groups with their lag, transactions that hang. */
import type { Admin, Kafka } from 'kafkajs';
import type { Marks } from '../emission.ts';
import { lastPosition } from '../takeover.ts';
import { toRecord } from './client.ts';
import { logRanges } from './logRanges.ts';
import { logReader } from './logReader.ts';
import { settingsOf } from './topicSettings.ts';

export interface TopicReport {
  readonly topic: string;
  readonly partitions: number;
  /** Partitions without a leader, and with fewer replicas in sync than there should be. */
  readonly leaderless: readonly number[];
  readonly underReplicated: readonly number[];
  readonly config: ReadonlyMap<string, string>;
}

export interface GroupReport {
  readonly group: string;
  readonly topic: string;
  readonly members: number;
  /** Records that are not committed yet, by partition. */
  readonly lag: ReadonlyMap<number, number>;
}

/** A transaction that readers wait for. */
export interface OpenTransaction {
  readonly topic: string;
  readonly partition: number;
  /** The last stable offset: what comes after it is not read. */
  readonly offset: number;
  /** When its first record was written, milliseconds. */
  readonly since: number;
}

export interface Inspection {
  readonly brokers: () => Promise<number>;
  /** Without those that are missing. */
  readonly topics: (names: readonly string[]) => Promise<readonly TopicReport[]>;
  readonly group: (group: string, topic: string) => Promise<GroupReport>;
  /** What a group has committed of a topic, by partition. */
  readonly committed: (group: string, topic: string) => Promise<ReadonlyMap<number, number>>;
  /** E of the tasks that keep a changelog, by partition, of those that have emitted anything. */
  readonly emitted: (
    changelog: string,
    decode: Marks['decodePosition'],
  ) => Promise<ReadonlyMap<number, number>>;
  /** Transactions that began before an instant and have not ended. */
  readonly openTransactions: (
    topics: readonly string[],
    before: number,
  ) => Promise<readonly OpenTransaction[]>;
  readonly close: () => Promise<void>;
}

export async function inspect(kafka: Kafka, reader: string): Promise<Inspection> {
  const admin = kafka.admin();
  await admin.connect();
  return {
    brokers: async () => (await admin.describeCluster()).brokers.length,
    topics: (names) => topicReports(admin, names),
    group: (group, topic) => groupReport(admin, group, topic),
    committed: (group, topic) => committedBy(admin, group, topic),
    emitted: (changelog, decode) => positions(kafka, `${reader}-positions`, changelog, decode),
    openTransactions: (topics, before) => findOpen(kafka, admin, reader, topics, before),
    close: () => admin.disconnect(),
  };
}

async function topicReports(admin: Admin, names: readonly string[]): Promise<readonly TopicReport[]> {
  const existing = new Set(await admin.listTopics());
  const topics = names.filter((name) => existing.has(name));
  if (topics.length === 0) return [];
  const [metadata, settings] = await Promise.all([
    admin.fetchTopicMetadata({ topics }),
    settingsOf(admin, topics),
  ]);
  return metadata.topics.map(({ name, partitions }) => {
    const those = (wanted: (partition: (typeof partitions)[number]) => boolean): number[] =>
      partitions.filter(wanted).map(({ partitionId }) => partitionId);
    return {
      topic: name,
      partitions: partitions.length,
      leaderless: those(({ leader }) => leader < 0),
      underReplicated: those(({ isr, replicas }) => isr.length < replicas.length),
      config: settings.get(name) ?? new Map<string, string>(),
    };
  });
}

/** Without partitions of which the group has committed nothing. */
async function committedBy(admin: Admin, groupId: string, topic: string): Promise<Map<number, number>> {
  const found = await admin.fetchOffsets({ groupId, topics: [topic] });
  const offsets = found.flatMap(({ partitions }) =>
    partitions.map(({ partition, offset }) => [partition, Number(offset)] as const),
  );
  return new Map(offsets.filter(([, offset]) => offset >= 0));
}

/** The last positions in a changelog. */
async function positions(
  kafka: Kafka,
  groupId: string,
  changelog: string,
  decodePosition: Marks['decodePosition'],
): Promise<ReadonlyMap<number, number>> {
  const ranges = logRanges(kafka);
  const reader = logReader(kafka, [changelog], groupId);
  await Promise.all([ranges.open(), reader.open()]);
  try {
    const found = [...(await ranges.ends(changelog))].map(async ([partition, end]) => {
      if (end === 0) return [];
      const position = await lastPosition(
        {
          sub: { changelog },
          partition,
          changelog: {
            read: (of, start, until, each) => reader.read(changelog, of, { start, end: until + 1 }, each),
          },
          logRange: ranges.of,
          marks: { decodePosition },
        },
        end - 1,
      );
      return position ? [[partition, position.next] as const] : [];
    });
    return new Map((await Promise.all(found)).flat());
  } finally {
    await Promise.all([ranges.close(), reader.close()]);
  }
}

async function groupReport(admin: Admin, group: string, topic: string): Promise<GroupReport> {
  const [described, offsets, ranges] = await Promise.all([
    admin.describeGroups([group]),
    committedBy(admin, group, topic),
    admin.fetchTopicOffsets(topic),
  ]);
  return {
    group,
    topic,
    members: described.groups[0]?.members.length ?? 0,
    lag: new Map(
      ranges.map(({ partition, low, high }) => [
        partition,
        Math.max(0, Number(high) - Math.max(Number(low), offsets.get(partition) ?? 0)),
      ]),
    ),
  };
}

/** Long enough for a fetch of every partition, which is all that is needed. */
const lookMillis = 1_500;

/**
 * The library tells the last stable offset as a log's end. What stands after it is seen by a reader of uncommitted
 * records; where that is old and the offset does not move, a transaction was never ended.
 */
async function findOpen(
  kafka: Kafka,
  admin: Admin,
  groupId: string,
  topics: readonly string[],
  before: number,
): Promise<OpenTransaction[]> {
  const stable = await stableOffsets(admin, topics);
  const suspects = new Map<string, OpenTransaction>();
  const consumer = kafka.consumer({ groupId, readUncommitted: true, maxWaitTimeInMs: 100 });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch: { topic, partition, messages } }) => {
        const place = `${topic}-${partition}`;
        const offset = stable.get(place) ?? Infinity;
        const first = messages
          .map((message) => toRecord(topic, partition, message))
          .find((record) => record.offset >= offset);
        if (first && first.timestamp < before && !suspects.has(place))
          suspects.set(place, { topic, partition, offset, since: first.timestamp });
        return Promise.resolve();
      },
    });
    for (const [place, offset] of stable) {
      const [, topic = '', partition] = /^(.*)-(\d+)$/.exec(place) ?? [];
      consumer.seek({ topic, partition: Number(partition), offset: String(offset) });
    }
    await joined;
    await new Promise((resolve) => setTimeout(resolve, lookMillis));
  } finally {
    await consumer.disconnect();
  }
  if (suspects.size === 0) return [];
  const now = await stableOffsets(admin, topics);
  return [...suspects].flatMap(([place, suspect]) => (now.get(place) === suspect.offset ? [suspect] : []));
}

/** By `<topic>-<partition>`. */
async function stableOffsets(admin: Admin, topics: readonly string[]): Promise<Map<string, number>> {
  const offsets = new Map<string, number>();
  for (const topic of topics) {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic))
      offsets.set(`${topic}-${partition}`, Number(high));
  }
  return offsets;
}
