/** The product in one simulated process: the engine, the history and the ingress, as main.ts puts them together. */
import { pino } from 'pino';
import type { Queue } from '../../src/domain/queue.ts';
import type { HistoryMetrics } from '../../src/history/metrics.ts';
import { startSink } from '../../src/history/sink.ts';
import { createQueueReader, type QueueReader } from '../../src/http/queueReader.ts';
import { createSubmission, defaultTiming, listen, type Submit } from '../../src/http/submission.ts';
import { waitingTopology } from '../../src/processors/topology.ts';
import { expect } from '../../src/schemas/state.ts';
import { topics } from '../../src/schemas/topics.ts';
import { allowance } from '../../src/topology/allowance.ts';
import { boundsAmong } from '../../src/topology/bounds.ts';
import { type SubTopology, subTopologyOf } from '../../src/topology/batch.ts';
import type { Marks } from '../../src/topology/emission.ts';
import { partitionOf } from '../../src/topology/kafka/client.ts';
import type { EngineMetrics, TaskState } from '../../src/topology/metrics.ts';
import type { PartitionSource, TaskStore } from '../../src/topology/ports.ts';
import { startTask } from '../../src/topology/task.ts';
import { createWorker } from '../../src/topology/worker.ts';
import { newestFormats, offlineCodec as codec } from '../codec.ts';
import type { MemoryKafka } from './memoryKafka.ts';
import type { MemoryPostgres } from './memoryPostgres.ts';
import type { MemoryRedis } from './memoryRedis.ts';
import type { Process } from './process.ts';
import { type Sabotage, sabotaged } from './sabotage.ts';

const application = 'waiting';
export const cluster = 'simulated';
const identity = { cluster, application };

const whole = subTopologyOf(waitingTopology(codec, newestFormats), topics.commands);
const logger = pino({ level: 'silent' });

export interface InstanceDeps {
  readonly process: Process;
  readonly kafka: MemoryKafka;
  readonly redis: MemoryRedis;
  readonly postgres: MemoryPostgres;
  readonly sabotage: Sabotage | null;
  /** What the engine says of itself. */
  readonly said: (level: 'info' | 'warn' | 'error', message: string, details: object) => void;
  readonly failed: (error: unknown) => void;
}

export interface Instance {
  readonly process: Process;
  readonly submit: Submit;
  readonly reader: QueueReader;
  readonly states: () => ReadonlyMap<number, TaskState> | null;
  /** Ends in order, as a SIGTERM has it. */
  readonly stop: () => Promise<void>;
}

const nothing = (): void => undefined;

export function startInstance(deps: InstanceDeps): Instance {
  const { process, kafka, redis, postgres, sabotage, said } = deps;
  const { clock, name } = process;
  const [toKafka, toRedis, toPostgres] = [
    process.link('kafka'),
    process.link('redis'),
    process.link('postgres'),
  ];
  const appender = kafka.appender(toKafka);
  const changelog = kafka.changelogReader(toKafka, topics.changelog);
  const logRange = kafka.logRange(toKafka);
  const marks: Marks = {
    partitions: kafka.partitions,
    encodePosition: (position) => codec.encode('TaskPosition', { ...position, partitions: kafka.partitions }),
    decodePosition: (bytes) => {
      const position = expect('TaskPosition', codec.decode(bytes));
      return sabotage === 'stall over a takeover' ? { ...position, wellAt: null, beatAt: null } : position;
    },
    encodeOwner: () => codec.encode('TaskOwner', { owner: name, at: clock.now() }),
  };
  const sub = sabotage === 'stall that counts once' ? forgetting(whole, sabotage) : whole;
  let producers = 0;
  const unemitted = allowance(clock);

  const commands = kafka.source(toKafka, topics.commands, `${application}-queue`, name, clock.now);
  const queue = createWorker({
    source: commands,
    log: said,
    crashed: nothing,
    startTask: (partition) =>
      startTask({
        sub,
        partition,
        identity,
        store: storeFor(
          redis.taskStore(toRedis, { ...identity, topic: topics.commands, partition }),
          sabotage,
        ),
        changelog,
        logRange,
        marks,
        formats: newestFormats,
        source: sabotage === 'confirmation' ? unconfirmed(commands) : commands,
        newProducer: () => {
          const own = sabotage === 'transactional id' ? `-${name}-${(producers += 1)}` : '';
          return kafka.transactions(toKafka, `${application}-${topics.commands}-${partition}${own}`);
        },
        appender,
        partitionOf: (key) => partitionOf(key, kafka.partitions),
        clock,
        metrics: { ...engineMetrics, failure: deps.failed },
        log: said,
        recover: () => Promise.resolve(),
        committed: nothing,
        bounds: () => boundsAmong(kafka.partitions),
        unemitted,
      }),
  });

  const events = kafka.source(toKafka, topics.events, `${application}-history`, name, clock.now);
  const history = createWorker({
    source: events,
    log: nothing,
    crashed: nothing,
    startTask: (partition) => {
      const place = { topic: topics.events, partition, cluster };
      return startSink({
        store: postgres.historyStore(toPostgres, place),
        place,
        source: events,
        logRange,
        committed: () => Promise.resolve(null),
        codec,
        clock,
        bounds: () => boundsAmong(kafka.partitions).fetched,
        metrics: historyMetrics,
        log: said,
      });
    },
  });

  const replies = redis.channel(toRedis, `replies:${name}`);
  const reader = createQueueReader(
    redis.stateReader(toRedis, application, topics.commands),
    codec,
    kafka.partitions,
    clock.now,
  );
  const submit = createSubmission({
    appender,
    replies: listen(replies, codec, logger),
    reader,
    codec,
    logger,
    metrics: { timeRequest: nothing, timeRequests: nothing, timeCommand: () => nothing },
    timing: defaultTiming,
    clock,
  });
  void queue.start();
  void history.start();
  return {
    process,
    submit,
    reader,
    states: queue.states,
    stop: async () => {
      await Promise.all([queue.stop(), history.stop()]);
      replies.end();
    },
  };
}

/** The topology with a processor whose queues are sabotaged. */
const forgetting = (from: SubTopology, sabotage: Sabotage): SubTopology => ({
  ...from,
  processor: {
    ...from.processor,
    process: (message, record, context) =>
      from.processor.process(message, record, {
        ...context,
        get: (key) => {
          const value = context.get(key);
          return key.startsWith('queue/') && value ? sabotaged(value as Queue, sabotage) : value;
        },
      }),
  },
});

const storeFor = (store: TaskStore, sabotage: Sabotage | null): TaskStore =>
  sabotage === 'outbox' ? { ...store, outbox: () => Promise.resolve([]) } : store;

const unconfirmed = (source: PartitionSource): PartitionSource => ({
  ...source,
  confirmed: () => Promise.resolve(),
});

const engineMetrics: EngineMetrics = {
  stage: nothing,
  batch: nothing,
  deadLetter: nothing,
  failure: nothing,
  rebalanced: nothing,
  marks: nothing,
  log: nothing,
  task: nothing,
  restoring: nothing,
  timersPending: nothing,
  stalled: nothing,
};

const historyMetrics: HistoryMetrics = {
  state: nothing,
  end: nothing,
  goesOn: nothing,
  behind: nothing,
  applied: nothing,
  failure: nothing,
  gone: nothing,
};
