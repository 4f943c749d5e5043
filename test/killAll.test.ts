/**
 * Everything killed at once under load: the application, Kafka, the registry, Redis and Postgres. Then all start again
 * on the same data, once as it is and once without that of Redis, whose state is then rebuilt from the changelog.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { howFrom } from '../infra/stack/how.ts';
import { freePorts, type Ports } from '../infra/stack/ports.ts';
import { type Stack, startStack } from '../infra/stack/stack.ts';
import { type Application, withSetting } from './application.ts';
import { checkNothingLostNothingTwice } from './checker.ts';
import { eventually, insist, newRestaurantOn, openRestaurant } from './http.ts';
import { type Acknowledged, type Load, startLoad, type Told } from './load.ts';
import { seededRandom } from './random.ts';

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

test(`everything killed at once, twice (TEST_SEED=${seed})`, async () => {
  await withOwnStack(async ({ stack, restart }) => {
    await withSetting(async (setting) => {
      const random = seededRandom(seed);
      const { upstream, partitions } = setting;
      const app = await setting.application();
      await app.start();
      const restaurants = Array.from({ length: partitions }, (_, n) => newRestaurantOn(n, partitions));
      await Promise.all(restaurants.map((id) => openRestaurant(app, id, { maxTeams: 1_000 })));

      const told: Told[] = [];
      for (const redis of ['kept', 'wiped'] as const) {
        const load = startLoad({ call: app.call, upstream, restaurants, random });
        try {
          await eventually('there was load', () => load.told.acknowledged.length >= 60, 30_000);
          await Promise.all([app.server.kill(), ...servers(stack).map((server) => server.kill())]);
          await restart(redis);
          await app.start();
          if (redis === 'wiped') expect(app.says('restoring the state from the changelog')).toBe(true);
          await goesOn(load);
        } finally {
          await load.stop();
        }
        told.push(load.told);
        const all = {
          restaurants,
          acknowledged: told.flatMap((each) => each.acknowledged),
          appended: told.flatMap((each) => each.appended),
        };
        await checkNothingLostNothingTwice(setting, app, all);
        await expectSameAnswers(app, all.acknowledged.slice(0, 200));
      }
    }, stack.urls);
  });
});

const servers = (stack: Stack) => Object.values(stack.servers);

/** As if its disk were new, wherever that is. */
async function wipe({ urls }: Stack): Promise<void> {
  const redis = new Redis(urls.REDIS_URL);
  await redis.flushall();
  redis.disconnect();
}

async function goesOn({ told }: Load): Promise<void> {
  const before = told.acknowledged.length;
  await eventually('it serves again', () => told.acknowledged.length > before, 60_000);
}

/** Whoever asks again with their key from before gets the answer from before. */
async function expectSameAnswers(
  { call }: Application,
  acknowledged: readonly Acknowledged[],
): Promise<void> {
  for (const { key, restaurantId, userId, answer } of acknowledged) {
    const body = { datesId: 1, userId, userCount: 1 + (userId % 4), restaurantId };
    const again = await insist(call, 'POST', '/waitings', body, key);
    expect([again.status, again.body]).toEqual([answer.status, answer.body]);
  }
}

interface OwnStack {
  readonly stack: Stack;
  /** Starts all servers again, which are down, on the same ports. */
  readonly restart: (redis: 'kept' | 'wiped') => Promise<void>;
}

/** Servers of this test alone; none is left afterwards, nor is their data. */
async function withOwnStack(callback: (own: OwnStack) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'waiting-killed-'));
  const ports: Ports = await freePorts();
  const stack = await startStack({ dataDir, ports, how: howFrom(process.env) });
  try {
    await callback({
      stack,
      restart: async (redis) => {
        await Promise.all(servers(stack).map((server) => server.start()));
        if (redis === 'wiped') await wipe(stack);
      },
    });
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
