/**
 * The throw-away servers of `STACK=containers`: each keeps what it was given over a stop and a kill, none is reachable
 * from another machine, and nothing is left of them.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { Server } from '../../infra/stack/server.ts';
import { startStack } from '../../infra/stack/stack.ts';
import type { Urls } from '../../infra/stack/urls.ts';
import { kafkaOf } from '../application.ts';

const run = promisify(execFile);

const lines = async (...args: readonly string[]): Promise<string[]> =>
  (await run('docker', args)).stdout.split('\n').filter(Boolean).sort();

/** What each server keeps of one word. */
const memories: readonly (readonly [
  name: string,
  remember: (urls: Urls, word: string) => Promise<unknown>,
  recall: (urls: Urls) => Promise<readonly string[]>,
])[] = [
  [
    'kafka',
    async (urls, topic) => {
      const admin = kafkaOf(urls).admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
      const transactional = kafkaOf(urls).producer({ transactionalId: topic, maxInFlightRequests: 1 });
      await transactional.connect();
      const transaction = await transactional.transaction();
      await transaction.send({ topic, messages: [{ value: topic }] });
      await transaction.commit();
      await Promise.all([transactional.disconnect(), admin.disconnect()]);
    },
    async (urls) => {
      const admin = kafkaOf(urls).admin();
      await admin.connect();
      const all = await admin.listTopics();
      await admin.disconnect();
      return all.filter((topic) => topic.startsWith('word-'));
    },
  ],
  [
    'registry',
    ({ SCHEMA_REGISTRY_URL }, word) =>
      fetch(`${SCHEMA_REGISTRY_URL}/subjects/${word}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ schema: '"string"' }),
      }),
    async ({ SCHEMA_REGISTRY_URL }) =>
      (await fetch(`${SCHEMA_REGISTRY_URL}/subjects`)).json() as Promise<string[]>,
  ],
  [
    'redis',
    (urls, word) => withRedis(urls, (redis) => redis.sadd('words', word)),
    (urls) => withRedis(urls, (redis) => redis.smembers('words')),
  ],
  [
    'postgres',
    async (urls, word) => {
      await withPostgres(urls, 'CREATE TABLE IF NOT EXISTS words (word text)');
      await withPostgres(urls, `INSERT INTO words VALUES ('${word}')`);
    },
    (urls) => withPostgres(urls, 'SELECT word FROM words'),
  ],
];

async function withRedis<T>({ REDIS_URL }: Urls, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(REDIS_URL);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function withPostgres({ DATABASE_URL }: Urls, sql: string): Promise<string[]> {
  const client = new Client({ connectionString: DATABASE_URL });
  await client.connect();
  try {
    return (await client.query<{ word: string }>(sql)).rows.map(({ word }) => word);
  } finally {
    await client.end();
  }
}

test('servers in containers keep their data when they are stopped and killed, and nothing stays of them', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'waiting-containers-'));
  const before = await lines('ps', '--all', '--quiet');
  const stack = await startStack({ dataDir, how: 'containers' });
  const servers = Object.values(stack.servers);
  const each = (work: (server: Server) => Promise<void>): Promise<unknown> => Promise.all(servers.map(work));
  try {
    const ours = (await lines('ps', '--quiet')).filter((id) => !before.includes(id));
    expect(ours).toHaveLength(4);
    for (const id of ours) expect((await lines('port', id)).join()).toMatch(/^\d+\/tcp -> 127\.0\.0\.1:\d+$/);

    const words: string[] = [];
    for (const end of ['stop', 'kill', 'stop'] as const) {
      const word = `word-${words.length + 1}-${end}`;
      words.push(word);
      for (const [, remember] of memories) await remember(stack.urls, word);
      await each((server) => server[end]());
      expect((await lines('ps', '--quiet')).filter((id) => ours.includes(id))).toEqual([]);
      await each((server) => server.start());
      for (const [name, , recall] of memories)
        expect([name, [...(await recall(stack.urls))].sort()]).toEqual([name, words]);
    }
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  expect(await lines('ps', '--all', '--quiet')).toEqual(before);
}, 400_000);
