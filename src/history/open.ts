import type { Registry } from 'prom-client';
import type { Codec } from '../schemas/codec.ts';
import { topics } from '../schemas/topics.ts';
import { boundsAmong } from '../topology/bounds.ts';
import { systemClock } from '../topology/clock.ts';
import type { Cluster } from '../topology/kafka/admin.ts';
import type { KafkaClient } from '../topology/kafka/client.ts';
import { logRanges } from '../topology/kafka/logRanges.ts';
import { partitionSource } from '../topology/kafka/source.ts';
import { createWorker, type Worker } from '../topology/worker.ts';
import { closeDatabase, type DatabaseAddress, openDatabase } from './database.ts';
import { type ForgettingDeps, forgettingMetrics, startForgetting } from './forgetting.ts';
import { historyMetrics } from './metrics.ts';
import { postgresHistory } from './postgres.ts';
import { type SinkDeps, startSink } from './sink.ts';

export interface HistoryDeps extends Pick<ForgettingDeps, 'userDays'> {
  readonly database: DatabaseAddress;
  readonly application: string;
  readonly cluster: Cluster;
  readonly kafka: KafkaClient;
  readonly codec: Codec;
  readonly metrics: Registry;
  readonly log: SinkDeps['log'];
  readonly crashed: (error: Error) => void;
}

/** A batch takes tens of milliseconds; one that takes this long (ms) is tried again. */
const statementMillis = 10_000;
/** Partitions take turns. */
const connections = 4;

/** EVENTS IN, ROWS OUT: this process's share of the sink on real servers. Needs no Postgres to open or to start. */
export async function openHistory(deps: HistoryDeps): Promise<Worker> {
  const { kafka, cluster, log } = deps;
  const topic = topics.events;
  const ranges = logRanges(kafka);
  await ranges.open();
  const pool = openDatabase(deps.database, {
    use: 'history',
    connections,
    statementMillis,
    lost: (error) => log('warn', 'a connection to Postgres was lost', { err: error }),
  });
  const metrics = historyMetrics(deps.metrics, systemClock.now);
  const group = `${deps.application}-history`;
  const source = partitionSource(kafka, topic, group, log);
  const worker = createWorker({
    source,
    log: (level, message, details) => log(level, `history: ${message}`, details),
    crashed: deps.crashed,
    startTask: (partition) => {
      const place = { topic, partition, cluster: cluster.id };
      return startSink({
        store: postgresHistory(pool, place, (error) =>
          log('warn', 'a connection to Postgres was lost', { partition, err: error }),
        ),
        place,
        source,
        logRange: ranges.of,
        committed: (...place) => ranges.committed(group, ...place),
        codec: deps.codec,
        clock: systemClock,
        bounds: () => boundsAmong(worker.states()?.size ?? 1).fetched,
        metrics,
        log,
      });
    },
  });
  const forgetting = {
    pool,
    userDays: deps.userDays,
    clock: systemClock,
    metrics: forgettingMetrics(deps.metrics, systemClock.now()),
    log,
  };
  let forgets: ReturnType<typeof startForgetting> | null = null;
  return {
    ...worker,
    start: async () => {
      await worker.start();
      forgets = startForgetting(forgetting);
    },
    stop: async () => {
      await Promise.all([worker.stop(), forgets?.close()]);
      await Promise.all([ranges.close(), closeDatabase(pool)]);
    },
  };
}
