/** The four URLs by which the application finds its servers, and whether one that was given answers. */
import { CannotStart } from './cannotStart.ts';
import { accepts } from './ports.ts';
import type { ServerName } from './server.ts';

export interface Urls {
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly REDIS_URL: string;
  readonly DATABASE_URL: string;
}

export const urlOf: Readonly<Record<ServerName, keyof Urls>> = {
  kafka: 'KAFKA_BROKERS',
  registry: 'SCHEMA_REGISTRY_URL',
  redis: 'REDIS_URL',
  postgres: 'DATABASE_URL',
};

export const serverNames: readonly ServerName[] = ['kafka', 'registry', 'redis', 'postgres'];

/** Those of the environment; an empty one counts as not given. */
export function givenUrls(env: NodeJS.ProcessEnv): Partial<Urls> {
  return Object.fromEntries(Object.values(urlOf).flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/** What does not accept connections, with its variable; a typing error is better found here than in a retry loop. */
export async function describeSilent(given: Partial<Urls>): Promise<string | undefined> {
  const silent: string[] = [];
  for (const name of Object.values(urlOf)) {
    const url = given[name];
    if (url === undefined) continue;
    const answers = await Promise.all(addresses(name, url).map(([host, port]) => accepts(host, port)));
    if (!answers.includes(true)) silent.push(`  ${name}=${withoutPassword(url)}`);
  }
  return silent.length === 0
    ? undefined
    : `these were given, but do not accept connections:\n${silent.join('\n')}`;
}

const defaultPorts: Partial<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'redis:': 6379,
  'rediss:': 6379,
};

function addresses(name: keyof Urls, url: string): (readonly [string, number])[] {
  if (name === 'KAFKA_BROKERS') {
    return url.split(',').map((broker) => {
      const [host = '', port = '9092'] = broker.trim().split(/:(?=\d+$)/);
      return [host, Number(port)] as const;
    });
  }
  if (!URL.canParse(url)) throw new CannotStart(`${name} is not a URL`);
  const { protocol, hostname, port } = new URL(url);
  return [[hostname.replace(/^\[|\]$/g, ''), Number(port) || (defaultPorts[protocol] ?? 5432)]];
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]*@/, ':…@');
}
