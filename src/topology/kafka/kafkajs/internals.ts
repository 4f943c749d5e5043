/**
 * What of kafkajs 2.2.4 is repaired in this folder, under its own names: the classes of node_modules/kafkajs/src, as far
 * as the repairs use them. The version is pinned, and every repair has a test that fails without it.
 */
import { createRequire } from 'node:module';
import type { Kafka, Producer, ProducerConfig } from 'kafkajs';

export interface Partition {
  readonly partitionId: number;
  /** −1: nobody. */
  readonly leader: number;
}

interface Metadata {
  readonly brokers: readonly { readonly nodeId: number }[];
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly partitionMetadata: readonly Partition[];
  }[];
}

type Request = (given: object) => Promise<unknown>;

export interface Broker {
  readonly nodeId: string | number;
  isConnected: () => boolean;
  connect: () => Promise<void>;
  disconnect: () => Promise<void>;
  metadata: (topics: readonly string[]) => Promise<Metadata>;
  joinGroup: Request;
  syncGroup: Request;
  heartbeat: Request;
  leaveGroup: Request;
  offsetCommit: Request;
  offsetFetch: (given: object) => Promise<{ readonly responses: readonly TopicOffsets[] }>;
}

export interface ConnectionPool {
  readonly host: string;
  readonly port: number;
}

type WithBroker = (asked: { readonly nodeId: string; readonly broker: Broker }) => Promise<unknown>;

/** What was heard of all brokers from the first that answered. */
export interface Seed extends Broker {
  readonly versions: unknown;
}

/** cluster/brokerPool.js */
export interface BrokerPool {
  readonly brokers: Readonly<Record<string, Broker>>;
  readonly connectionPoolBuilder: { readonly build: () => Promise<ConnectionPool> };
  readonly rootLogger: unknown;
  readonly logger: Logger;
  readonly retrier: Retrier;
  readonly createBroker: (options: object) => Seed;
  seedBroker: Seed | undefined;
  versions: unknown;
  metadataExpireAt: number | null;
  hasConnectedBrokers: () => boolean;
  connect: () => Promise<void>;
  findBroker: (which: { readonly nodeId: string }) => Promise<Broker>;
  findConnectedBroker: () => Promise<Pick<Broker, 'metadata'>>;
  withBroker: (callback: WithBroker) => Promise<unknown>;
  removeBroker: (which: object) => void;
}

type Retrier = <T>(attempt: (bail: (error: unknown) => void) => Promise<T>) => Promise<T>;

interface Logger {
  readonly debug: (message: string, details?: object) => void;
  readonly error: (message: string, details?: object) => void;
}

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number }[];
}

interface Wanted {
  readonly fromBeginning?: boolean;
  /** Milliseconds. */
  readonly fromTimestamp?: number;
}

/** cluster/index.js */
export interface Cluster {
  connect: () => Promise<void>;
  disconnect: () => Promise<void>;
  addTargetTopic: (topic: string) => Promise<void>;
  addMultipleTargetTopics: (topics: readonly string[]) => Promise<void>;
  refreshMetadata: () => Promise<void>;
  refreshMetadataIfNecessary: () => Promise<void>;
  getNodeIds: () => readonly string[];
  findBroker: (which: { readonly nodeId: string | number }) => Promise<Broker>;
  findTopicPartitionMetadata: (topic: string) => readonly Partition[];
  findGroupCoordinator: (which: Coordinated) => Promise<Broker>;
  findGroupCoordinatorMetadata: (
    which: Coordinated,
  ) => Promise<{ readonly coordinator: Pick<Broker, 'nodeId'> }>;
  fetchTopicsOffset: (topics: readonly (TopicPartitions & Wanted)[]) => Promise<TopicOffsets[]>;
}

export interface Coordinated {
  /** Or the transactional id. */
  readonly groupId: string;
  /** 0, or none: of a group. */
  readonly coordinatorType?: number;
}

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
}

interface Emitter {
  readonly emit: (event: string, payload: object) => void;
}

/** consumer/offsetManager/index.js */
export interface OffsetManager {
  readonly cluster: Cluster;
  readonly groupId: string;
  readonly autoCommit: boolean;
  readonly topics: readonly string[];
  readonly memberAssignment: Readonly<Record<string, readonly number[]>>;
  readonly topicConfigurations: Readonly<Record<string, Wanted>>;
  readonly resolvedOffsets: Record<string, Record<number, string | undefined>>;
  committedOffsets: () => Record<string, Record<number, string | undefined>>;
  nextOffset: (topic: string, partition: number) => { readonly toString: () => string };
  getCoordinator: () => Promise<Broker>;
  resolveOffsets: () => Promise<void>;
}

/** consumer/consumerGroup.js */
export interface ConsumerGroup {
  readonly cluster: Cluster;
  readonly groupId: string;
  readonly memberId: string | null;
  readonly generationId: number | null;
  readonly sessionTimeout: number;
  readonly maxWaitTime: number;
  readonly coordinator: Broker | null;
  readonly offsetManager: OffsetManager | null;
  readonly seekOffset: { readonly has: (topic: string, partition: number) => boolean };
  readonly instrumentationEmitter: Emitter;
  lastRequest: number;
  assigned: () => readonly { readonly topic: string; readonly partitions: readonly number[] }[];
  joinAndSync: () => Promise<void>;
  leave: () => Promise<void>;
  heartbeat: (given: { readonly interval: number }) => Promise<void>;
  fetch: (nodeId: string) => Promise<Batch[]>;
  recoverFromFetch: (error: unknown) => Promise<void>;
}

/** consumer/runner.js */
export interface Runner {
  readonly consumerGroup: ConsumerGroup;
  readonly running: boolean;
  readonly fetchManager: { readonly stop: () => Promise<void> };
  fetch: (nodeId: string) => Promise<readonly Batch[]>;
  handleBatch: (batch: Batch) => Promise<void>;
  stop: () => Promise<void>;
}

/** network/connection.js */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly requestQueue: {
    readonly waitForPendingRequests: () => Promise<void>;
    readonly rejectAll: (error: Error) => void;
  };
  connect: () => Promise<unknown>;
  disconnect: () => Promise<unknown>;
}

/** protocol/requests/metadata */
export interface Protocol<T> {
  protocol: (asked: { readonly version: number }) => (given: object) => {
    readonly request: unknown;
    readonly response: { readonly parse: (found: T) => Promise<T> };
  };
}

const load = createRequire(import.meta.url);
const prototypeOf = (path: string): unknown =>
  (load(`kafkajs/src/${path}`) as { readonly prototype: unknown }).prototype;

export const brokerPools = prototypeOf('cluster/brokerPool') as BrokerPool;
export const clusters = prototypeOf('cluster') as Cluster;
export const connections = prototypeOf('network/connection') as Connection;
export const consumerGroups = prototypeOf('consumer/consumerGroup') as ConsumerGroup;
export const offsetManagers = prototypeOf('consumer/offsetManager') as OffsetManager;
export const runners = prototypeOf('consumer/runner') as Runner;
export const metadataProtocol = load('kafkajs/src/protocol/requests/metadata') as Protocol<unknown>;
export const shuffle = load('kafkajs/src/utils/shuffle') as <T>(all: readonly T[]) => T[];
export const isInvalidOffset = load('kafkajs/src/consumer/offsetManager/isInvalidOffset') as (
  offset: string | undefined,
) => boolean;
export const { events } = load('kafkajs/src/consumer/instrumentationEvents') as {
  readonly events: { readonly HEARTBEAT: string; readonly REBALANCING: string };
};
export const { KafkaJSConnectionClosedError, KafkaJSMetadataNotLoaded } = load('kafkajs/src/errors') as {
  readonly KafkaJSConnectionClosedError: new (message: string, of: object) => Error;
  readonly KafkaJSMetadataNotLoaded: new (message: string) => Error;
};

const metadataMaxAgeMillis = 300_000;

/** Where the library's client keeps how it reaches a cluster. */
function keyOf(kafka: Kafka): symbol {
  const create = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (!create) throw new Error('this is not the client of kafkajs 2.2.4');
  return create;
}

/** What an admin client, a producer and a consumer of the library each have one of, and the library does not hand out. */
export function clusterOf(kafka: Kafka): Cluster {
  const made = kafka as unknown as Record<symbol, (options: object) => Cluster>;
  const options = { allowAutoTopicCreation: false, metadataMaxAge: metadataMaxAgeMillis };
  return (made[keyOf(kafka)] as (options: object) => Cluster)(options);
}

/** A producer over this cluster: it knows of leaders what the cluster does. */
export function producerOn(kafka: Kafka, cluster: Cluster, config: ProducerConfig): Producer {
  const over = Object.create(kafka) as Kafka;
  Object.defineProperty(over, keyOf(kafka), { value: () => cluster });
  return over.producer(config);
}
