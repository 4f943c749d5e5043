import type { Registry } from 'prom-client';
import { allowance } from './allowance.ts';
import { boundsAmong } from './bounds.ts';
import { subTopologyOf } from './batch.ts';
import { systemClock } from './clock.ts';
import type { Topology } from './graph.ts';
import type { Cluster } from './kafka/admin.ts';
import { changelogReader } from './kafka/changelogReader.ts';
import { type KafkaClient, partitionOf } from './kafka/client.ts';
import { logRanges } from './kafka/logRanges.ts';
import { partitionSource } from './kafka/source.ts';
import { engineMetrics } from './metrics.ts';
import type { Appender, Transactions } from './ports.ts';
import type { RedisClient } from './redis/connections.ts';
import { taskStore } from './redis/taskStore.ts';
import type { Marks } from './emission.ts';
import { requireSamePartitions } from './repartitioned.ts';
import { startTask, type TaskDeps } from './task.ts';
import { createWorker, type Worker } from './worker.ts';

export interface RuntimeDeps {
  readonly topology: Topology;
  /** The source topic whose partitions this process takes its share of. */
  readonly topic: string;
  readonly application: string;
  /** This process; names its group member of the changelog reader. */
  readonly instance: string;
  readonly cluster: Cluster;
  readonly kafka: KafkaClient;
  /** A producer of transactions under this id. */
  readonly transactions: (transactionalId: string) => Transactions;
  readonly redis: RedisClient;
  readonly appender: Appender;
  readonly marks: Marks;
  readonly formats: TaskDeps['formats'];
  readonly metrics: Registry;
  readonly log: TaskDeps['log'];
  readonly recover: TaskDeps['recover'];
  readonly committed: TaskDeps['committed'];
  readonly crashed: (error: Error) => void;
}

/** For metrics: how often Kafka is asked where the log ends, once for all partitions. */
const askEndsMillis = 2_000;

/** A topology on real servers: Kafka for the log and the changelog, Redis for the state. */
export async function openRuntime(deps: RuntimeDeps): Promise<Worker> {
  const { kafka, topic, application, cluster, log } = deps;
  const sub = subTopologyOf(deps.topology, topic);
  const partitions = cluster.partitions.get(topic);
  if (partitions === undefined) throw new Error(`the partitions of ${topic} are not known`);
  const changelog = changelogReader(
    kafka,
    sub.changelog,
    `${application}-changelog-${deps.instance}`,
    deps.crashed,
  );
  const ranges = logRanges(kafka);
  await Promise.all([changelog.open(), ranges.open()]);

  const metrics = engineMetrics(deps.metrics, systemClock.now);
  const source = partitionSource(kafka, topic, `${application}-queue`, log);
  const identity = { cluster: cluster.id, application };
  const unemitted = allowance(systemClock);
  const worker = createWorker({
    source,
    log,
    crashed: deps.crashed,
    rebalanced: metrics.rebalanced,
    startTask: (partition) =>
      startTask({
        sub,
        partition,
        identity,
        store: taskStore(deps.redis, { ...identity, topic, partition }),
        changelog,
        logRange: ranges.of,
        marks: deps.marks,
        formats: deps.formats,
        source,
        newProducer: () => deps.transactions(`${application}-${topic}-${partition}`),
        appender: deps.appender,
        partitionOf: (key) => partitionOf(key, partitions),
        clock: systemClock,
        metrics,
        log,
        recover: deps.recover,
        committed: deps.committed,
        bounds: () => boundsAmong(worker.states()?.size ?? 1),
        unemitted,
      }),
  });

  /** So that lags stay true when nothing is fetched, whatever the reason. */
  async function followEnds(signal: AbortSignal): Promise<void> {
    const over = (): boolean => signal.aborted;
    let away = false;
    while (!over()) {
      try {
        for (const [partition, end] of await ranges.ends(topic)) metrics.log(partition, end, null);
        away = false;
      } catch (error) {
        if (!away && !over())
          log('warn', 'Kafka does not say where the log ends: lags are those of before', { err: error });
        away = true;
      }
      await systemClock.sleep(askEndsMillis, signal);
    }
  }
  const following = new AbortController();

  return {
    ...worker,
    start: async () => {
      await requireSamePartitions({ sub, changelog, logRange: ranges.of, marks: deps.marks });
      await worker.start();
      void followEnds(following.signal);
    },
    stop: async () => {
      following.abort();
      await worker.stop();
      await Promise.all([changelog.close(), ranges.close()]);
    },
  };
}
