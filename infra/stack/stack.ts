/**
 * The four servers that the application needs, as a library: `npm start`, `npm test` and the chaos tests all start them
 * here. What has a URL already is used as it is; the rest is started as local processes or as containers.
 */
import { join } from 'node:path';
import type { Materials } from '../security/materials.ts';
import { CannotStart } from './cannotStart.ts';
import { claim, release } from './claim.ts';
import type { Broker, Cluster, Listener } from './cluster.ts';
import { chooseHow, type How } from './how.ts';
import { localServers } from './local.ts';
import type { Making } from './making.ts';
import { describeTaken, freePorts, type PortName, type Ports } from './ports.ts';
import type { Places, Server, ServerName } from './server.ts';
import { silent, type Steps } from './steps.ts';
import { describeSilent, serverNames, urlOf, type Urls } from './urls.ts';

export interface StackOptions {
  /** Where everything is kept that should be there at the next start. */
  readonly dataDir: string;
  /** Where downloads are kept; shared by all stacks of a checkout unless said otherwise. */
  readonly cacheDir?: string;
  /** Free ones when not given. */
  readonly ports?: Ports;
  /** Ports that something else of the caller is going to listen on: taken ones are reported with the others. */
  readonly alsoFree?: readonly PortName[];
  /** Servers that run already. */
  readonly given?: Partial<Urls>;
  /** Only these; all four when not given. The URL of one that is neither started nor given is empty. */
  readonly only?: readonly ServerName[];
  /** Local processes when the machine has what they need, else containers, when not given. */
  readonly how?: How | undefined;
  /** Encrypts what is said to the servers, and lets only users in who prove who they are; as local processes only. */
  readonly materials?: Materials | undefined;
  /** Of Kafka, 1 when not given: several are local processes, replicate topics and let everybody of this machine in. */
  readonly brokers?: number;
  /** Other ways to several brokers, such as through proxies. */
  readonly listeners?: readonly Listener[];
  /** Whether there will be another start on this data: containers for a test are thrown away instead. */
  readonly keep?: boolean;
  readonly steps?: Steps;
  /** Ends a start that is under way: startStack then stops what it has started, and rejects. */
  readonly signal?: AbortSignal;
  /** A server ended without having been asked to. */
  readonly onDeath?: Places['onDeath'];
}

export interface Stack {
  readonly urls: Urls;
  /** Those that this stack started. */
  readonly servers: Partial<Readonly<Record<ServerName, Server>>>;
  /** Of Kafka, one by one in the order of their node ids from 1, where there are several. */
  readonly brokers: readonly Broker[];
  /** In order: the registry, Kafka, Redis, Postgres. Stopping twice is stopping once. */
  stop(): Promise<void>;
}

/** Who may use something goes before what it uses. */
const stopOrder: readonly ServerName[] = ['registry', 'kafka', 'redis', 'postgres'];

/** Not in a data folder: a clean must not take the jars from under a running test. */
export const sharedCache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'stack');

/** Resolves when all answer. Rejects, with nothing left running, when one does not. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, given = {}, steps = silent, cacheDir = sharedCache, materials, brokers = 1 } = options;
  const ports = options.ports ?? (await freePorts());
  const runDir = join(dataDir, 'run');
  const logDir = join(dataDir, 'logs');
  const ended = await claim(runDir, dataDir);
  if (ended.length > 0) steps.say(`✔ Ended what an earlier start had left running: ${ended.join(', ')}`);

  const needed = serverNames.filter(
    (name) => given[urlOf[name]] === undefined && (options.only ?? serverNames).includes(name),
  );
  const servers: Partial<Record<ServerName, Server | Cluster>> = {};
  const stop = async () => {
    for (const name of stopOrder) {
      const server = servers[name];
      if (server?.running !== true) continue;
      await steps.step(name, 'stopping', () => server.stop().then(() => 'stopped'));
    }
    if (options.keep !== true)
      await Promise.all(Object.values(servers).map(async (server) => server.discard?.()));
    release(runDir);
  };
  let stopping: Promise<void> | undefined;
  const stopOnce = () => (stopping ??= stop());

  /** One that fails ends the start of the others. */
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    await refuse(describeSilent(given));
    await refuse(describeTaken(ports, [...(options.alsoFree ?? []), ...needed]));
    if (materials && brokers > 1) throw new CannotStart('several brokers let everybody of this machine in');
    const how = chooseHow({ needed, cacheDir, wish: materials || brokers > 1 ? 'local' : options.how });
    const keep = options.keep === true;
    const making = {
      keep,
      needed,
      ports,
      dataDir,
      cacheDir,
      materials,
      brokers,
      listeners: options.listeners ?? [],
      steps,
      places: { logDir, runDir, signal, onDeath: options.onDeath ?? (() => undefined) },
    };
    const made = how === 'local' ? await localServers(making) : await containers(making);
    for (const server of made) servers[server.name] = server;
    await startAll(made, steps, failed);
  } catch (error) {
    await stopOnce();
    throw error;
  }

  const urls = Object.fromEntries(
    serverNames.map((name) => [urlOf[name], given[urlOf[name]] ?? servers[name]?.url ?? '']),
  ) as unknown as Urls;
  const { kafka } = servers;
  return { urls, servers, brokers: kafka && 'brokers' in kafka ? kafka.brokers : [], stop: stopOnce };
}

/** Loaded only where they are used: testcontainers alone takes a second. */
async function containers(making: Making): Promise<(Server | Cluster)[]> {
  if (making.keep) return (await import('./compose.ts')).composeServers(making);
  return (await import('./testContainers.ts')).testContainers(making);
}

async function refuse(problem: Promise<string | undefined>): Promise<void> {
  const text = await problem;
  if (text !== undefined) throw new CannotStart(text);
}

/**
 * All at once. Returns when each is up, or given up, so that nothing starts behind our back; rejects with the first
 * failure.
 */
async function startAll(servers: readonly Server[], steps: Steps, failed: AbortController): Promise<void> {
  const starts = servers.map(async (server) => {
    try {
      await steps.step(server.name, 'starting', async () => {
        await server.start();
        return `ready on 127.0.0.1:${server.port}`;
      });
    } catch (error) {
      failed.abort(error);
    }
  });
  await Promise.all(starts);
  failed.signal.throwIfAborted();
}
