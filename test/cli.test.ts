/** The operators' commands on the real servers, beside a running application. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { COMPATIBILITY, type SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { Client as Postgres } from 'pg';
import { topics } from '../src/schemas/topics.ts';
import { topicSpecs } from '../src/topicSpecs.ts';
import { taskKey } from '../src/topology/redis/taskStore.ts';
import { sharedApplication } from './application.ts';
import { waiting, waitingJson } from './cli.ts';
import {
  eventually,
  forgedPartition,
  insist,
  newRestaurant,
  newRestaurantOn,
  openRestaurant,
} from './http.ts';
import { startLoad } from './load.ts';
import { of, readTopics } from './logs.ts';
import { seededRandom } from './random.ts';

const shared = sharedApplication();
/** A history takes over from the one before it within that time (ms). */
const historyMillis = 40_000;

/** Not where tests forge state. */
const partition = forgedPartition + 1;

interface Verdict {
  readonly equal: boolean;
  readonly count: number;
  readonly partitions: readonly {
    readonly commands: number;
    readonly rows: number;
    readonly decidedAgain: boolean;
  }[];
  readonly differences: readonly {
    readonly place: string;
    readonly key: string;
    readonly restaurantId: number | null;
    readonly expected?: unknown;
    readonly found?: unknown;
  }[];
}
async function verify() {
  const { code, json } = await waitingJson(shared().urls, 'verify', '--partition', String(partition));
  return { code, json: json as Verdict };
}

/** A restaurant on the partition, with some teams. */
async function busyRestaurant(teams: number): Promise<number> {
  const { app, partitions } = shared();
  const restaurantId = newRestaurantOn(partition, partitions);
  await openRestaurant(app, restaurantId);
  for (let userId = 1; userId <= teams; userId += 1) {
    const { status } = await app.call('POST', '/waitings', {
      datesId: 1,
      userId,
      userCount: 2,
      restaurantId,
    });
    expect(status).toBe(201);
  }
  return restaurantId;
}

describe('verify', () => {
  it('says equal while the application works', async () => {
    const { app, upstream, partitions } = shared();
    const restaurants = [1, 2].map(() => newRestaurantOn(partition, partitions));
    await Promise.all(restaurants.map((id) => openRestaurant(app, id, { maxTeams: 1_000 })));
    const load = startLoad({ call: app.call, upstream, restaurants, random: seededRandom(7) });
    try {
      await eventually('there is load', () => load.told.acknowledged.length > 20);
      const { code, json } = await verify();
      expect(json).toMatchObject({ equal: true, count: 0, differences: [] });
      expect(json.partitions).toMatchObject([{ decidedAgain: true }]);
      expect(json.partitions[0]?.commands).toBeGreaterThan(20);
      expect(json.partitions[0]?.rows).toBeGreaterThan(20);
      expect(code).toBe(0);
    } finally {
      await load.stop();
    }
  });

  it('names an altered, a planted and a missing key of Redis', async () => {
    const { redis } = shared();
    const [altered, missing] = [await busyRestaurant(1), await busyRestaurant(1)];
    const key = taskKey('waiting', topics.commands, partition);
    const [before, gone] = await redis.hmgetBuffer(key, `queue/${altered}`, `queue/${missing}`);
    if (!before || !gone) throw new Error('the queues are not in Redis');
    // Ticket 1, user 1, a team of 2, as Avro has them; now it is user 3.
    const bytes = Buffer.from(before);
    bytes.writeUInt8(6, bytes.indexOf(Buffer.from([2, 2, 4])) + 1);
    await redis.hset(key, `queue/${altered}`, bytes, 'queue/77', 'no value');
    await redis.hdel(key, `queue/${missing}`);
    try {
      const { code, json } = await verify();
      const found = json.differences.map(({ place, key: field, restaurantId }) => [
        place,
        field,
        restaurantId,
      ]);
      expect(found.sort()).toEqual(
        [
          ['redis', `queue/${altered}`, altered],
          ['redis', `queue/${missing}`, missing],
          ['redis', 'queue/77', 77],
        ].sort(),
      );
      const difference = json.differences.find(({ restaurantId }) => restaurantId === altered);
      expect(difference).toMatchObject({
        expected: { waitings: { 0: { userId: 1 } } },
        found: { waitings: { 0: { userId: 3 } } },
      });
      expect([json.equal, code]).toEqual([false, 1]);
    } finally {
      await redis.hset(key, `queue/${altered}`, before, `queue/${missing}`, gone);
      await redis.hdel(key, 'queue/77');
    }
    expect((await verify()).json.differences).toEqual([]);
  });

  it('names an altered, a planted and a missing row of Postgres', async () => {
    const { urls } = shared();
    const restaurantId = await busyRestaurant(2);
    const id = restaurantId * 10_000_000;
    const database = new Postgres({ connectionString: urls.DATABASE_URL });
    await database.connect();
    try {
      await eventually('the history has the teams', async () => {
        const sql = 'SELECT FROM waitings WHERE restaurant_id = $1';
        return (await database.query(sql, [restaurantId])).rowCount === 2;
      });
      await database.query(`UPDATE waitings SET status = 'ENTERED' WHERE waiting_id = $1`, [id + 1]);
      await database.query('UPDATE waitings SET waiting_id = $2 WHERE waiting_id = $1', [id + 2, id + 9]);
      const { code, json } = await verify();
      expect(json.differences.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toMatchObject([
        {
          place: 'postgres',
          key: `waitings ${id + 1}`,
          restaurantId,
          expected: { status: 'WAITING' },
          found: { status: 'ENTERED' },
        },
        { key: `waitings ${id + 2}`, expected: { user_id: 2 } },
        { key: `waitings ${id + 9}`, found: { user_id: 2 } },
      ]);
      expect(code).toBe(1);
    } finally {
      await database.query(`UPDATE waitings SET status = 'WAITING' WHERE waiting_id = $1`, [id + 1]);
      await database.query('UPDATE waitings SET waiting_id = $2 WHERE waiting_id = $1', [id + 9, id + 2]);
      await database.end();
    }
  });
});

describe('dlq', () => {
  it('shows what is wrong with a record, and sends it again once that is mended', async () => {
    const { urls, app, upstream, kafka } = shared();
    const restaurantId = await busyRestaurant(0);
    const { commandId, message } = await upstream.registration(restaurantId, 1);
    const { unknownId, register } = await schemaToCome(upstream.registry, message.value);
    const value = Buffer.from(message.value);
    value.writeUInt32BE(unknownId, 1);
    const binary = Buffer.from([0xff, 0]);
    const { offset } = await upstream.send({ ...message, value, headers: { correlationid: 'mine', binary } });
    const place = `${partition}/${offset}`;
    const redrive = (...args: string[]) => waitingJson(urls, 'dlq', 'redrive', place, ...args);

    await eventually('it is a dead letter', async () => {
      const letters = (await readTopics(kafka, topics.dlq))[topics.dlq];
      return letters.some(({ key }) => key?.toString() === `${partition}-${offset}`);
    });
    const listed = await waiting(urls, 'dlq', 'list', '--reason', 'unknown_schema');
    expect(listed.out).toContain(place);
    const shown = await waitingJson(urls, 'dlq', 'show', `${topics.commands}-${partition}-${offset}-0`);
    expect(shown.json).toMatchObject({
      place,
      reason: 'UNKNOWN_SCHEMA',
      key: String(restaurantId),
      base64: value.toString('base64'),
      today: { comes: 'back', reason: 'UNKNOWN_SCHEMA' },
    });
    expect(await redrive()).toMatchObject({ code: 1, json: [{ done: 'left', comesBack: true }] });

    await register();
    // A task asks for a schema that was unknown again after a minute; one of a new process at once.
    await app.server.stop();
    await app.start();
    expect(await redrive('--dry-run')).toMatchObject({ code: 0, json: [{ done: 'would be sent' }] });
    expect(await redrive()).toMatchObject({ code: 0, json: [{ done: 'sent', to: { partition } }] });
    expect(await redrive()).toMatchObject({ code: 0, json: [{ done: 'left', comesBack: false }] });
    expect(await redrive('--force')).toMatchObject({ code: 0, json: [{ done: 'sent' }] });

    await eventually('it is decided', async () => {
      const { status } = await app.call('GET', `/commands/${commandId}?restaurantId=${restaurantId}`);
      return status === 200;
    });
    // Equal with the repeat decided, too: one registration after the settings and the day.
    expect((await verify()).json.differences).toEqual([]);
    const queue = await app.call('GET', `/restaurants/${restaurantId}/queue`);
    expect(queue.body).toMatchObject({ version: 3 });
    const sent = (await readTopics(kafka, topics.commands))[topics.commands]
      .filter(of(restaurantId))
      .slice(-2);
    const headers = [
      { key: 'correlationid', value: Buffer.from('mine') },
      { key: 'binary', value: binary },
    ];
    expect(sent).toMatchObject([
      { value, headers },
      { value, headers },
    ]);
  });

  it('ends with 2 for what is not there, and for what is not clear', async () => {
    const { urls } = shared();
    const [absent, unclear, unnamed] = await Promise.all([
      waiting(urls, 'dlq', 'show', '0/999999'),
      waiting(urls, 'dlq', 'show', 'that one'),
      waiting(urls, 'dlq', 'redrive'),
    ]);
    expect(absent).toMatchObject({ code: 2, err: 'there is no dead letter of 0/999999\n' });
    expect([unclear.code, unnamed.code]).toEqual([2, 2]);
  });
});

/** The id that the next schema will get, and what registers one under it that reads the value. */
async function schemaToCome(registry: SchemaRegistry, value: Buffer) {
  const known: unknown = await registry.getSchema(value.readUInt32BE(1));
  const version = (doc: string) => ({
    type: SchemaType.AVRO as const,
    schema: JSON.stringify({ ...(JSON.parse(JSON.stringify(known)) as object), doc }),
  });
  const before = await registry.register(version(`before ${Date.now()}`), { subject: `test-${Date.now()}` });
  const unknownId = before.id + 1;
  return {
    unknownId,
    register: async () => {
      const subject = `${topics.commands}-waiting.commands.RegisterWaiting`;
      const options = { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
      const { id } = await registry.register(version(`later ${Date.now()}`), options);
      expect(id).toBe(unknownId);
    },
  };
}

describe('doctor', () => {
  interface Diagnosis {
    readonly well: boolean;
    readonly checks: readonly {
      readonly name: string;
      readonly state: string;
      readonly found: string;
      readonly remedy: string | null;
    }[];
  }
  async function diagnose(env: object = {}) {
    const { code, json } = await waitingJson({ ...shared().urls, ...env }, 'doctor');
    return { code, json: json as Diagnosis };
  }
  const notOk = ({ checks }: Diagnosis) =>
    checks.filter(({ state }) => state !== 'ok').map(({ name, state }) => [name, state]);

  it('finds nothing wrong where nothing is', async () => {
    const { code, json } = await diagnose();
    // Other tests have restaurants on compressed time.
    expect(notOk(json).filter(([name]) => name !== 'compressed time')).toEqual([]);
    expect(json.checks.length).toBeGreaterThan(15);
    expect(code).toBe(0);
  });

  it('names a restaurant that runs on compressed time, until it no longer does', async () => {
    const { app } = shared();
    const restaurantId = newRestaurant();
    const configure = async (settings: object): Promise<void> => {
      const path = `/restaurants/${restaurantId}`;
      expect((await insist(app.call, 'PUT', path, { name: '식당', ...settings })).status).toBe(200);
    };
    const isNamed = async (): Promise<boolean> => {
      const { json } = await diagnose();
      const check = json.checks.find(({ name }) => name === 'compressed time');
      // The latest are named first.
      const first = new RegExp(`^at restaurant ${restaurantId}\\b`);
      return check?.state === 'warning' && first.test(check.found);
    };
    await configure({ minuteMillis: 100 });
    await eventually('it is named', isNamed, historyMillis);
    await configure({});
    await eventually('it is not named', async () => !(await isNamed()), historyMillis);
  });

  it('finds what was changed, what hangs and who is away, with what to do', async () => {
    const { redis, kafka } = shared();
    const admin = kafka.admin();
    const hanging = kafka.producer({
      transactionalId: 'test-hanging',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await Promise.all([admin.connect(), hanging.connect()]);
    const configure = (config: Record<string, string>) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: topics.dlq,
            configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
          },
        ],
      });
    const transaction = await hanging.transaction();
    try {
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await configure({ 'retention.ms': '2592000000', 'max.message.bytes': '2000' });
      const timestamp = String(Date.now() - 60_000);
      const messages = [{ value: 'begun and forgotten', timestamp, partition: 0 }];
      await transaction.send({ topic: topics.timers, messages });
      const { code, json } = await diagnose({ DATABASE_URL: 'postgres://postgres@127.0.0.1:1/waiting' });
      expect(notOk(json).sort()).toEqual(
        [
          ['redis eviction', 'wrong'],
          [`topic ${topics.dlq}`, 'wrong'],
          ['transactions', 'wrong'],
          ['postgres', 'wrong'],
        ].sort(),
      );
      expect(json.checks.every(({ state, remedy }) => (state === 'ok') === (remedy === null))).toBe(true);
      expect([json.well, code]).toEqual([false, 1]);
    } finally {
      await transaction.abort();
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      const spec = topicSpecs.find(({ topic }) => topic === topics.dlq);
      await configure({ ...spec?.config, 'min.insync.replicas': '1' });
      await Promise.all([admin.disconnect(), hanging.disconnect()]);
    }
  });
});

describe('the commands', () => {
  it('run by npx and as an npm script, and say what they are for', async () => {
    const run = promisify(execFile);
    const cwd = join(import.meta.dirname, '..');
    const help = await run('npx', ['--no-install', 'waiting', '--help'], { cwd });
    for (const name of ['setup', 'describe', 'doctor', 'dlq', 'verify', 'privacy'])
      expect(help.stdout).toContain(`  ${name} `);
    const described = await run('npm', ['run', '--silent', 'cli', '--', 'describe', '--json'], { cwd });
    expect(JSON.parse(described.stdout)).toContainEqual(
      expect.objectContaining({ name: 'decide', kind: 'processor', stores: ['queue', 'memory'] }),
    );
  });

  it('end with 2 and one line that says which server does not answer', async () => {
    const nobody = {
      KAFKA_BROKERS: '127.0.0.1:1',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
      REDIS_URL: 'redis://127.0.0.1:1',
      DATABASE_URL: 'postgres://127.0.0.1:1/waiting',
    };
    const ends = Object.entries(nobody).map(async ([variable, url]) => {
      const { code, out, err } = await waiting({ ...shared().urls, [variable]: url }, 'verify');
      expect([code, out]).toEqual([2, '']);
      expect(err.trim().split('\n')).toEqual([expect.stringContaining(`(${variable})`)]);
    });
    await Promise.all(ends);
  });
});
