import type { Codec } from '../schemas/codec.ts';
import { topics } from '../schemas/topics.ts';
import { boundsAmong } from '../topology/bounds.ts';
import { systemClock } from '../topology/clock.ts';
import type { KafkaClient } from '../topology/kafka/client.ts';
import { logRanges } from '../topology/kafka/logRanges.ts';
import { partitionSource } from '../topology/kafka/source.ts';
import { createWorker, type Worker } from '../topology/worker.ts';
import type { Signer } from './config.ts';
import { type ConsumerDeps, startConsumer } from './consumer.ts';
import { createDeliveries } from './deliveries.ts';
import { usefulMillis } from './messages.ts';
import type { PushMetrics } from './metrics.ts';
import { createSend } from './send.ts';
import type { Subscriptions } from './subscriptions.ts';

interface PushDeps {
  readonly signer: Signer;
  readonly services: readonly string[];
  readonly subscriptions: Subscriptions;
  readonly application: string;
  readonly kafka: KafkaClient;
  readonly codec: Codec;
  readonly metrics: PushMetrics;
  readonly log: ConsumerDeps['log'];
  readonly crashed: (error: Error) => void;
}

/** NOTIFICATIONS IN, MESSAGES TO BROWSERS OUT: this process's share of Web Push. */
export async function openPush(deps: PushDeps): Promise<Worker> {
  const { kafka, subscriptions, services, metrics, log } = deps;
  const topic = topics.notifications;
  const group = `${deps.application}-push`;
  const ranges = logRanges(kafka);
  await ranges.open();
  const source = partitionSource(kafka, topic, group, log);
  const deliver = createDeliveries({
    send: createSend(deps.signer),
    subscriptions,
    services,
    clock: systemClock,
    metrics,
    log,
  });
  const worker = createWorker({
    source,
    log: (level, message, details) => log(level, `push: ${message}`, details),
    crashed: deps.crashed,
    startTask: (partition) =>
      startConsumer({
        partition,
        source,
        logRange: (of) => ranges.of(topic, of),
        committed: (of) => ranges.committed(group, topic, of),
        useful: (of) => ranges.since(topic, of, systemClock.now() - usefulMillis),
        subscriptions,
        deliver,
        codec: deps.codec,
        clock: systemClock,
        bounds: () => boundsAmong(worker.states()?.size ?? 1).fetched,
        metrics,
        log,
      }),
  });
  return {
    ...worker,
    stop: async () => {
      await worker.stop();
      await ranges.close();
    },
  };
}
