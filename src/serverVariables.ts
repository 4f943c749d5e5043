/** The variables that say where the servers are, and how a process proves to them who it is. */
import { z } from 'zod';
import type { Complain } from './fileVariables.ts';
import type { DatabaseAddress } from './history/database.ts';
import type { RegistryAddress } from './schemas/registryAddress.ts';
import type { KafkaAddress } from './topology/kafka/client.ts';
import type { RedisAddress, Sentinels } from './topology/redis/connections.ts';

/** Comma-separated. */
export const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().min(1)).min(1));
const pem = z
  .string()
  .includes('-----BEGIN ', { error: 'is no PEM: a path goes into the variable with _FILE at its end' })
  .optional();

export const serverVariables = {
  /** Comma-separated host:port. */
  KAFKA_BROKERS: list,
  KAFKA_TLS: z.enum(['true', 'false']).default('false'),
  KAFKA_TLS_CA: pem,
  KAFKA_TLS_CERT: pem,
  KAFKA_TLS_KEY: pem,
  KAFKA_SASL_MECHANISM: z.enum(['scram-sha-256', 'scram-sha-512', 'plain']).optional(),
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().optional(),
  /** Base URL of a Confluent-compatible registry API. */
  SCHEMA_REGISTRY_URL: z.url({ protocol: /^https?$/ }),
  SCHEMA_REGISTRY_TLS_CA: pem,
  SCHEMA_REGISTRY_TLS_CERT: pem,
  SCHEMA_REGISTRY_TLS_KEY: pem,
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  /** What the ingress counts requests with. */
  REDIS_LIMITS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** What subscriptions of Web Push are kept with. */
  REDIS_PUSH_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** Comma-separated host:port of sentinels; the host in the URLs is then their name for the primary. */
  REDIS_SENTINELS: list.optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_TLS_CA: pem,
  REDIS_TLS_CERT: pem,
  REDIS_TLS_KEY: pem,
  DATABASE_URL: z.url(),
  /** What the ingress reads with. */
  DATABASE_READ_URL: z.url().optional(),
  DATABASE_TLS_CA: pem,
  DATABASE_TLS_CERT: pem,
  DATABASE_TLS_KEY: pem,
};

type Given = z.output<z.ZodObject<typeof serverVariables>>;

export interface Servers {
  readonly kafka: KafkaAddress;
  readonly schemaRegistry: RegistryAddress;
  readonly redis: RedisAddress;
  readonly limitsRedis: RedisAddress;
  readonly pushRedis: RedisAddress;
  /** For whoever writes history, and for tools. */
  readonly database: DatabaseAddress;
  readonly readDatabase: DatabaseAddress;
}

/** Complaints are of variables that contradict each other, or would give a secret away. */
export function serversOf(given: Given, complain: Complain): Servers {
  const {
    REDIS_URL: redisUrl,
    REDIS_LIMITS_URL: limitsUrl = redisUrl,
    REDIS_PUSH_URL: pushUrl = redisUrl,
  } = given;
  const redisTls = tlsOf(
    'REDIS',
    given,
    complain,
    unlessOver('rediss', 'REDIS_URL', redisUrl) ??
      unlessOver('rediss', 'REDIS_LIMITS_URL', limitsUrl) ??
      unlessOver('rediss', 'REDIS_PUSH_URL', pushUrl),
  );
  const sentinels = sentinelsOf(given, complain);
  const registryUrl = given.SCHEMA_REGISTRY_URL;
  const registryTls = tlsOf(
    'SCHEMA_REGISTRY',
    given,
    complain,
    unlessOver('https', 'SCHEMA_REGISTRY_URL', registryUrl),
  );
  const databaseTls = tlsOf('DATABASE', given, complain);
  const database = (name: 'DATABASE_URL' | 'DATABASE_READ_URL', url: string): DatabaseAddress => {
    // The client would take what the URL says, and drop the certificates without a word.
    if (databaseTls && /[?&]ssl/.test(url))
      complain(
        name,
        'must not speak of ssl beside DATABASE_TLS_…: with these the server is verified in full',
      );
    return { url, ...databaseTls };
  };
  return {
    kafka: kafkaOf(given, complain),
    schemaRegistry: { ...withoutCredentials(new URL(registryUrl)), ...registryTls },
    redis: { url: redisUrl, ...redisTls, ...sentinels },
    limitsRedis: { url: limitsUrl, ...redisTls, ...sentinels },
    pushRedis: { url: pushUrl, ...redisTls, ...sentinels },
    database: database('DATABASE_URL', given.DATABASE_URL),
    readDatabase: database('DATABASE_READ_URL', given.DATABASE_READ_URL ?? given.DATABASE_URL),
  };
}

function sentinelsOf(given: Given, complain: Complain): { readonly sentinels?: Sentinels } {
  const { REDIS_SENTINELS: addresses, REDIS_SENTINEL_PASSWORD: password } = given;
  if (addresses === undefined) {
    if (password !== undefined) complain('REDIS_SENTINEL_PASSWORD', 'needs REDIS_SENTINELS to be said, too');
    return {};
  }
  const parsed = addresses.map((address) => {
    const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
    if (host === '') complain('REDIS_SENTINELS', `${address} is no host:port`);
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  });
  return { sentinels: { addresses: parsed, password } };
}

function kafkaOf(given: Given, complain: Complain): KafkaAddress {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = given;
  const secured = given.KAFKA_TLS === 'true';
  const unsecured = secured ? undefined : 'KAFKA_TLS must be true';
  const tls = tlsOf('KAFKA', given, complain, unsecured) ?? (secured ? { tls: {} } : undefined);
  const address = { brokers: given.KAFKA_BROKERS, ...tls };
  if (mechanism === undefined) {
    for (const name of ['KAFKA_USERNAME', 'KAFKA_PASSWORD'] as const)
      if (given[name] !== undefined) complain(name, 'needs KAFKA_SASL_MECHANISM to be said, too');
    return address;
  }
  if (mechanism === 'plain' && !secured)
    complain('KAFKA_SASL_MECHANISM', 'plain shows the password to the network: only with KAFKA_TLS=true');
  if (username === undefined || password === undefined) {
    complain('KAFKA_SASL_MECHANISM', 'needs KAFKA_USERNAME and KAFKA_PASSWORD');
    return address;
  }
  return { ...address, sasl: { mechanism, username, password } };
}

type Prefix = 'KAFKA' | 'SCHEMA_REGISTRY' | 'REDIS' | 'DATABASE';

/** What is trusted, and what we prove ourselves with. `unsecured`: what keeps the connection from being one of TLS. */
function tlsOf(prefix: Prefix, given: Given, complain: Complain, unsecured?: string) {
  const ca = given[`${prefix}_TLS_CA`];
  const cert = given[`${prefix}_TLS_CERT`];
  const key = given[`${prefix}_TLS_KEY`];
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  if (unsecured !== undefined) complain(`${prefix}_TLS_CA`, `and its like need TLS: ${unsecured}`);
  if ((cert === undefined) !== (key === undefined))
    complain(`${prefix}_TLS_CERT`, `and ${prefix}_TLS_KEY belong together`);
  return { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } };
}

const unlessOver = (scheme: string, variable: string, url: string): string | undefined =>
  url.startsWith(`${scheme}:`) ? undefined : `${variable} must begin with ${scheme}://`;

/** A request does not take them in its URL. */
function withoutCredentials(url: URL): RegistryAddress {
  const { username, password } = url;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const address = { url: bare.href.replace(/\/$/, '') };
  if (username === '') return address;
  return {
    ...address,
    auth: { username: decodeURIComponent(username), password: decodeURIComponent(password) },
  };
}
