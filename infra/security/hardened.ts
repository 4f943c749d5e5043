/**
 * The product with nothing left open: the servers with TLS, users and their rights, and the application as four
 * processes, each of which may do what it has to and no more. `npm run start:hardened` and a test start it here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs, { type Kafka } from 'kafkajs';
import pg from 'pg';
import { application, type ApplicationOptions, setUp } from '../application/application.ts';
import { linkKeysOf } from '../application/linkKeys.ts';
import { vapidKeysOf } from '../application/vapidKeys.ts';
import { superuser } from '../stack/postgres.ts';
import type { Server } from '../stack/server.ts';
import { type Stack, type StackOptions, startStack } from '../stack/stack.ts';
import { environmentOf, withCredentials } from './environment.ts';
import { createIdentities, type Identities } from './identities.ts';
import { grantKafka } from './kafkaAcls.ts';
import { createMaterials, kafkaAdministrator, type Materials } from './materials.ts';
import { type Principal, principals, roleOf } from './principals.ts';

export interface HardenedStack extends Stack {
  readonly materials: Materials;
  /** Whom the ingress believes. */
  readonly identities: Identities;
  /** The variables by which a principal finds the servers. */
  readonly environment: (principal: Principal) => Readonly<Record<string, string>>;
}

/** Resolves when all answer and every user has his rights. Rejects, with nothing left running, when that fails. */
export async function startHardenedStack(
  options: Omit<StackOptions, 'given' | 'only' | 'how' | 'materials'>,
): Promise<HardenedStack> {
  const materials = await createMaterials(join(options.dataDir, 'security'));
  const identities = await createIdentities(identitiesIn(materials));
  const stack = await startStack({ ...options, materials });
  try {
    await Promise.all([
      grantKafka(administratorsKafka(stack, materials), 'waiting'),
      createRoles(stack.urls.DATABASE_URL, materials),
    ]);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  const environments = new Map(
    principals.map((principal) => [principal, environmentOf(principal, stack.urls, materials)]),
  );
  const vapid = vapidKeysOf(options.dataDir);
  const { VAPID_PUBLIC_KEY } = vapid;
  const believing = { ...identities.environment, LINK_KEYS: linkKeysOf(options.dataDir), VAPID_PUBLIC_KEY };
  environments.set('ingress', { ...environments.get('ingress'), ...believing });
  environments.set('push', { ...environments.get('push'), ...vapid });
  return { ...stack, materials, identities, environment: (principal) => environments.get(principal) ?? {} };
}

export const identitiesIn = ({ folder }: Materials): string => join(folder, 'identities');

function administratorsKafka({ urls }: Stack, { ca, password }: Materials): Kafka {
  return new kafkajs.Kafka({
    clientId: 'administrator',
    brokers: urls.KAFKA_BROKERS.split(','),
    ssl: { ca: readFileSync(ca, 'utf8') },
    sasl: {
      mechanism: 'scram-sha-512',
      username: kafkaAdministrator,
      password: password(kafkaAdministrator),
    },
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

const sql = (name: string): string => readFileSync(join(import.meta.dirname, 'postgres', name), 'utf8');

/** The roles that log in, and their passwords. */
const roles = ['setup', 'history', 'ingress', 'operator'] as const satisfies readonly Principal[];

async function createRoles(url: string, materials: Materials): Promise<void> {
  await withDatabase(superuser(url, materials), async (client) => {
    await client.query(sql('roles.sql'));
    for (const role of roles) {
      const password = pg.escapeLiteral(materials.password(`waiting-${role}`));
      await client.query(`ALTER ROLE ${roleOf(role)} PASSWORD ${password}`);
    }
  });
}

type Places = Pick<ApplicationOptions, 'places'>;

/** Topics, schemas, tables, and who may do what with the tables. */
export async function setUpHardened(stack: HardenedStack, { places }: Places): Promise<void> {
  await setUp({ urls: {}, port: 0, places, env: stack.environment('setup') });
  const { ca, password } = stack.materials;
  const owner = {
    connectionString: withCredentials(stack.urls.DATABASE_URL, roleOf('setup'), password('waiting-setup')),
    ssl: { ca: readFileSync(ca, 'utf8') },
  };
  await withDatabase(owner, (client) => client.query(sql('grants.sql')));
}

async function withDatabase(
  address: pg.ClientConfig,
  action: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await action(client);
  } finally {
    await client.end();
  }
}

/** A process of the application, and the role that it plays. */
const processes = { ingress: 'ingress', worker: 'queue', history: 'history', push: 'push' } as const;
export type ProcessName = keyof typeof processes;

/** Not started yet. */
export const hardenedProcess = (
  stack: HardenedStack,
  name: ProcessName,
  { port, places, env = {} }: Pick<ApplicationOptions, 'port' | 'places' | 'env'>,
): Server<ProcessName> =>
  application({
    name,
    urls: {},
    port,
    places,
    env: { ...stack.environment(name), ROLES: processes[name], ...env },
  });
