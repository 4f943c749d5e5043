import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Access, accessOf, accessVariables, type HttpTls, httpTlsOf } from './http/access/config.ts';

/** What a process does; one process may do all of it. */
const roles = ['ingress', 'queue', 'history'] as const;
type Role = (typeof roles)[number];

const port = z.coerce.number().int().min(0).max(65_535);
const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().min(1)).min(1));

/** Every variable the application reads, with its meaning, unit and default. */
const environment = z.object({
  /** Comma-separated host:port. */
  KAFKA_BROKERS: list,
  /** Which client writes the tasks' transactions (docs/decisions/0011). */
  KAFKA_TRANSACTIONS: z.enum(['platformatic', 'kafkajs']).default('platformatic'),
  /** Base URL of a Confluent-compatible registry API. */
  SCHEMA_REGISTRY_URL: z.url(),
  REDIS_URL: z.url(),
  DATABASE_URL: z.url(),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: port.default(8080),
  ...accessVariables,
  ROLES: list.pipe(z.array(z.enum(roles))).default([...roles]),
  /** Names the consumer groups, transactional ids and Redis keys. Topics have fixed names: one deployment a cluster. */
  APPLICATION_ID: z.string().min(1).default('waiting'),
  /** Partitions and replicas of topics that `setup` creates. */
  TOPIC_PARTITIONS: z.coerce.number().int().min(1).default(8),
  TOPIC_REPLICATION: z.coerce.number().int().min(1).default(1),
  TOPIC_MIN_ISR: z.coerce.number().int().min(1).default(1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface Config {
  readonly kafkaBrokers: readonly string[];
  readonly kafkaTransactions: 'platformatic' | 'kafkajs';
  readonly schemaRegistryUrl: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly httpTls: HttpTls | null;
  readonly access: Access;
  readonly roles: readonly Role[];
  readonly applicationId: string;
  /** This process, for claims, client ids and reply channels. */
  readonly instanceId: string;
  readonly topics: { readonly partitions: number; readonly replication: number; readonly minIsr: number };
  readonly logLevel: string;
}

/** The environment, checked once. Throws one message that names every variable that is missing or wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // A variable that is set to nothing is not set: compose files and shells pass on empty ones.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(set);
  if (!parsed.success) {
    throw wrong(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  const given = parsed.data;
  const complaints: string[] = [];
  const complain = (variable: string, message: string): void =>
    void complaints.push(`${variable}: ${message}`);
  const access = accessOf(given, given.HTTP_HOST, given.ROLES.includes('ingress'), complain);
  const httpTls = httpTlsOf(given, complain);
  if (complaints.length > 0) throw wrong(complaints);
  return Object.freeze({
    kafkaBrokers: given.KAFKA_BROKERS,
    kafkaTransactions: given.KAFKA_TRANSACTIONS,
    schemaRegistryUrl: given.SCHEMA_REGISTRY_URL,
    redisUrl: given.REDIS_URL,
    databaseUrl: given.DATABASE_URL,
    httpHost: given.HTTP_HOST,
    httpPort: given.HTTP_PORT,
    httpTls,
    access,
    roles: given.ROLES,
    applicationId: given.APPLICATION_ID,
    instanceId: `${hostname()}-${randomUUID().slice(0, 8)}`,
    topics: {
      partitions: given.TOPIC_PARTITIONS,
      replication: given.TOPIC_REPLICATION,
      minIsr: given.TOPIC_MIN_ISR,
    },
    logLevel: given.LOG_LEVEL,
  });
}

const wrong = (problems: readonly string[]): Error =>
  new Error(
    `the environment is not as it should be (see docs/configuration.md):\n${problems.map((each) => `  ${each}`).join('\n')}`,
  );
