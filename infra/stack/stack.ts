/**
 * The four servers that the application needs, as a library: `npm start`, `npm test` and the chaos tests all start them
 * here. What has a URL already is used as it is; the rest is started as local processes or as containers.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from './cannotStart.ts';
import { composeServers } from './compose.ts';
import { chooseHow, type How } from './how.ts';
import { endLeftovers, listPidFiles, readPidFile, removePidFile, writePidFile } from './leftovers.ts';
import { localServers } from './local.ts';
import { describeTaken, freePorts, type PortName, type Ports } from './ports.ts';
import type { Places, Server, ServerName } from './server.ts';
import { silent, type Steps } from './steps.ts';
import { testContainers } from './testContainers.ts';
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
  /** Whether the data is wanted again after stop(): containers for a test are thrown away instead. */
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
  /** In order: the registry, Kafka, Redis, Postgres. Stopping twice is stopping once. */
  stop(): Promise<void>;
}

/** Who may use something goes before what it uses. */
const stopOrder: readonly ServerName[] = ['registry', 'kafka', 'redis', 'postgres'];

const sharedCache = join(import.meta.dirname, '..', '..', '.data', 'cache');

/** Resolves when all answer. Rejects, with nothing left running, when one does not. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, given = {}, steps = silent, cacheDir = sharedCache } = options;
  const ports = options.ports ?? (await freePorts());
  const runDir = join(dataDir, 'run');
  const logDir = join(dataDir, 'logs');
  mkdirSync(runDir, { recursive: true });
  await takeOver(runDir, dataDir, steps);

  const needed = serverNames.filter(
    (name) => given[urlOf[name]] === undefined && (options.only ?? serverNames).includes(name),
  );
  const servers: Partial<Record<ServerName, Server>> = {};
  const stop = async () => {
    for (const name of stopOrder) {
      const server = servers[name];
      if (server?.running !== true) continue;
      await steps.step(name, 'stopping', () => server.stop().then(() => 'stopped'));
    }
    removePidFile(runDir, 'start');
  };
  let stopping: Promise<void> | undefined;
  const stopOnce = () => (stopping ??= stop());

  try {
    await refuse(describeSilent(given));
    await refuse(describeTaken(ports, [...(options.alsoFree ?? []), ...needed]));
    const how = chooseHow({ needed, cacheDir, wish: options.how });
    const making = {
      needed,
      ports,
      dataDir,
      cacheDir,
      steps,
      places: { logDir, runDir, signal: options.signal, onDeath: options.onDeath ?? (() => undefined) },
    };
    const containers = options.keep === true ? composeServers : testContainers;
    const made = how === 'local' ? await localServers(making) : containers(making);
    for (const server of made) servers[server.name] = server;
    await startAll(made, steps);
  } catch (error) {
    await stopOnce();
    throw error;
  }

  const urls = Object.fromEntries(
    serverNames.map((name) => [urlOf[name], given[urlOf[name]] ?? servers[name]?.url ?? '']),
  ) as unknown as Urls;
  return { urls, servers, stop: stopOnce };
}

async function refuse(problem: Promise<string | undefined>): Promise<void> {
  const text = await problem;
  if (text !== undefined) throw new CannotStart(text);
}

/** One stack a folder; what a killed one left running is ended. */
async function takeOver(runDir: string, dataDir: string, steps: Steps): Promise<void> {
  const other = readPidFile(runDir, 'start');
  if (other && other.pid !== process.pid) {
    throw new CannotStart(
      `another start is running on ${dataDir} (pid ${other.pid}): end it with Ctrl-C or \`kill ${other.pid}\`,` +
        ' or choose another folder with DATA_DIR and other ports',
    );
  }
  writePidFile(runDir, 'start', process.pid);
  const names = listPidFiles(runDir).filter((name) => name !== 'start');
  // The application first: it must not see its servers go.
  const first = names.filter((name) => name === 'app');
  const rest = names.filter((name) => name !== 'app');
  const ended = [...(await endLeftovers(runDir, first)), ...(await endLeftovers(runDir, rest))];
  if (ended.length > 0) steps.say(`✔ Ended what an earlier start had left running: ${ended.join(', ')}`);
}

/** All at once; when one fails the others are still waited for, so that nothing starts behind our back. */
async function startAll(servers: readonly Server[], steps: Steps): Promise<void> {
  const results = await Promise.allSettled(
    servers.map((server) =>
      steps.step(server.name, 'starting', async () => {
        await server.start();
        return `ready on 127.0.0.1:${server.port}`;
      }),
    ),
  );
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'));
}
