import type { SecureContextOptions } from 'node:tls';
import {
  Kafka,
  type KafkaMessage,
  type logCreator,
  logLevel,
  type Message,
  Partitioners,
  type PartitionMetadata,
  type SASLOptions,
} from 'kafkajs';
import type { Header, InputRecord, OutputRecord } from '../ports.ts';
import './kafkajs/repairs.ts';

export type KafkaClient = Kafka;

/** Where a cluster is, and how a process proves to it who it is: by its certificate, by a password, or not at all. */
export interface KafkaAddress {
  /** host:port. */
  readonly brokers: readonly string[];
  /** PEM. Absent: the connection is not encrypted. Without a `ca`, what Node trusts is trusted. */
  readonly tls?: SecureContextOptions;
  readonly sasl?: {
    readonly mechanism: 'scram-sha-256' | 'scram-sha-512' | 'plain';
    readonly username: string;
    readonly password: string;
  };
}

/** Where the client's own log lines go. */
export type ClientLog = (
  level: 'error' | 'warn' | 'info' | 'debug',
  message: string,
  details: object,
) => void;

const levels: Readonly<Record<number, Parameters<ClientLog>[0]>> = {
  [logLevel.ERROR]: 'warn',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
  [logLevel.DEBUG]: 'debug',
};

/**
 * The client library, configured once. It retries quickly: the default of 300 ms between attempts makes every
 * transaction wait that long, because a coordinator that still completes the last one answers "concurrent
 * transactions" first.
 */
export function kafkaClient(
  { brokers, tls, sasl }: KafkaAddress,
  clientId: string,
  log: ClientLog,
  /** How often what failed is tried again, in some ten seconds. */
  retries = 8,
): Kafka {
  const creator: logCreator =
    () =>
    ({ level, log: { message, ...details } }) =>
      log(isNews(message) ? (levels[level] ?? 'debug') : 'debug', message, details);
  return new Kafka({
    clientId,
    brokers: [...brokers],
    ...(tls && { ssl: tls }),
    // The library's types have one for each mechanism.
    ...(sasl && { sasl: sasl as SASLOptions }),
    logCreator: creator,
    logLevel: logLevel.WARN,
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries },
  });
}

/**
 * Answers that the library retries by itself are no news: what it gives up on reaches the caller as an error. Nor is
 * what we chose: Java's partitioner, and to discard a producer in the end instead of retrying for ever.
 */
const isNews = (message: string): boolean =>
  !/^(Response |Failed to send messages|Limiting retries|KafkaJS v2.0.0 switched default partitioner)/.test(
    message,
  );

/** What the library gave up on: it wraps that in an error which says how often it tried. */
export const causeOf = (error: unknown): unknown => (error instanceof Error ? (error.cause ?? error) : error);

/** Whether that passes, as the library has it: a connection that cannot be made, a partition without a leader. */
export const isPassing = (cause: unknown): boolean =>
  typeof cause === 'object' && cause !== null && 'retriable' in cause && cause.retriable === true;

/** Whether that is what brokers answer to a producer whose transactional id has a newer epoch. */
export const isFencing = (answer: string): boolean =>
  answer === 'INVALID_PRODUCER_EPOCH' || answer === 'PRODUCER_FENCED';

/** A message of the library as a record of ours. */
export const toRecord = (topic: string, partition: number, message: KafkaMessage): InputRecord => ({
  topic,
  partition,
  offset: Number(message.offset),
  timestamp: Number(message.timestamp),
  key: message.key,
  value: message.value,
  headers: toHeaders(message.headers ?? {}),
});

/** A header may come several times; the library then lists its values. One without a value is null there. */
const toHeaders = (headers: NonNullable<KafkaMessage['headers']>): Header[] =>
  Object.entries(headers).flatMap(([key, value]) =>
    [value].flat().flatMap((each: unknown) => {
      if (Buffer.isBuffer(each)) return [{ key, value: each }];
      return each === null || typeof each === 'string' ? [{ key, value: Buffer.from(each ?? '') }] : [];
    }),
  );

/** A record of ours as a message of the library. */
export const toMessage = ({ key, value, headers, partition }: OutputRecord): Message => ({
  key,
  value,
  ...(headers && { headers }),
  ...(partition !== undefined && { partition }),
});

/** About what a record takes in a request, in bytes: its texts may be three bytes a character. */
export const sizeOf = ({ key, value, headers = {} }: OutputRecord): number =>
  100 +
  3 * key.length +
  (value?.length ?? 0) +
  Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + 3 * text.length + 10, 0);

const assign = Partitioners.DefaultPartitioner();
const counts = new Map<number, PartitionMetadata[]>();

/** The partition of a key, as every Kafka client's default (murmur2) has it: upstreams and the queue must agree. */
export const partitionOf = (key: string | Buffer, partitions: number): number =>
  assign({ topic: '', partitionMetadata: metadata(partitions), message: { key, value: null } });

/** The library's function wants the partitions described; of a keyed record it only counts them. */
function metadata(partitions: number): PartitionMetadata[] {
  const known = counts.get(partitions);
  if (known) return known;
  const made = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  counts.set(partitions, made);
  return made;
}
