/**
 * The application's processes, each behind proxies of its own and watched as a supervisor would: one that ends, for
 * whatever reason, is started again. Every life has a folder for its log.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { application, compressedTime, generousLimits } from '../../infra/application/application.ts';
import { freePort } from '../../infra/stack/ports.ts';
import type { Server } from '../../infra/stack/server.ts';
import { until } from '../../infra/stack/until.ts';
import type { Urls } from '../../infra/stack/urls.ts';
import { openProxy, type Proxy } from './proxy.ts';
import type { Wire } from './wires.ts';

/** A supervisor's pause before it starts a process again (ms). */
const restartMillis = 1_000;

export interface Worker {
  readonly name: string;
  readonly url: string;
  readonly redis: Proxy;
  readonly postgres: Proxy;
  /** In the order of the brokers' node ids, from 1; none before a single broker. */
  readonly kafka: readonly Proxy[];
  /** Undefined between two lives. */
  readonly pid: () => number | undefined;
  /** Which of its lives this is, from 1. */
  readonly life: () => number;
  /** It says that it is ready, and is not frozen. */
  readonly isUp: () => boolean;
  /** Sends the signal; the next life begins that much later (ms). Resolves with how this one ended. */
  readonly end: (signal: 'SIGKILL' | 'SIGTERM', restartAfterMillis: number) => Promise<string>;
  readonly freeze: () => void;
  readonly thaw: () => void;
}

/** A process was not there, or not ready, from its end until its next life was ready (ms). */
export interface Gap {
  readonly worker: string;
  readonly from: number;
  readonly until: number;
  readonly how: string;
  /** It ended without a fault that ended it. */
  readonly byItself: boolean;
}

export interface Fleet {
  readonly workers: readonly Worker[];
  readonly gaps: readonly Gap[];
  readonly allUp: () => boolean;
  /** Asks every process to end, and answers how each did. */
  readonly stop: () => Promise<string[]>;
}

interface FleetOptions {
  readonly urls: Urls;
  readonly count: number;
  /** Those of each process to several brokers; a single one is reached without. */
  readonly wires: readonly Wire[];
  readonly folder: string;
  readonly say: (line: string) => void;
}

export async function startFleet({ urls, count, wires, folder, say }: FleetOptions): Promise<Fleet> {
  const gaps: Gap[] = [];
  const members = await Promise.all(
    Array.from({ length: count }, (_, n) => openWorker(`worker-${n + 1}`, urls, wires[n], folder, gaps, say)),
  );
  const workers = members.map(({ worker }) => worker);
  const allUp = (): boolean => workers.every((worker) => worker.isUp());
  return {
    workers,
    gaps,
    allUp,
    stop: () => Promise.all(members.map(({ stop }) => stop())),
  };
}

async function openWorker(
  name: string,
  urls: Urls,
  wire: Wire | undefined,
  folder: string,
  gaps: Gap[],
  say: (line: string) => void,
) {
  const redis = await openProxy(Number(new URL(urls.REDIS_URL).port));
  const postgres = await openProxy(Number(new URL(urls.DATABASE_URL).port));
  const port = await freePort();
  const through = {
    ...urls,
    REDIS_URL: withPort(urls.REDIS_URL, redis.port),
    DATABASE_URL: withPort(urls.DATABASE_URL, postgres.port),
    KAFKA_BROKERS: wire?.brokers ?? urls.KAFKA_BROKERS,
  };
  let server: Server<'app'> | null = null;
  let lives = 0;
  let ready = false;
  let frozen = false;
  let stopping = false;
  /** How long the next life is to wait (ms); null: nobody has asked this one to end. */
  const asked: { restartAfter: number | null } = { restartAfter: null };
  let downSince = Date.now();
  let ended = Promise.resolve('not started');

  /** Resolves with how the process ended. */
  function live(): Promise<string> {
    lives += 1;
    const place = join(folder, name, String(lives).padStart(2, '0'));
    const end = Promise.withResolvers<string>();
    server = application({
      urls: through,
      port,
      env: { ...generousLimits, ...compressedTime },
      places: { logDir: place, runDir: place, onDeath: (_name, how) => end.resolve(how) },
    });
    server.start().then(
      () => {
        ready = true;
      },
      (error: unknown) => {
        end.resolve(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
      },
    );
    return end.promise;
  }

  async function supervise(): Promise<void> {
    while (!stopping) {
      const before = {
        from: downSince,
        how: await ended,
        byItself: lives > 0 && asked.restartAfter === null,
      };
      asked.restartAfter = null;
      ended = live();
      void until(() => ready || stopping, 120_000).then(() => {
        if (before.how !== 'not started') gaps.push({ worker: name, until: Date.now(), ...before });
      });
      const how = await ended;
      ready = false;
      frozen = false;
      downSince = Date.now();
      await sleep(pauseAfter(how));
    }
  }
  function pauseAfter(how: string): number {
    if (asked.restartAfter !== null) return asked.restartAfter;
    say(`! ${name} ended by itself: ${how}`);
    return restartMillis;
  }
  const supervised = supervise();

  const signal = (sent: NodeJS.Signals): void => {
    const pid = server?.pid;
    if (pid !== undefined) process.kill(pid, sent);
  };
  const worker: Worker = {
    name,
    url: `http://127.0.0.1:${port}`,
    redis,
    postgres,
    kafka: wire?.proxies ?? [],
    pid: () => server?.pid,
    life: () => lives,
    isUp: () => ready && !frozen,
    end: (sent, restartAfterMillis) => {
      asked.restartAfter = restartAfterMillis;
      ready = false;
      const how = ended;
      signal(sent);
      return how;
    },
    freeze: () => {
      frozen = true;
      signal('SIGSTOP');
    },
    thaw: () => {
      signal('SIGCONT');
      frozen = false;
    },
  };
  return {
    worker,
    stop: async () => {
      stopping = true;
      const how = server?.pid === undefined ? 'was down' : await worker.end('SIGTERM', 0);
      await supervised;
      for (const proxy of [redis, postgres, ...worker.kafka]) proxy.close();
      return how;
    },
  };
}

function withPort(url: string, port: number): string {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
}

/** Every line that a worker logged, in all of its lives; what is no JSON is left out. */
export function* logLines(folder: string): Generator<Record<string, unknown>> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/^worker-\d+\/\d+\/app\.log$/.test(name)) continue;
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (line.startsWith('{')) yield JSON.parse(line) as Record<string, unknown>;
    }
  }
}
