/** The variables by which a principal finds the servers of a hardened stack; its secrets are in files of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Urls } from '../stack/urls.ts';
import type { Materials } from './materials.ts';
import { type Principal, roleOf, userOf, type usersOfRedis } from './principals.ts';

type Variables = Readonly<Record<string, string>>;

/** Those of a principal, to be laid over whatever environment there is. */
export function environmentOf(principal: Principal, urls: Urls, materials: Materials): Variables {
  const user = userOf(principal);
  const folder = join(materials.folder, principal);
  const secrets = secretsOf(principal, urls, materials);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, value] of Object.entries(secrets))
    writeFileSync(join(folder, name), `${value}\n`, { mode: 0o600 });

  const certificates = ['KAFKA', 'SCHEMA_REGISTRY', 'REDIS', 'DATABASE'].filter(
    (server) => server !== 'REDIS' || urls.REDIS_URL.startsWith('rediss:'),
  );
  const pair = materials.pair(user);
  const variables = {
    SCHEMA_REGISTRY_URL: urls.SCHEMA_REGISTRY_URL,
    KAFKA_TLS: 'true',
    ...Object.fromEntries(certificates.map((server) => [`${server}_TLS_CA_FILE`, materials.ca])),
    // Either is enough; the history shows the one, everybody else the other.
    ...(principal === 'history'
      ? {
          KAFKA_BROKERS: `127.0.0.1:${materials.mutualPort}`,
          KAFKA_TLS_CERT_FILE: pair.cert,
          KAFKA_TLS_KEY_FILE: pair.key,
        }
      : {
          KAFKA_BROKERS: urls.KAFKA_BROKERS,
          KAFKA_SASL_MECHANISM: 'scram-sha-512',
          KAFKA_USERNAME: user,
        }),
    ...Object.fromEntries(
      Object.keys(secrets).flatMap((name) => [
        [`${name}_FILE`, join(folder, name)],
        // One that is in the environment already would contradict the file.
        [name, ''],
      ]),
    ),
  };
  writeFileSync(join(folder, shellFile), asShell(variables), { mode: 0o600 });
  return variables;
}

/** For `. env.sh` in a shell, beside the secrets it names. */
export const shellFile = 'env.sh';

const asShell = (variables: Variables): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');

function secretsOf(principal: Principal, urls: Urls, materials: Materials): Variables {
  const user = userOf(principal);
  const password = materials.password(user);
  const as = (url: string, name: string): string => withCredentials(url, name, password);
  const redis = { REDIS_URL: as(urls.REDIS_URL, user) };
  const database = { DATABASE_URL: as(urls.DATABASE_URL, roleOf(principal)) };
  const kafka = { KAFKA_PASSWORD: password };
  const redisAs = (name: (typeof usersOfRedis)[number]): string =>
    withCredentials(urls.REDIS_URL, userOf(name), materials.password(userOf(name)));
  // Whoever has no business with a server has its address alone, which every configuration names.
  const nobodys = { REDIS_URL: urls.REDIS_URL, DATABASE_URL: urls.DATABASE_URL };
  switch (principal) {
    case 'setup':
      return { ...nobodys, ...kafka, ...database };
    case 'ingress':
      return {
        ...kafka,
        ...redis,
        // These write, and the state must not be written: so they are other users.
        REDIS_LIMITS_URL: redisAs('limits'),
        REDIS_PUSH_URL: redisAs('subscriptions'),
        ...database,
      };
    case 'worker':
      return { ...nobodys, ...kafka, ...redis };
    case 'history':
      return { ...redis, ...database };
    case 'push':
      return { ...nobodys, ...kafka, ...redis, REDIS_PUSH_URL: redisAs('subscriptions') };
    case 'upstream':
      return { ...nobodys, ...kafka };
    case 'operator':
      return { ...kafka, ...redis, ...database };
  }
}

export function withCredentials(url: string, user: string, password: string): string {
  const full = new URL(url);
  full.username = user;
  full.password = password;
  return full.href;
}
