/**
 * The product with nothing left open: its servers let only users in who prove who they are, each part of it has a user
 * of its own, and each user is refused what is not its business.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Connection,
  ConnectionPool,
  fetchV12,
  findCoordinatorV4,
  GenericError,
  MultipleErrors,
} from '@platformatic/kafka';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import pg from 'pg';
import {
  type HardenedStack,
  hardenedProcess,
  type ProcessName,
  setUpHardened,
  startHardenedStack,
} from '../infra/security/hardened.ts';
import type { Claims } from '../infra/security/identities.ts';
import type { Principal } from '../infra/security/principals.ts';
import { freePort } from '../infra/stack/ports.ts';
import type { Server } from '../infra/stack/server.ts';
import { type Config, readConfig } from '../src/config.ts';
import { closeDatabase, connectionTo, openDatabase } from '../src/history/database.ts';
import { historyReader } from '../src/history/read.ts';
import { redisCount } from '../src/http/limits/sharedCount.ts';
import { connectRegistry } from '../src/schemas/registry.ts';
import { redisSubscriptions } from '../src/push/subscriptions.ts';
import { topics } from '../src/schemas/topics.ts';
import { type KafkaAddress, kafkaClient } from '../src/topology/kafka/client.ts';
import { brokersOf } from '../src/topology/kafka/brokers.ts';
import { transactions } from '../src/topology/kafka/transactions.ts';
import { connectRedis } from '../src/topology/redis/connections.ts';
import { taskKey } from '../src/topology/redis/taskStore.ts';
import { waiting } from './cli.ts';
import { type Client, eventually, httpClient, newRestaurant, numberIn, openRestaurant } from './http.ts';
import { subscription } from './pushPeer.ts';

/** Four servers and four processes, one after the other, on a machine that may be busy. */
const startMillis = 180_000;

const dataDir = mkdtempSync(join(tmpdir(), 'waiting-hardened-'));
const ends: string[] = [];
const places = {
  logDir: join(dataDir, 'logs'),
  runDir: join(dataDir, 'run'),
  onDeath: (name: string, how: string) => void ends.push(`${name} ${how}`),
};
let stack: HardenedStack;
const processes: Server<ProcessName>[] = [];

beforeAll(async () => {
  stack = await startHardenedStack({ dataDir, keep: false, onDeath: places.onDeath });
  await setUpHardened(stack, { places });
  for (const name of ['worker', 'history', 'push', 'ingress'] as const)
    processes.push(hardenedProcess(stack, name, { port: await freePort(), places }));
  await Promise.all(processes.map((process) => process.start()));
}, startMillis);

afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
  expect(ends).toEqual([]);
}, startMillis);

/** How somebody reaches the servers; what his process does is said where it is started. */
const configOf = (principal: Principal): Config =>
  readConfig({ ...stack.environment(principal), ROLES: 'queue' });

/** The ingress, as somebody asks it. */
async function askedBy(claims: Claims): Promise<Client> {
  const { url, call } = httpClient(processes.find(({ name }) => name === 'ingress')?.url ?? '');
  const authorization = `Bearer ${await stack.identities.token(claims)}`;
  return {
    url,
    call: (method, path, body, headers) => call(method, path, body, { authorization, ...headers }),
  };
}

it('lives a whole life', async () => {
  const restaurantId = newRestaurant();
  const owner = await askedBy({ role: 'OWNER', sub: 'owner-1', restaurants: [restaurantId] });
  const customer = await askedBy({ role: 'CUSTOMER', sub: '1' });
  await openRestaurant(owner, restaurantId);
  const team = { datesId: 1, userId: 1, userCount: 2, restaurantId };
  const registered = await customer.call('POST', '/waitings', team);
  expect(registered).toMatchObject({ status: 201, body: { ticketNo: 1, status: 'WAITING' } });
  const waitingId = numberIn(registered, 'waitingId');
  const act = ({ call }: Client, action: string, body?: object) =>
    call('POST', `/waitings/${restaurantId}/${waitingId}/actions/${action}`, body);
  expect(await act(owner, 'waiting_call')).toMatchObject({ body: { status: 'FIRST_CALLED' } });
  const coming = await act(customer, 'waiting_user_coming', { moveTime: 10 });
  expect(coming).toMatchObject({ body: { status: 'COMMING' } });
  expect(await act(customer, 'waiting_user_arrived')).toMatchObject({ body: { status: 'ARRIVED' } });
  expect(await act(owner, 'waiting_entered')).toMatchObject({ body: { status: 'ENTERED' } });
  const read = `/waitings/${waitingId}`;
  expect(await customer.call('GET', read)).toMatchObject({ body: { status: 'ENTERED' } });
  const another = await askedBy({ role: 'CUSTOMER', sub: '2' });
  expect(await another.call('GET', read)).toMatchObject({ status: 404 });
  expect(await httpClient(owner.url).call('GET', read)).toMatchObject({ status: 401 });

  // Written by one role, read by another.
  const pool = openDatabase(configOf('ingress').readDatabase, {
    use: 'reads',
    connections: 1,
    statementMillis: 2_000,
    lost: () => undefined,
  });
  try {
    const reader = historyReader(pool);
    await eventually('the history has it', async () => {
      const kept = await reader.waiting(waitingId);
      return kept !== null && kept !== 'DELETED' && kept.status === 'ENTERED';
    });
  } finally {
    await closeDatabase(pool);
  }
});

it(
  'is well, as its operator finds',
  async () => {
    const environment = stack.environment('operator');
    // On a busy machine Kafka may take longer to let a reader in than the doctor waits.
    await eventually(
      'nothing is wrong',
      async () => (await waiting(environment, 'doctor')).code === 0,
      90_000,
    );
    expect(await waiting(environment, 'verify')).toMatchObject({ code: 0 });
    const forgotten = await waiting(environment, 'privacy', 'forget', '--user', '1', '--yes');
    expect(forgotten).toMatchObject({ code: 0, out: expect.stringContaining('user 1 is forgotten') });
  },
  startMillis,
);

describe('Kafka', () => {
  const clientOf = (address: KafkaAddress) => kafkaClient(address, 'test', () => undefined, 0);

  async function write(address: KafkaAddress, topic: string): Promise<void> {
    const producer = clientOf(address).producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
    await producer.connect();
    try {
      // No command: it ends among the dead letters.
      await producer.send({ topic, messages: [{ key: '1', value: 'nothing' }] });
    } finally {
      await producer.disconnect();
    }
  }

  /** What the broker answers a request that no client of ours hides the answer of: its name for the refusal, or OK. */
  async function answerTo(
    { brokers, tls, sasl }: KafkaAddress,
    ask: (connection: Connection) => Promise<unknown>,
  ): Promise<string> {
    const pool = new ConnectionPool('test', {
      ...(tls && { tls }),
      ...(sasl && { sasl: { ...sasl, mechanism: 'SCRAM-SHA-512' } }),
    });
    const [host = '', port] = brokers[0]?.split(':') ?? [];
    try {
      await ask(await pool.get({ host, port: Number(port) }));
      return 'OK';
    } catch (error) {
      const [first] = error instanceof MultipleErrors ? (error.errors as unknown[]) : [error];
      return first instanceof GenericError ? String(first['apiId']) : String(error);
    } finally {
      await pool.close();
    }
  }

  const reads = (topic: string) => (connection: Connection) => {
    const anywhere = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0n, lastFetchedEpoch: -1 };
    const wanted = { topicId: topic, partitions: [{ ...anywhere, partitionMaxBytes: 1_024 }] };
    // In this version of the request it is the topic's name that stands there.
    return fetchV12.api.async(connection, 0, 0, 1_024, 1, 0, -1, [wanted], [], '');
  };
  const finds = (group: string) => (connection: Connection) =>
    findCoordinatorV4.api.async(connection, 0, [group]);

  it.each<[Principal, readonly string[]]>([
    ['ingress', [topics.commands]],
    ['upstream', [topics.commands]],
    ['worker', [topics.commands]],
    ['operator', [topics.commands]],
    ['history', []],
    ['push', []],
    ['setup', []],
  ])('takes from the %s what it has to write, and nothing else', async (principal, allowed) => {
    const { kafka } = configOf(principal);
    for (const topic of allowed) await expect(write(kafka, topic)).resolves.toBeUndefined();
    if (principal === 'worker') return; // writes to all of them
    for (const topic of Object.values(topics).filter((each) => !allowed.includes(each)))
      await expect(write(kafka, topic)).rejects.toThrow(/not authorized|authorization failed/i);
  });

  it.each<[Principal, readonly string[]]>([
    ['ingress', []],
    ['upstream', []],
    ['worker', [topics.commands, topics.changelog]],
    ['history', [topics.events]],
    ['push', [topics.notifications]],
    ['operator', Object.values(topics)],
    ['setup', []],
  ])('shows the %s what it has to read, and nothing else', async (principal, allowed) => {
    const { kafka } = configOf(principal);
    for (const topic of Object.values(topics)) {
      const expected = allowed.includes(topic) ? 'OK' : 'TOPIC_AUTHORIZATION_FAILED';
      expect([topic, await answerTo(kafka, reads(topic))]).toEqual([topic, expected]);
    }
  });

  it.each<[Principal, readonly string[]]>([
    ['ingress', []],
    ['upstream', []],
    ['worker', ['waiting-queue', 'waiting-changelog-of-a-process']],
    ['history', ['waiting-history']],
    ['push', ['waiting-push']],
    [
      'operator',
      [
        'waiting-queue',
        'waiting-changelog-of-a-process',
        'waiting-history',
        'waiting-push',
        'waiting-doctor-1',
      ],
    ],
    // Before it raises the format level it looks who is in them.
    ['setup', ['waiting-queue', 'waiting-history', 'waiting-push']],
  ])('knows the %s in its own groups alone', async (principal, allowed) => {
    const { kafka } = configOf(principal);
    const groups = [
      'waiting-queue',
      'waiting-changelog-of-a-process',
      'waiting-history',
      'waiting-push',
      'waiting-doctor-1',
    ];
    for (const group of [...groups, 'another']) {
      const expected = allowed.includes(group) ? 'OK' : 'GROUP_AUTHORIZATION_FAILED';
      expect([group, await answerTo(kafka, finds(group))]).toEqual([group, expected]);
    }
  });

  it('lets only the worker write transactions, whichever way it proves who it is', async () => {
    const record = { topic: topics.notifications, partition: 0, key: '1', value: Buffer.from('nothing') };
    const commit = async (address: KafkaAddress, transactionalId: string): Promise<void> => {
      const brokers = brokersOf({ ...address, clientId: 'test' });
      const producer = transactions(brokers, transactionalId);
      try {
        await producer.open();
        await producer.commit([record]);
      } finally {
        await producer.close();
        await brokers.close();
      }
    };
    const ours = 'waiting-waiting.commands-of-a-test';
    const { kafka } = configOf('worker');
    await commit(kafka, ours);
    const { cert, key } = stack.materials.pair('waiting-worker');
    const byCertificate = {
      brokers: [`127.0.0.1:${stack.materials.mutualPort}`],
      tls: { ...kafka.tls, cert: readFileSync(cert), key: readFileSync(key) },
    };
    await commit(byCertificate, ours);
    await expect(commit(kafka, 'another')).rejects.toThrow();
    await expect(commit(configOf('ingress').kafka, ours)).rejects.toThrow();
    await expect(commit(configOf('upstream').kafka, ours)).rejects.toThrow();
  });

  it('lets nobody of them make rights or topics', async () => {
    for (const principal of ['ingress', 'worker', 'history', 'push', 'upstream', 'operator'] as const) {
      const admin = clientOf(configOf(principal).kafka).admin();
      await admin.connect();
      try {
        await expect(
          admin.createTopics({ topics: [{ topic: `waiting.of-${principal}`, numPartitions: 1 }] }),
        ).rejects.toThrow();
        await expect(
          admin.createAcls({
            acl: [
              {
                resourceType: kafkajs.AclResourceTypes.TOPIC,
                resourceName: '*',
                resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
                principal: `User:waiting-${principal}`,
                host: '*',
                operation: kafkajs.AclOperationTypes.ALL,
                permissionType: kafkajs.AclPermissionTypes.ALLOW,
              },
            ],
          }),
        ).rejects.toThrow();
      } finally {
        await admin.disconnect();
      }
    }
  });

  it('lets nobody in who does not prove who he is', async () => {
    const { kafka } = configOf('upstream');
    const { brokers, tls, sasl } = kafka;
    if (!tls || !sasl) throw new Error('the upstream has a password, over TLS');
    const wrong = [
      { brokers },
      { brokers, sasl },
      { brokers, tls },
      { brokers, tls: {}, sasl }, // does not trust the authority
      { brokers, tls, sasl: { ...sasl, password: 'guessed' } },
      { brokers: [`127.0.0.1:${stack.materials.mutualPort}`], tls },
    ];
    for (const address of wrong) await expect(write(address, topics.commands)).rejects.toThrow();
  });
});

describe('Redis', () => {
  const state = taskKey('waiting', topics.commands, 0);
  const counted = 'waiting:limit:test:somebody';

  async function ask(principal: Principal, ...command: readonly [string, ...string[]]): Promise<unknown> {
    const redis = await connectRedis(configOf(principal).redis, () => undefined);
    try {
      return await redis.call(...command);
    } finally {
      redis.disconnect();
    }
  }

  it('shows the ingress the state', async () => {
    expect(await ask('ingress', 'HMGET', state, 'epoch')).toEqual([expect.any(String)]);
  });

  it('lets the ingress count requests, as a user who can do nothing else', async () => {
    const redis = await connectRedis(configOf('ingress').limitsRedis, () => undefined);
    try {
      const shared = redisCount(redis, 'waiting:limit');
      const rate = { points: 1, seconds: 60 };
      expect(await shared('test', 'somebody', rate)).toBe(0);
      expect(await shared('test', 'somebody', rate)).toBeGreaterThan(0);
      // Counted there, and not by the process for want of a right.
      expect(await redis.pttl(counted)).toBeGreaterThan(0);
      for (const [command, ...rest] of [
        ['HMGET', state, 'S'],
        ['SET', state, '0'],
        ['SET', 'another:limit', '0'],
      ] as const)
        await expect(redis.call(command, ...rest)).rejects.toThrow(/NOPERM/);
    } finally {
      redis.disconnect();
    }
  });

  it.each(['ingress', 'push'] as const)(
    'lets the %s keep subscriptions, as a user who can do nothing else',
    async (principal) => {
      const redis = await connectRedis(configOf(principal).pushRedis, () => undefined);
      try {
        const subscriptions = redisSubscriptions(redis, 'waiting:push');
        const one = { ...subscription, place: { name: 'Seongsu Dumplings', timeZone: 'Asia/Seoul' } };
        await subscriptions.put(1, one);
        expect(await subscriptions.of([1])).toEqual([[one]]);
        await subscriptions.drop(1, one.endpoint);
        await subscriptions.dropAll(1);
        for (const [command, ...rest] of [
          ['HMGET', state, 'S'],
          ['HSET', state, 'S', '0'],
          ['DEL', 'another:push:1'],
        ] as const)
          await expect(redis.call(command, ...rest)).rejects.toThrow(/NOPERM/);
      } finally {
        redis.disconnect();
      }
    },
  );

  it.each<[Principal, readonly [string, ...string[]]]>([
    ['ingress', ['INCRBY', counted, '1']],
    ['ingress', ['HSET', state, 'S', '0']],
    ['ingress', ['DEL', state]],
    ['ingress', ['EVAL', 'return 1', '0']],
    ['ingress', ['HMGET', 'another:state', 'S']],
    ['ingress', ['SUBSCRIBE', 'another:channel']],
    ['ingress', ['PUBLISH', 'waiting:changes', '']],
    ['worker', ['HSET', 'another:{waiting.commands-0}', 'S', '0']],
    ['worker', ['EVAL', "return redis.call('SET', KEYS[1], '')", '1', state]],
    ['worker', ['EVAL', "return redis.call('PUBLISH', 'another:channel', '')", '0']],
    ['ingress', ['HSET', 'waiting:push:1', 'endpoint', '']],
    ['history', ['HMGET', state, 'S']],
    ['push', ['HMGET', state, 'S']],
    ['push', ['HGETALL', 'waiting:push:1']],
    ['operator', ['HSET', state, 'S', '0']],
    ...(['ingress', 'worker', 'history', 'push', 'operator'] as const).flatMap((principal) =>
      (
        [
          ['FLUSHALL'],
          ['KEYS', '*'],
          ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
          ['ACL', 'LIST'],
          ['SHUTDOWN'],
          ['DEBUG', 'SLEEP', '1'],
          ['REPLICAOF', 'NO', 'ONE'],
        ] as const
      ).map((command): [Principal, readonly [string, ...string[]]] => [principal, command]),
    ),
  ])('refuses the %s %j', async (principal, command) => {
    await expect(ask(principal, ...command)).rejects.toThrow(
      /NOPERM|can't (run this command|access|publish)/i,
    );
  });

  it('lets nobody in who does not prove who he is', async () => {
    const { url, tls } = configOf('ingress').redis;
    const bare = new URL(url);
    bare.username = '';
    bare.password = '';
    const guessed = url.replace(/:[^:@/]*@/, ':guessed@');
    for (const address of [bare.href, guessed, bare.href.replace('rediss:', 'redis:')]) {
      const redis = new Redis(address, {
        lazyConnect: true,
        retryStrategy: () => null,
        maxRetriesPerRequest: 0,
        ...(address.startsWith('rediss:') && tls && { tls }),
      });
      redis.on('error', () => undefined);
      await expect(redis.connect().then(() => redis.hmget(state, 'S'))).rejects.toThrow();
      redis.disconnect();
    }
  });
});

describe('Postgres', () => {
  async function run(principal: Principal, statement: string): Promise<unknown> {
    const client = new pg.Client(connectionTo(configOf(principal).database));
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  it.each<[Principal, string]>([
    ['ingress', 'SELECT count(*) FROM waitings'],
    ['history', 'SELECT count(*) FROM history_offsets'],
    ['operator', 'SELECT count(*) FROM migrations'],
  ])('lets the %s %s', async (principal, statement) => {
    expect(await run(principal, statement)).toHaveLength(1);
  });

  it.each<[Principal, string]>([
    ['ingress', 'INSERT INTO no_shows SELECT * FROM no_shows'],
    ['ingress', "UPDATE waitings SET status = 'ENTERED'"],
    ['ingress', 'DELETE FROM waitings'],
    ['ingress', 'SELECT * FROM history_offsets'],
    ['ingress', 'CREATE TABLE mine (id integer)'],
    ['ingress', 'CREATE TEMPORARY TABLE mine (id integer)'],
    ['history', 'DELETE FROM waitings'],
    ['history', 'TRUNCATE waiting_events'],
    ['history', 'DROP TABLE waitings'],
    ['history', 'SELECT * FROM migrations'],
    ['history', 'UPDATE forgotten_users SET kept_until = now()'],
    ['history', 'ALTER TABLE waitings ADD COLUMN mine integer'],
    ['operator', 'DELETE FROM waitings'],
    ['operator', 'UPDATE history_offsets SET next_offset = 0'],
    ['setup', 'CREATE ROLE mine'],
  ])('refuses the %s %s', async (principal, statement) => {
    await expect(run(principal, statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('lets nobody in who does not prove who he is', async () => {
    const { url, tls } = configOf('ingress').database;
    const addresses = [
      { connectionString: url },
      { connectionString: url, ssl: {} }, // does not trust the authority
      { connectionString: url.replace(/:[^:@/]*@/, ':guessed@'), ssl: tls },
      { connectionString: url.replace(/\/\/.*@/, '//postgres@'), ssl: tls },
    ];
    for (const address of addresses) {
      const client = new pg.Client(address);
      client.on('error', () => undefined);
      await expect(client.connect()).rejects.toThrow();
    }
  });
});

describe('the registry', () => {
  it('is only reached over TLS, by who trusts it', async () => {
    const { schemaRegistry } = configOf('ingress');
    expect((await connectRegistry(schemaRegistry).lookUp()).size).toBeGreaterThan(0);
    await expect(connectRegistry({ url: schemaRegistry.url }).lookUp()).rejects.toThrow();
    const open = { url: schemaRegistry.url.replace('https:', 'http:') };
    await expect(connectRegistry(open).lookUp()).rejects.toThrow();
  });
});

it('is refused nothing that it needs, and shows no secret, in what its processes say', () => {
  const logs = processes.map(({ log }) => readFileSync(log ?? '', 'utf8')).join('\n');
  expect(logs).not.toBe('');
  expect(logs).not.toMatch(/permission denied|not authorized|authorization|NOPERM/i);
  for (const user of ['waiting-ingress', 'waiting-worker', 'waiting-history', 'waiting-push'])
    expect(logs).not.toContain(stack.materials.password(user));
});
