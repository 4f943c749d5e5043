/**
 * The four servers that the application needs, as a library: `npm start`, `npm test` and the chaos tests all start them
 * here. What has a URL already is used as it is; the rest is started as local processes or as containers.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startContainers } from './containers.ts';
import { endLeftovers, listPidFiles, readPidFile, removePidFile, writePidFile } from './leftovers.ts';
import { localSpecs } from './local.ts';
import { describeTaken, freePorts, type PortName, type Ports } from './ports.ts';
import { createServer, type Places, type Server, type ServerName } from './server.ts';
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
  readonly how?: 'local' | 'containers';
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
  const { dataDir, given = {}, steps = silent } = options;
  const ports = options.ports ?? (await freePorts());
  const runDir = join(dataDir, 'run');
  const logDir = join(dataDir, 'logs');
  mkdirSync(runDir, { recursive: true });
  await takeOver(runDir, dataDir, steps);

  const needed = serverNames.filter(
    (name) => given[urlOf[name]] === undefined && (options.only ?? serverNames).includes(name),
  );
  const problem =
    (await describeSilent(given)) ?? (await describeTaken(ports, [...(options.alsoFree ?? []), ...needed]));
  if (problem !== undefined) {
    removePidFile(runDir, 'start');
    throw new Error(problem);
  }

  const servers: Partial<Record<ServerName, Server>> = {};
  const stop = async () => {
    for (const name of stopOrder) {
      const server = servers[name];
      if (server?.pid === undefined) continue;
      await steps.step(name, 'stopping', () => server.stop().then(() => 'stopped'));
    }
    removePidFile(runDir, 'start');
  };
  let stopping: Promise<void> | undefined;
  const stopOnce = () => (stopping ??= stop());

  try {
    const places = { logDir, runDir, signal: options.signal, onDeath: options.onDeath ?? (() => undefined) };
    const make =
      options.how === 'containers'
        ? startContainers
        : () =>
            localSpecs({
              needed,
              ports,
              dataDir,
              cacheDir: options.cacheDir ?? sharedCache,
              logDir,
              steps,
              signal: options.signal,
            });
    for (const spec of await make()) servers[spec.name] = createServer(spec, places);
    await startAll(Object.values(servers), steps);
  } catch (error) {
    await stopOnce();
    throw error;
  }

  const urls = Object.fromEntries(
    serverNames.map((name) => [urlOf[name], given[urlOf[name]] ?? servers[name]?.url ?? '']),
  ) as unknown as Urls;
  return { urls, servers, stop: stopOnce };
}

/** One stack a folder; what a killed one left running is ended. */
async function takeOver(runDir: string, dataDir: string, steps: Steps): Promise<void> {
  const other = readPidFile(runDir, 'start');
  if (other && other.pid !== process.pid) {
    throw new Error(
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
