import { readdirSync } from 'node:fs';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { inspectDatabase } from '../history/inspection.ts';
import { createCodec } from '../schemas/codec.ts';
import { inspectRegistry } from '../schemas/inspection.ts';
import { connectRegistry } from '../schemas/registry.ts';
import { expect } from '../schemas/state.ts';
import { migrationsDir } from '../setup.ts';
import type { Marks } from '../topology/emission.ts';
import { brokersOf } from '../topology/kafka/brokers.ts';
import { kafkaClient } from '../topology/kafka/client.ts';
import { inspect } from '../topology/kafka/inspection.ts';
import { unsupported } from '../topology/kafka/versions.ts';
import { connectRedis } from '../topology/redis/connections.ts';
import { inspectServer } from '../topology/redis/inspection.ts';
import { type Check, wrong } from './doctor/check.ts';
import { checkKafka } from './doctor/kafka.ts';
import { checkPostgres, checkRedis, checkRegistry } from './doctor/servers.ts';
import { exitCodes, jsonOption, type Output, print, table, within } from './ending.ts';
import { environment, messageOf, withoutPassword } from './servers.ts';

/**
 * A server that has not answered by then (ms) is away: a registry that has just started on a busy machine takes seconds
 * for all schemas, and Kafka's groups may take some to let a reader in. Offsets are waited for.
 */
const patienceMillis = 10_000;
const kafkaMillis = 20_000;

export const addDoctor = (program: Command): Command =>
  program
    .command('doctor')
    .summary('check the servers, and say what to do where something is wrong')
    .description(
      [
        'Checks whether broker, registry, Redis and Postgres are as the service needs them: reachable, topics and their settings, schemas, migrations, consumer groups, their lag and their offsets, transactions that hang. One line each, with what to do where not. It changes nothing.',
        'Ends with 0 when nothing is wrong (there may be warnings), 1 when something is, a server that does not answer included.',
      ].join('\n\n'),
    )
    .option(...jsonOption)
    .action(async (options: Output) => {
      const config = environment();
      const areas = await Promise.all([kafka(config), registry(config), redis(config), postgres(config)]);
      const checks = areas.flat();
      const well = checks.every(({ state }) => state !== 'wrong');
      print(options, { well, checks }, (all) => describeChecks(all.checks));
      process.exitCode = well ? exitCodes.well : exitCodes.differs;
    });

const signs = { ok: '✔', warning: '!', wrong: '✗' } as const;

function describeChecks(checks: readonly Check[]): string {
  const rows = table(checks.map(({ name, state, found }) => [signs[state], name, found])).split('\n');
  return checks
    .map(({ remedy }, i) => (rows[i] ?? '') + (remedy === null ? '' : `\n     → ${remedy}`))
    .join('\n');
}

/** A server that is away is one wrong check, and no error. */
async function area(
  server: string,
  variable: string,
  url: string,
  millis: number,
  look: () => Promise<Check[]>,
): Promise<Check[]> {
  try {
    return await within(millis, server, look());
  } catch (error) {
    const found = `${withoutPassword(url)}: ${messageOf(error)}`;
    return [wrong(server, found, `start it, or correct ${variable}`)];
  }
}

const kafka = (config: Config): Promise<Check[]> =>
  area('broker', 'KAFKA_BROKERS', config.kafka.brokers.join(','), kafkaMillis, async () => {
    const clientId = `${config.instanceId}-doctor`;
    const client = kafkaClient(config.kafka, clientId, () => undefined, 1);
    const brokers = brokersOf({ ...config.kafka, clientId });
    const inspection = await inspect(client, `${config.applicationId}-doctor-${config.instanceId}`);
    try {
      const old = await unsupported(brokers);
      return await checkKafka(inspection, old, config, () => positionsBy(config), Date.now());
    } finally {
      await Promise.all([inspection.close(), brokers.close()]);
    }
  });

/** How E is read, of all that this build or one before it has written. */
async function positionsBy({ schemaRegistry }: Config): Promise<Marks['decodePosition']> {
  const client = connectRegistry(schemaRegistry);
  const codec = createCodec(await client.lookUp(), client);
  return (bytes) => expect('TaskPosition', codec.decode(bytes));
}

const registry = (config: Config): Promise<Check[]> =>
  area('registry', 'SCHEMA_REGISTRY_URL', config.schemaRegistry.url, patienceMillis, async () =>
    checkRegistry(await inspectRegistry(config.schemaRegistry, patienceMillis)),
  );

const redis = (config: Config): Promise<Check[]> =>
  area('redis', 'REDIS_URL', config.redis.url, patienceMillis, async () => {
    const client = await connectRedis(config.redis, () => undefined);
    try {
      return checkRedis(await inspectServer(client));
    } finally {
      client.disconnect();
    }
  });

const postgres = (config: Config): Promise<Check[]> =>
  area('postgres', 'DATABASE_URL', config.database.url, patienceMillis, async () => {
    const migrations = readdirSync(migrationsDir)
      .filter((file) => file.endsWith('.sql'))
      .map((file) => file.replace(/\.sql$/, ''));
    return checkPostgres(await inspectDatabase(config.database, patienceMillis), migrations);
  });
