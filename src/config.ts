import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Environment, withFiles } from './fileVariables.ts';
import { type Access, accessOf, accessVariables, type HttpTls, httpTlsOf } from './http/access/config.ts';
import { frontOf, limitsOf, limitVariables, origin } from './http/limits/config.ts';
import type { FrontSettings } from './http/limits/front.ts';
import type { LimitSettings } from './http/limits/limits.ts';
import { pushOf, type PushSettings, pushVariables } from './push/config.ts';
import { list, type Servers, serversOf, serverVariables } from './serverVariables.ts';

/** What a process does; one process may do all of it. */
const roles = ['ingress', 'queue', 'history', 'push'] as const;
type Role = (typeof roles)[number];

const port = z.coerce.number().int().min(0).max(65_535);

/** Every variable the application reads, with its meaning, unit and default. */
const environment = z.object({
  ...serverVariables,
  /** Which client writes the tasks' transactions (docs/decisions/0011). */
  KAFKA_TRANSACTIONS: z.enum(['platformatic', 'kafkajs']).default('platformatic'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: port.default(8080),
  /** The origin that people reach the pages by, as links and QR codes have it; unset: the one that a request came to. */
  PUBLIC_URL: origin.optional(),
  ...accessVariables,
  /**
   * Whether the ingress takes settings under which a minute is shorter than a minute: for demonstrations and tests. Only
   * what is asked over HTTP depends on it: what is in the log is decided alike by every process.
   */
  COMPRESSED_TIME: z.enum(['on', 'off']).default('off'),
  ROLES: list.pipe(z.array(z.enum(roles))).default([...roles]),
  /** Names the consumer groups, transactional ids and Redis keys. Topics have fixed names: one deployment a cluster. */
  APPLICATION_ID: z.string().min(1).default('waiting'),
  /** Partitions and replicas of topics that `setup` creates. */
  TOPIC_PARTITIONS: z.coerce.number().int().min(1).default(8),
  TOPIC_REPLICATION: z.coerce.number().int().min(1).default(1),
  TOPIC_MIN_ISR: z.coerce.number().int().min(1).default(1),
  /** Days after which the history forgets whose a waiting or a no-show was; 0: never. */
  HISTORY_USER_DAYS: z.coerce.number().int().min(0).max(36_500).default(365),
  ...limitVariables,
  ...pushVariables,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface Config extends Servers {
  readonly kafkaTransactions: 'platformatic' | 'kafkajs';
  readonly httpHost: string;
  readonly httpPort: number;
  readonly httpTls: HttpTls | null;
  readonly publicUrl: string | null;
  readonly access: Access;
  readonly compressedTime: boolean;
  readonly roles: readonly Role[];
  readonly applicationId: string;
  /** This process, for claims, client ids and reply channels. */
  readonly instanceId: string;
  readonly topics: { readonly partitions: number; readonly replication: number; readonly minIsr: number };
  readonly historyUserDays: number;
  readonly limits: Omit<LimitSettings, 'shared'>;
  readonly front: FrontSettings;
  /** null: no browser is told while its page is closed. */
  readonly push: PushSettings | null;
  readonly logLevel: string;
}

/** The environment, checked once. Throws one message that names every variable that is missing or wrong. */
export function readConfig(env: Environment): Config {
  const problems = new Map<string, string>();
  const complain = (variable: string, message: string): void => {
    // Of a variable whose file cannot be read it is no news that it is missing.
    if (!problems.has(variable)) problems.set(variable, message);
  };
  const parsed = environment.safeParse(withFiles(env, Object.keys(environment.shape), complain));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) complain(issue.path.join('.'), issue.message);
    throw wrong(problems);
  }
  const given = parsed.data;
  const servers = serversOf(given, complain);
  const access = accessOf(given, given.HTTP_HOST, given.ROLES.includes('ingress'), complain);
  const httpTls = httpTlsOf(given, complain);
  const push = pushOf(given, given.ROLES.includes('push'), complain);
  if (problems.size > 0) throw wrong(problems);
  return Object.freeze({
    ...servers,
    kafkaTransactions: given.KAFKA_TRANSACTIONS,
    httpHost: given.HTTP_HOST,
    httpPort: given.HTTP_PORT,
    httpTls,
    publicUrl: given.PUBLIC_URL ?? null,
    access,
    compressedTime: given.COMPRESSED_TIME === 'on',
    roles: given.ROLES,
    applicationId: given.APPLICATION_ID,
    instanceId: `${hostname()}-${randomUUID().slice(0, 8)}`,
    topics: {
      partitions: given.TOPIC_PARTITIONS,
      replication: given.TOPIC_REPLICATION,
      minIsr: given.TOPIC_MIN_ISR,
    },
    historyUserDays: given.HISTORY_USER_DAYS,
    limits: limitsOf(given),
    front: frontOf(given, httpTls !== null),
    push,
    logLevel: given.LOG_LEVEL,
  });
}

function wrong(problems: ReadonlyMap<string, string>): Error {
  const lines = [...problems].map(([variable, message]) => `  ${variable}: ${message}`);
  return new Error(
    `the environment is not as it should be (see docs/configuration.md):\n${lines.join('\n')}`,
  );
}
