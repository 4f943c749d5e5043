/**
 * One server of the local stack as a process: started with a log file of its own, ready when it answers, stopped the
 * way it likes, killed and started again by chaos tests. It runs in a session of its own, so that Ctrl-C reaches only
 * us and we end the servers in order; a pid file lets the next start find it if we could not.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { removePidFile, writePidFile } from './leftovers.ts';
import { runToEnd, type RunToEnd } from './run.ts';
import { tail } from './tail.ts';
import { until } from './until.ts';

export type ServerName = 'kafka' | 'registry' | 'redis' | 'postgres';

/** How to run a program. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The user to run as, when it must not be ours. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

export interface ServerSpec<Name extends string = ServerName> {
  readonly name: Name;
  readonly port: number;
  readonly url: string;
  /** Before every start: writes configuration, formats what is not formatted yet, and says what to run. */
  readonly prepare: (log: string, run: RunToEnd) => Promise<Program>;
  /** Whether it does its work by now. Asked again and again; `log` is the path of its log. */
  readonly ready: (log: string) => Promise<boolean>;
  /** How it is asked to end, and how long that may take (ms) before it is killed. */
  readonly stop: { readonly signal: NodeJS.Signals; readonly patience: number };
  /** After it was ready and has ended in good order, having been asked to. */
  readonly stopped?: () => void;
}

export interface Server<Name extends string = ServerName> {
  readonly name: Name;
  readonly port: number;
  readonly url: string;
  /** Its log file; a container's is with its engine. */
  readonly log: string | undefined;
  readonly running: boolean;
  /** Undefined while it does not run, and for a container. */
  readonly pid: number | undefined;
  /** Resolves when it is ready; rejects with the end of its log when it is not. */
  start(): Promise<void>;
  /** Asks it to end and waits. */
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** stop() unless it is down already, then start() on the same port and data. */
  restart(): Promise<void>;
  /** Of one whose data is not in the stack's folder: it goes with its data. */
  discard?(): Promise<void>;
}

/** A server that is a process of this machine. */
export interface ServerProcess<Name extends string = ServerName> extends Server<Name> {
  /** SIGSTOP: it keeps its connections and answers nobody. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

/** Slow machines and a first start take tens of seconds; a server that needs longer than this does not come. */
const startPatience = 90_000;

export interface Places {
  readonly logDir: string;
  readonly runDir: string;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the server ends without having been asked to. */
  readonly onDeath: (name: string, how: string, log: string) => void;
}

/** One life of the process. */
interface Run {
  readonly child: ChildProcess;
  state: 'starting' | 'ready' | 'ending';
  /** How it ended. */
  end: string | undefined;
}

export function createServer<Name extends string>(
  spec: ServerSpec<Name>,
  places: Places,
): ServerProcess<Name> {
  const log = join(places.logDir, `${spec.name}.log`);
  let current: Run | undefined;

  async function start(): Promise<void> {
    if (current) throw new Error(`${spec.name} runs already`);
    mkdirSync(places.logDir, { recursive: true });
    if (existsSync(log)) renameSync(log, `${log}.previous`);
    const program = await spec.prepare(log, (what, step, output) =>
      runToEnd(what, step, output, places.signal),
    );
    places.signal?.throwIfAborted();

    const run: Run = { child: launch(program, log), state: 'starting', end: undefined };
    current = run;
    const ended = (how: string) => {
      run.end ??= how;
      if (current === run) current = undefined;
      removePidFile(places.runDir, spec.name);
      if (run.state === 'ready') places.onDeath(spec.name, run.end, log);
    };
    run.child.on('error', (error) => {
      ended(error.message);
    });
    run.child.on('exit', (code, signal) => {
      ended(signal ? `was ended by ${signal}` : `ended with code ${code ?? 'unknown'}`);
    });
    if (run.child.pid !== undefined) writePidFile(places.runDir, spec.name, run.child.pid);

    const isUp = async () => {
      const up = await spec.ready(log);
      if (up && run.state === 'starting') run.state = 'ready';
      return up;
    };
    const isOver = () => run.end !== undefined || places.signal?.aborted === true;
    await until(async () => isOver() || (await isUp()), startPatience);
    if (run.end === undefined && run.state === 'ready') return;
    places.signal?.throwIfAborted();
    const why = run.end ?? `was not ready within ${startPatience / 1000} s`;
    await kill();
    throw new Error(`${spec.name} ${why}. The end of ${log}:\n${tail(log)}`);
  }

  async function end(signal: NodeJS.Signals, patience: number): Promise<void> {
    const run = current;
    if (!run) return;
    const wasReady = run.state === 'ready';
    run.state = 'ending';
    run.child.kill(signal);
    // One that is frozen does not hear it.
    run.child.kill('SIGCONT');
    if (await until(() => run.end !== undefined, patience, 20)) {
      if (wasReady && signal !== 'SIGKILL') spec.stopped?.();
      return;
    }
    if (signal === 'SIGKILL') throw new Error(`${spec.name} (pid ${run.child.pid ?? 0}) survived SIGKILL`);
    await end('SIGKILL', 10_000);
  }

  const signal = (name: NodeJS.Signals) => {
    if (current?.child.kill(name) !== true) throw new Error(`${spec.name} does not run`);
  };
  const stop = () => end(spec.stop.signal, spec.stop.patience);
  const kill = () => end('SIGKILL', 10_000);
  return {
    name: spec.name,
    port: spec.port,
    url: spec.url,
    log,
    get running() {
      return current !== undefined;
    },
    get pid() {
      return current?.child.pid;
    },
    start,
    stop,
    kill,
    restart: async () => {
      await stop();
      await start();
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
}

function launch(program: Program, log: string): ChildProcess {
  // The file itself, not a pipe through us: a server must go on writing when we are gone.
  const output = openSync(log, 'a');
  try {
    return spawn(program.file, program.args, {
      stdio: ['ignore', output, output],
      detached: true,
      env: program.env ?? process.env,
      ...(program.cwd !== undefined && { cwd: program.cwd }),
      ...program.user,
    });
  } finally {
    closeSync(output);
  }
}
