/** Puts the parts together, as the environment says, and takes them apart again in order. */
import type { Logger } from 'pino';
import { type Config, readConfig } from './config.ts';
import { closeDatabase, openDatabase } from './history/database.ts';
import { openHistory } from './history/open.ts';
import { historyReader } from './history/read.ts';
import { createEarlyListener } from './http/early.ts';
import { createIngress } from './http/ingress.ts';
import { redisCount } from './http/limits/sharedCount.ts';
import type { Readiness } from './http/operations.ts';
import { createHttpServer } from './http/server.ts';
import { loggedError } from './loggedError.ts';
import { createLogger } from './logger.ts';
import { commandMetrics, createRegistry, readinessMetrics, redisErrorMetric } from './metrics.ts';
import { waitingTopology } from './processors/topology.ts';
import { pushMetrics } from './push/metrics.ts';
import { openPush } from './push/open.ts';
import { redisSubscriptions } from './push/subscriptions.ts';
import { readinessOf } from './readiness.ts';
import { openRedis } from './redisConnections.ts';
import { type Codec, createCodec, UnseenSchemaError } from './schemas/codec.ts';
import { formatsAt, newestLevel, NewerFormatsError } from './schemas/formats.ts';
import { connectRegistry } from './schemas/registry.ts';
import { expect } from './schemas/state.ts';
import { levelTopics, topics } from './schemas/topics.ts';
import { createStarting } from './starting.ts';
import { decisiveSettings } from './topicSpecs.ts';
import { systemClock } from './topology/clock.ts';
import { describeCluster, withAdmin } from './topology/kafka/admin.ts';
import { appender } from './topology/kafka/appender.ts';
import { brokersOf } from './topology/kafka/brokers.ts';
import { kafkaClient } from './topology/kafka/client.ts';
import { followLevel } from './topology/kafka/formatLevel.ts';
import { kafkajsTransactions } from './topology/kafka/kafkajsTransactions.ts';
import { requireSettings } from './topology/kafka/topicSettings.ts';
import { transactions } from './topology/kafka/transactions.ts';
import { requireSupported } from './topology/kafka/versions.ts';
import { stateReader } from './topology/redis/taskStore.ts';
import { openRuntime } from './topology/runtime.ts';
import type { Marks } from './topology/emission.ts';
import type { Worker } from './topology/worker.ts';

/** Reads of history: few, and a client waits for each (ms). */
const readConnections = 4;
const readWithinMillis = 2_000;

/** How long stopping in order may take: a server that is away would keep it for ever. Kubernetes waits for 30 s. */
const graceMillis = 20_000;

const marks = (codec: Codec, config: Config, partitions: number): Marks => ({
  partitions,
  encodePosition: (position) => codec.encode('TaskPosition', { ...position, partitions }),
  decodePosition: (bytes) => expect('TaskPosition', codec.decode(bytes)),
  encodeOwner: () => codec.encode('TaskOwner', { owner: config.instanceId, at: Date.now() }),
});

async function start(config: Config, logger: Logger): Promise<() => Promise<void>> {
  const log = (level: 'error' | 'warn' | 'info' | 'debug', message: string, details: object): void =>
    logger[level](details, message);
  const fatal = (message: string, error: Error): void => {
    logger.fatal({ err: error }, message);
    process.exit(1);
  };

  const metrics = createRegistry();
  const starting = createStarting(systemClock, log);
  let readiness = (): Readiness => ({ ready: false, checks: { process: 'starting', ...starting.checks() } });
  readinessMetrics(metrics, () => readiness());
  const server = createHttpServer({ tls: config.httpTls, front: config.front });
  server.answerBy(createEarlyListener(() => readiness(), metrics, logger));
  const port = await server.listen(config.httpPort, config.httpHost);

  const kafka = kafkaClient(config.kafka, config.instanceId, log);
  const countRedisError = redisErrorMetric(metrics);
  const redisDown = (error: Error): void => {
    countRedisError();
    logger.warn({ err: error }, 'Redis is away');
  };
  const registry = connectRegistry(config.schemaRegistry);
  const [cluster, ids, connections] = await Promise.all([
    starting.from('kafka', () => describeCluster(kafka, Object.values(topics), levelTopics)),
    starting.from('registry', registry.lookUp),
    openRedis(config, starting, redisDown),
  ]);
  const { redis, replies, changes, counting, subscribed } = connections;
  if (cluster.formatLevel > newestLevel) throw new NewerFormatsError(cluster.formatLevel);
  const brokers = brokersOf({ ...config.kafka, clientId: config.instanceId });
  await starting.from('kafka', () => requireSupported(brokers));
  if (config.roles.includes('queue')) {
    await starting.from('kafka', () =>
      withAdmin(kafka, (admin) => requireSettings(admin, topics.commands, decisiveSettings, log)),
    );
  }
  const raised = (level: number): void => {
    if (level > newestLevel) fatal('the format level was raised', new NewerFormatsError(level));
    else logger.info({ level }, 'the format level was raised');
  };
  const following = await starting.from('kafka', () =>
    followLevel(kafka, levelTopics, cluster.formatLevel, systemClock, raised),
  );
  const partitions = cluster.partitions.get(topics.commands) ?? 0;
  const formats = formatsAt(following.level, following.ask);
  const codec = createCodec(ids, registry);
  const commands = appender(kafka, cluster.partitions);
  await starting.from('kafka', commands.open);

  let worker: Worker | null = null;
  if (config.roles.includes('queue')) {
    worker = await openRuntime({
      topology: waitingTopology(codec, formats),
      topic: topics.commands,
      application: config.applicationId,
      instance: config.instanceId,
      cluster,
      kafka,
      transactions: (transactionalId) =>
        config.kafkaTransactions === 'kafkajs'
          ? kafkajsTransactions(kafka, transactionalId)
          : transactions(brokers, transactionalId),
      redis,
      appender: commands,
      marks: marks(codec, config, partitions),
      formats,
      metrics,
      log,
      recover: async (error) => {
        if (error instanceof UnseenSchemaError) await codec.learn(error.schemaId);
      },
      committed: commandMetrics(metrics, Date.now),
      crashed: (error) => fatal('the Kafka consumer gave up; start again', error),
    });
    await worker.start();
  }

  let history: Worker | null = null;
  if (config.roles.includes('history')) {
    history = await openHistory({
      database: config.database,
      application: config.applicationId,
      cluster,
      kafka,
      codec,
      userDays: config.historyUserDays,
      metrics,
      log,
      crashed: (error) => fatal('the Kafka consumer of the history gave up; start again', error),
    });
    await history.start();
  }
  const database = openDatabase(config.readDatabase, {
    use: 'reads',
    connections: readConnections,
    statementMillis: readWithinMillis,
    lost: (error) => logger.warn({ err: error }, 'a connection to Postgres was lost'),
  });

  const serves = config.roles.includes('ingress');
  const pushes = config.roles.includes('push');
  const push = config.push &&
    subscribed && {
      ...config.push,
      subscriptions: redisSubscriptions(subscribed, `${config.applicationId}:push`),
    };

  let telling: Worker | null = null;
  if (pushes) {
    const measured = pushMetrics(metrics);
    if (push?.signer) {
      telling = await openPush({
        ...push,
        signer: push.signer,
        application: config.applicationId,
        kafka,
        codec,
        metrics: measured,
        log,
        crashed: (error) => fatal('the Kafka consumer of Web Push gave up; start again', error),
      });
      await telling.start();
    } else {
      logger.info('there is no Web Push: VAPID_PUBLIC_KEY is not set');
    }
  }
  let stopping = false;
  readiness = () =>
    readinessOf({
      serves,
      stopping,
      kafkaIsAway: commands.isAway(),
      redis: redis.status,
      ...(worker && { queue: worker.states() }),
      ...(history && { history: history.states() }),
      ...(telling && { push: telling.states() }),
    });
  const ingress = createIngress(
    {
      open: serves,
      access: config.access,
      compressedTime: config.compressedTime,
      tls: config.httpTls,
      partitions,
      appender: commands,
      stateReader: stateReader(redis, config.applicationId, topics.commands),
      replies,
      history: historyReader(database),
      changes,
      codec,
      push,
      logger,
      readiness,
      metrics,
      limits: {
        ...config.limits,
        shared: counting && redisCount(counting, `${config.applicationId}:limit`),
      },
      front: config.front,
      publicUrl: config.publicUrl,
    },
    server,
  );
  const scheme = config.httpTls ? 'https' : 'http';
  logger.info({ url: `${scheme}://${config.httpHost}:${port}`, roles: config.roles }, 'started');
  if (config.access.mode === 'open' && serves) {
    logger.warn('AUTH is open: whoever reaches this address may do everything');
  }

  return async () => {
    stopping = true;
    logger.info('stopping');
    await ingress.stop();
    await Promise.all([worker?.stop(), history?.stop(), telling?.stop()]);
    await Promise.all([commands.close(), following.close(), brokers.close(), closeDatabase(database)]);
    connections.close();
    logger.info('stopped');
  };
}

async function main(): Promise<void> {
  let stop: (() => Promise<void>) | null = null;
  let asked = false;
  const end = (): void => {
    if (asked) return;
    asked = true;
    // A start may wait long for a server, and the first process of a container is ended by nobody but itself. Nobody was
    // answered yet, and what was decided is told by whoever takes over.
    if (!stop) process.exit(0);
    setTimeout(() => {
      console.error(`not stopped within ${graceMillis / 1000} s; whoever takes over tells what was not told`);
      process.exit(1);
    }, graceMillis).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(JSON.stringify(loggedError(error)));
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel, config.instanceId);
  stop = await start(config, logger).catch((error: unknown) => {
    logger.fatal({ err: error }, 'the start failed');
    process.exit(1);
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
