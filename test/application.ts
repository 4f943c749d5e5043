/**
 * The application as a process of its own, on the servers that `npm test` has started or on others of a test: started
 * on a free port, its logs in a folder that is thrown away, and gone when the test is over. Tests share topics and
 * state and keep apart by restaurant.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { application, compressedTime, generousLimits, setUp } from '../infra/application/application.ts';
import { freePort } from '../infra/stack/ports.ts';
import type { Server } from '../infra/stack/server.ts';
import { until } from '../infra/stack/until.ts';
import { givenUrls, type Urls } from '../infra/stack/urls.ts';
import { type Codec, createCodec } from '../src/schemas/codec.ts';
import { connectRegistry } from '../src/schemas/registry.ts';
import { topics } from '../src/schemas/topics.ts';
import { type Client, httpClient } from './http.ts';
import { openUpstream, type Upstream } from './upstream.ts';

/** One process, which may be stopped, killed and started again. */
export interface Application extends Client {
  /** To be asked to stop, or killed. */
  readonly server: Server<'app'>;
  /** Resolves when it is ready. */
  readonly start: () => Promise<void>;
  /** Whether the log of its present life has a line with the message. */
  readonly says: (message: string) => boolean;
  /** What it has logged in its present life and in the one before. */
  readonly logged: () => string;
  /** How it ended without having been asked to through `server`; null: it did not. */
  readonly ended: () => string | null;
}

export interface Setting {
  readonly urls: Urls;
  readonly kafka: Kafka;
  readonly redis: Redis;
  /** For what the application has written. */
  readonly codec: Codec;
  /** Of every topic. */
  readonly partitions: number;
  readonly upstream: Upstream;
  /**
   * Another process of the application, not started yet, with these variables beside ours, and by other ways to servers;
   * of another build where its folder is given.
   */
  readonly application: (
    env?: Readonly<Record<string, string>>,
    by?: Partial<Urls>,
    root?: string,
  ) => Promise<Application>;
}

/** The servers of this run of `npm test`. Throws when there are none: nothing is skipped here. */
export function servers(): Urls {
  const urls = givenUrls(process.env);
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL, DATABASE_URL } = urls;
  if (!KAFKA_BROKERS || !SCHEMA_REGISTRY_URL || !REDIS_URL || !DATABASE_URL) {
    throw new Error('the integration tests need their servers: run `npm test`');
  }
  return { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL, DATABASE_URL };
}

/** The library with its defaults, like another team's client. */
export const kafkaOf = ({ KAFKA_BROKERS }: Urls): Kafka =>
  new Kafka({ clientId: 'test', brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING });

interface Open extends Setting {
  /** Rejects when a process of the application is left, or had ended by itself. */
  readonly close: () => Promise<void>;
}

async function open(urls: Urls, topicVariables: Readonly<Record<string, string>> = {}): Promise<Open> {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-app-'));
  const made: Application[] = [];
  const pids = new Set<number>();
  const ends: string[] = [];

  async function make(
    env: Readonly<Record<string, string>> = {},
    by: Partial<Urls> = {},
    root?: string,
  ): Promise<Application> {
    const port = await freePort();
    const place = join(folder, String(made.length + 1));
    let ended: string | null = null;
    const server = application({
      ...(root !== undefined && { root }),
      urls: { ...urls, ...by },
      port,
      // As of one deployment: a repeat is answered alike by every process of it.
      env: {
        ...generousLimits,
        ...compressedTime,
        LINK_KEYS: 'a key for the links of tests that is long enough',
        ...env,
      },
      places: {
        logDir: place,
        runDir: place,
        onDeath: (_name, how, log) => {
          ended = how;
          if (how !== 'ended with code 0') ends.push(`${how}; see ${log}`);
        },
      },
    });
    const one: Application = {
      ...httpClient(server.url),
      server,
      start: async () => {
        const noted = async (): Promise<void> => {
          await until(() => server.pid !== undefined, 5_000, 1);
          if (server.pid !== undefined) pids.add(server.pid);
        };
        // Whatever becomes of it, that process must be gone in the end.
        await Promise.all([server.start(), noted()]);
      },
      says: (message) => {
        const log = server.log ?? '';
        return existsSync(log) && readFileSync(log, 'utf8').includes(`"msg":"${message}"`);
      },
      logged: () => {
        const { log = '' } = server;
        const lives = [`${log}.previous`, log].filter((file) => existsSync(file));
        return lives.map((file) => readFileSync(file, 'utf8')).join('');
      },
      ended: () => ended,
    };
    made.push(one);
    return one;
  }

  const registry = connectRegistry({ url: urls.SCHEMA_REGISTRY_URL });
  const places = { logDir: folder, runDir: folder, onDeath: () => undefined };
  await setUp({ urls, port: 0, places, env: topicVariables });
  const kafka = kafkaOf(urls);
  const admin = kafka.admin();
  await admin.connect();
  const metadata = await admin.fetchTopicMetadata({ topics: [topics.commands] });
  await admin.disconnect();
  const redis = new Redis(urls.REDIS_URL);
  // It comes back by itself when a test has killed Redis.
  redis.on('error', () => undefined);
  const upstream = await openUpstream(kafka, urls.SCHEMA_REGISTRY_URL);

  return {
    urls,
    kafka,
    redis,
    codec: createCodec(await registry.lookUp(), registry),
    partitions: metadata.topics[0]?.partitions.length ?? 0,
    upstream,
    application: make,
    close: async () => {
      redis.disconnect();
      await upstream.close();
      for (const { server } of made) await server.stop();
      const left = [...pids].filter(isRunning);
      if (left.length > 0) throw new Error(`processes of the application are left: ${left.join(', ')}`);
      if (ends.length > 0) throw new Error(`the application ended by itself: ${ends.join('; ')}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
}

/** Runs the callback; every process that it started is gone afterwards. */
export async function withSetting(
  callback: (setting: Setting) => Promise<void>,
  urls: Urls = servers(),
  /** What `setup` is told of topics that it creates. */
  topicVariables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const setting = await open(urls, topicVariables);
  try {
    await callback(setting);
  } finally {
    await setting.close();
  }
}

/** Longer than the stack's own patience with a start, so that it is heard what kept it. */
const startMillis = 100_000;

/** One running application for all tests of a file. What it answers may be called inside tests only. */
export function sharedApplication(
  env: Readonly<Record<string, string>> = {},
): () => Setting & { readonly app: Application } {
  let shared: (Open & { readonly app: Application }) | null = null;
  beforeAll(async () => {
    const setting = await open(servers());
    const app = await setting.application(env);
    shared = { ...setting, app };
    await app.start();
  }, startMillis);
  afterAll(() => shared?.close());
  return () => {
    if (!shared) throw new Error('the application is there while tests run');
    return shared;
  };
}
