import { runner } from 'node-pg-migrate';
import type { Config } from './config.ts';
import { connectionTo, type DatabaseAddress } from './history/database.ts';
import { newestLevel } from './schemas/formats.ts';
import { connectRegistry } from './schemas/registry.ts';
import { levelTopics, topics } from './schemas/topics.ts';
import { topicSpecs } from './topicSpecs.ts';
import { createTopics, withAdmin } from './topology/kafka/admin.ts';
import { raiseLevel } from './topology/kafka/formatLevel.ts';
import { membersBelow } from './topology/kafka/olderMembers.ts';
import { type ClientLog, kafkaClient, type KafkaClient } from './topology/kafka/client.ts';

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
 * Rejects while a consumer group has a member of a build that does not read that. Processes with the role `ingress`
 * alone are in no group: the operator has to know of them.
 */
export async function setUp(config: Config, log: ClientLog, finalize: boolean): Promise<SetUp> {
  const kafka = kafkaClient(config.kafka, `${config.instanceId}-setup`, log);
  const [created, schemas, migrations] = await Promise.all([
    createTopics(kafka, topicSpecs, config.topics),
    connectRegistry(config.schemaRegistry).register(),
    migrate(config.database),
  ]);
  const isNew = created.includes(topics.commands);
  if (finalize && !isNew)
    await requireNoOlder(kafka, config.applicationId, 'stop it before the format level is raised');
  const raises = finalize || isNew;
  const formerLevel = await raiseLevel(kafka, levelTopics, raises ? newestLevel : 0);
  // Whoever came between the question and the raising started in time, and is to be stopped now.
  if (finalize && !isNew)
    await requireNoOlder(kafka, config.applicationId, 'the format level is raised: stop it');
  return {
    topics: topicSpecs.length,
    newTopics: created,
    schemas: schemas.size,
    newMigrations: migrations,
    formatLevel: raises ? Math.max(newestLevel, formerLevel) : formerLevel,
    formerLevel,
  };
}

async function requireNoOlder(kafka: KafkaClient, application: string, remedy: string): Promise<void> {
  const groups = ['queue', 'history', 'push'].map((role) => `${application}-${role}`);
  const older = await withAdmin(kafka, (admin) => membersBelow(admin, groups, newestLevel));
  if (older.length === 0) return;
  const named = older.map(
    ({ client, host, group, level }) => `${client} at ${host}, of ${group}, up to ${level}`,
  );
  throw new Error(
    `an older build runs and does not read format level ${newestLevel} (${named.join('; ')}): ${remedy}`,
  );
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
