/** The application as one more process of the local stack: it waits for `/health/ready`, and stops before its servers. */
import { join } from 'node:path';
import { runToEnd } from '../stack/run.ts';
import { createServer, type Places, type Program, type Server } from '../stack/server.ts';
import type { Urls } from '../stack/urls.ts';

const ownRoot = join(import.meta.dirname, '..', '..');

export interface ApplicationOptions<Name extends string = string> {
  /** Of its log and pid file; `app` when not given. */
  readonly name?: Name;
  /** Those that are not among the other variables. */
  readonly urls: Partial<Urls>;
  readonly port: number;
  readonly places: Places;
  /** Variables that it gets beside ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** More of Node's options, such as a profiler's. */
  readonly nodeOptions?: readonly string[];
  /** The folder of another build's sources; this one's when not given. */
  readonly root?: string;
}

/** For load generators: all of their requests come from one address and one principal. They are counted all the same. */
export const generousLimits = { RATE_LIMIT_FACTOR: '1000' };

/** For demonstrations and tests, whose deadlines are to pass within seconds. */
export const compressedTime = { COMPRESSED_TIME: 'on' };

/**
 * As the image has them. kafkajs sets timers for moments that are past; Node 24 remarks on it, and it is harmless. A
 * small young generation, and few arenas of malloc, keep a third of the memory that a backlog would otherwise take.
 */
const imageOptions = ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=8'];

function program(options: ApplicationOptions, script: string, ...args: string[]): Program {
  const { urls, port, env, nodeOptions = [], root = ownRoot } = options;
  return {
    file: process.execPath,
    args: [...imageOptions, ...nodeOptions, join(root, 'src', script), ...args],
    cwd: root,
    env: {
      ...process.env,
      ...env,
      MALLOC_ARENA_MAX: '2',
      ...urls,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
    },
  };
}

/** Creates the topics, registers the schemas and migrates the tables that are missing. */
export const setUp = (options: ApplicationOptions): Promise<void> => runCommand(options, 'setup');

/** Holds what is kept against the logs. Rejects, with the end of what was said, when something differs. */
export const verify = (options: ApplicationOptions): Promise<void> => runCommand(options, 'verify');

/** Runs one of the operators' commands; what it says goes to a log of its name. */
async function runCommand(options: ApplicationOptions, command: string): Promise<void> {
  const { logDir, signal } = options.places;
  await runToEnd(command, program(options, 'cli.ts', command), join(logDir, `${command}.log`), signal);
}

export function application<Name extends string = 'app'>(options: ApplicationOptions<Name>): Server<Name> {
  const url = `http://127.0.0.1:${options.port}`;
  return createServer(
    {
      name: options.name ?? ('app' as Name),
      port: options.port,
      url,
      prepare: () => Promise.resolve(program(options, 'main.ts')),
      ready: async () => {
        try {
          return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) })).status === 200;
        } catch {
          return false; // not listening yet
        }
      },
      // It commits what it has decided and answers what it has taken.
      stop: { signal: 'SIGTERM', patience: 20_000 },
    },
    options.places,
  );
}
