import { runner } from 'node-pg-migrate';
import type { Config } from './config.ts';
import { connectionTo, type DatabaseAddress } from './history/database.ts';
import { newestLevel } from './schemas/formats.ts';
import { connectRegistry } from './schemas/registry.ts';
import { levelTopics, topics } from './schemas/topics.ts';
import { createTopics, type TopicSpec } from './topology/kafka/admin.ts';
import { raiseLevel } from './topology/kafka/formatLevel.ts';
import { kafkaClient, type ClientLog } from './topology/kafka/client.ts';

const day = 24 * 60 * 60_000;
const kept = (days: number): Record<string, string> => ({ 'retention.ms': String(days * day) });

/**
 * The topics and how long each keeps its records. Commands outlast a week's outage with room; the time of a command is
 * the broker's, so that no sender's clock decides anything. Whatever a sender compresses them with, the broker unpacks
 * them and then looks at their size: a client knows few codecs, and 64 KB can be unpacked to 64 MB. The changelog is compacted eagerly: a rebuild reads it all.
 */
export const topicSpecs: readonly TopicSpec[] = [
  {
    topic: topics.commands,
    config: {
      ...kept(14),
      'message.timestamp.type': 'LogAppendTime',
      'compression.type': 'uncompressed',
      'max.message.bytes': String(64 * 1024),
    },
  },
  { topic: topics.events, config: kept(30) },
  { topic: topics.notifications, config: kept(7) },
  { topic: topics.timers, config: kept(7) },
  { topic: topics.dlq, config: { ...kept(30), 'max.message.bytes': String(1024 * 1024) } },
  {
    topic: topics.changelog,
    config: {
      'cleanup.policy': 'compact',
      'segment.bytes': String(64 * 1024 * 1024),
      'min.cleanable.dirty.ratio': '0.2',
      'max.message.bytes': String(8 * 1024 * 1024),
    },
  },
];

/** What was found missing and made; and how many there are of what is made once. */
export interface SetUp {
  readonly topics: number;
  readonly newTopics: readonly string[];
  readonly schemas: number;
  readonly newMigrations: number;
  /** The format level now, and before. */
  readonly formatLevel: number;
  readonly formerLevel: number;
}

/**
 * Everything the application needs to find: topics, schemas, tables. Done again it changes nothing. On a cluster that
 * nobody has used yet, or where it is told to `finalize`, it also raises the format level to the newest of this build.
 */
export async function setUp(config: Config, log: ClientLog, finalize: boolean): Promise<SetUp> {
  const kafka = kafkaClient(config.kafka, `${config.instanceId}-setup`, log);
  const [created, schemas, migrations] = await Promise.all([
    createTopics(kafka, topicSpecs, config.topics),
    connectRegistry(config.schemaRegistry).register(),
    migrate(config.database),
  ]);
  const raises = finalize || created.includes(topics.commands);
  const formerLevel = await raiseLevel(kafka, levelTopics, raises ? newestLevel : 0);
  return {
    topics: topicSpecs.length,
    newTopics: created,
    schemas: schemas.size,
    newMigrations: migrations,
    formatLevel: raises ? Math.max(newestLevel, formerLevel) : formerLevel,
    formerLevel,
  };
}

export const migrationsDir = new URL('../infra/migrations', import.meta.url).pathname;

/** Brings the tables to this build's version; answers how many migrations that took. */
async function migrate(database: DatabaseAddress): Promise<number> {
  const done = await runner({
    databaseUrl: connectionTo(database),
    dir: migrationsDir,
    direction: 'up',
    migrationsTable: 'migrations',
    log: () => undefined,
  });
  return done.length;
}
