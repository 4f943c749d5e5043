/**
 * Redis fails over under load: the address stays and its server changes, or sentinels say where the primary is now. No
 * process is started again, and what was acknowledged stays, though a primary acknowledges what no replica has yet.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Stack, startStack } from '../infra/stack/stack.ts';
import { type Application, type Setting, withSetting } from './application.ts';
import { openProxy, type Proxy } from './chaos/proxy.ts';
import { checkNothingLostNothingTwice } from './checker.ts';
import { eventually, insist, newRestaurant, newRestaurantOn, openRestaurant } from './http.ts';
import { type Load, startLoad } from './load.ts';
import { seededRandom } from './random.ts';
import { type Node, type Pair, withRedisPair } from './redisPair.ts';

const nowhere = 1;

/** Kafka, the registry and Postgres: these queues are in no other Redis than the pair of a test. */
let others: Stack;
const dataDir = mkdtempSync(join(tmpdir(), 'waiting-failover-'));
beforeAll(async () => {
  others = await startStack({ dataDir, only: ['kafka', 'registry', 'postgres'] });
}, 100_000);
afterAll(async () => {
  await others.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Both servers behind one address, at which the first one answers. */
const behindOneAddress = (
  callback: (setting: Setting, pair: Pair, address: Proxy) => Promise<void>,
): Promise<void> =>
  withRedisPair(async (pair) => {
    const address = await openProxy(pair.first.server.port);
    const urls = { ...others.urls, REDIS_URL: `redis://127.0.0.1:${address.port}` };
    try {
      await withSetting((setting) => callback(setting, pair, address), urls);
    } finally {
      address.close();
    }
  });

async function underLoad(
  setting: Setting,
  app: Application,
  fails: (load: Load) => Promise<void>,
): Promise<void> {
  const { upstream, partitions } = setting;
  const restaurants = Array.from({ length: partitions }, (_, n) => newRestaurantOn(n, partitions));
  await Promise.all(restaurants.map((id) => openRestaurant(app, id, { maxTeams: 1_000 })));
  const load = startLoad({ call: app.call, upstream, restaurants, random: seededRandom(1) });
  try {
    await acknowledged(load, 60);
    await fails(load);
    await acknowledged(load, 60);
  } finally {
    await load.stop();
  }
  await checkNothingLostNothingTwice(setting, app, load.told);
  for (const { key, restaurantId, userId, answer } of load.told.acknowledged.slice(0, 200)) {
    const body = { datesId: 1, userId, userCount: 1 + (userId % 4), restaurantId };
    const again = await insist(app.call, 'POST', '/waitings', body, key);
    expect([again.status, again.body]).toEqual([answer.status, answer.body]);
  }
}

async function acknowledged({ told }: Load, more: number): Promise<void> {
  const before = told.acknowledged.length;
  await eventually('it serves', () => told.acknowledged.length >= before + more, 60_000);
}

const promote = ({ client }: Node) => client.replicaof('NO', 'ONE');
/** It refuses to write from now on, as a replica of another; its connections stay. */
const demote = ({ client }: Node, primary: number) => client.replicaof('127.0.0.1', primary);

test(
  'a primary that is demoted behind its address: what it alone had acknowledged is decided again',
  () =>
    behindOneAddress(async (setting, { first, second }, address) => {
      const app = await setting.application();
      await app.start();
      await underLoad(setting, app, async (load) => {
        await promote(second);
        // From here on the first one alone hears of it.
        await acknowledged(load, 60);
        address.pointTo(second.server.port);
        await demote(first, second.server.port);
      });
      expect(app.says('restoring the state from the changelog')).toBe(true);
    }),
  240_000,
);

test(
  'a primary that says nothing any more, behind its address',
  () =>
    behindOneAddress(async (setting, { first, second }, address) => {
      const app = await setting.application();
      await app.start();
      const { pid } = first.server;
      if (pid === undefined) throw new Error('it runs');
      try {
        await underLoad(setting, app, async () => {
          process.kill(pid, 'SIGSTOP');
          await promote(second);
          address.pointTo(second.server.port);
        });
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    }),
  240_000,
);

test(
  'an ingress alone, which writes nothing, leaves a demoted server too',
  () =>
    behindOneAddress(async (setting, { first, second }, address) => {
      const worker = await setting.application({ ROLES: 'queue,history' });
      const ingress = await setting.application({ ROLES: 'ingress' });
      await Promise.all([worker.start(), ingress.start()]);
      const restaurantId = newRestaurant();
      await openRestaurant(ingress, restaurantId);

      await promote(second);
      address.pointTo(second.server.port);
      // It shows for ever what it has now.
      await demote(first, nowhere);
      const team = { datesId: 1, userId: 1, userCount: 2, restaurantId };
      expect(await insist(ingress.call, 'POST', '/waitings', team)).toMatchObject({ status: 201 });
      expect(await ingress.call('GET', `/restaurants/${restaurantId}/queue`)).toMatchObject({
        status: 200,
        body: { teams: 1 },
      });
      // Channels count: a reply or a change would not come through a server that hears of none.
      setting.redis.disconnect();
      await eventually('nobody but this test is left there', async () => {
        const left = (await first.client.client('LIST')) as string;
        return left.trim().split('\n').length === 1;
      });
    }),
  240_000,
);

test(
  'sentinels say where the primary is: it is killed, and comes back as a replica; then it is planned',
  () =>
    withRedisPair(async ({ first, second, watch }) => {
      const name = 'waiting-primary';
      const sentinel = await watch(name);
      const REDIS_URL = `redis://${name}`;
      await withSetting(
        async (setting) => {
          const app = await setting.application({ REDIS_SENTINELS: `127.0.0.1:${sentinel}` });
          await app.start();
          await underLoad(setting, app, async (load) => {
            await first.server.kill();
            await acknowledged(load, 60);
            expect(await second.client.info('replication')).toContain('role:master');

            await first.server.start();
            await eventually(
              'it follows',
              async () => (await first.client.info('replication')).includes('master_link_status:up'),
              60_000,
            );
            const asked = second.client.duplicate({ port: sentinel });
            await asked.call('SENTINEL', 'FAILOVER', name);
            asked.disconnect();
            await eventually(
              'it is the primary again',
              async () => (await first.client.info('replication')).includes('role:master'),
              60_000,
            );
          });
        },
        { ...others.urls, REDIS_URL },
      );
    }),
  300_000,
);
