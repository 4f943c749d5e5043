import { runner } from 'node-pg-migrate';
import type { Config } from './config.ts';
import { connectionTo, type DatabaseAddress } from './history/database.ts';
import { newestLevel } from './schemas/formats.ts';
import { connectRegistry } from './schemas/registry.ts';
import { levelTopics, topics } from './schemas/topics.ts';
import { topicSpecs } from './topicSpecs.ts';
import { createTopics } from './topology/kafka/admin.ts';
import { raiseLevel } from './topology/kafka/formatLevel.ts';
import { kafkaClient, type ClientLog } from './topology/kafka/client.ts';

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
