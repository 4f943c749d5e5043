/**
 * The last build from before there were format levels and this one take partitions from each other under load, both
 * ways: nothing is dead-lettered, no history stops, no takeover is repeated, and all is as the logs make it. Then the
 * level is raised, which keeps the former build out.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Urls } from '../../infra/stack/urls.ts';
import { newestLevel } from '../../src/schemas/formats.ts';
import { topics } from '../../src/schemas/topics.ts';
import { ownerKey } from '../../src/topology/emission.ts';
import { entryOf } from '../../src/topology/redis/taskStore.ts';
import { type Application, type Setting, withSetting } from '../application.ts';
import { withBrokers } from '../brokers.ts';
import { checkNothingLostNothingTwice } from '../checker.ts';
import { waiting, waitingJson } from '../cli.ts';
import { setUpBy, withBuilds } from './formerBuilds.ts';
import { served, shared } from '../shares.ts';
import { eventually, newRestaurantOn, openRestaurant } from '../http.ts';
import { type Load, startLoad } from '../load.ts';
import { readTopics } from '../logs.ts';
import { seededRandom } from '../random.ts';

/** An orderly change of owners is one claim a partition; one that a schema not seen before interrupts is two. */
const claimsAChange = 3;

test('the former build and this one take partitions from each other, until the level is raised', async () => {
  await withBuilds(['rules3'], (rootOf) =>
    withBrokers(
      1,
      async ({ stack: { urls } }) => {
        const former = rootOf('rules3');
        await setUpBy(former, urls);
        await withSetting(async (setting) => {
          const fleet = await startFleet(setting, former);
          try {
            await takeTurns(fleet);
            await raiseLevel(fleet, former);
          } finally {
            await fleet.load.stop();
          }
          await expectAllWell(setting, fleet);
        }, urls);
      },
      { only: ['kafka', 'registry', 'redis', 'postgres'] },
    ),
  );
}, 600_000);

interface Fleet {
  readonly setting: Setting;
  readonly load: Load;
  /** Starts another process and waits until it shares the partitions with those that are there. */
  readonly join: (build: 'former' | 'this') => Promise<Application>;
  /** Takes a process away, and waits until the others have its partitions. */
  readonly without: (one: Application, how: 'kill' | 'stop') => Promise<void>;
  readonly call: Application['call'];
  /** All that ever ran. */
  readonly ever: readonly Application[];
  /** How often the partitions have been shared out anew. */
  readonly changes: () => number;
}

async function startFleet(setting: Setting, former: string): Promise<Fleet> {
  const { upstream, partitions } = setting;
  const ever: Application[] = [];
  let there: readonly Application[] = [];
  let turn = 0;
  let changes = 0;
  const call: Application['call'] = (...request) => {
    const one = there[(turn += 1) % there.length];
    if (!one) throw new Error('nobody is there');
    return one.call(...request);
  };

  async function start(build: 'former' | 'this'): Promise<Application> {
    const one = await setting.application({}, {}, build === 'former' ? former : undefined);
    ever.push(one);
    await one.start();
    there = [...there, one];
    changes += 1;
    await shared(there, partitions);
    return one;
  }

  await start('former');
  const restaurants = Array.from({ length: partitions }, (_, n) => newRestaurantOn(n, partitions));
  await Promise.all(restaurants.map((id) => openRestaurant({ call }, id, { maxTeams: 1_000 })));
  const load = startLoad({ call, upstream, restaurants, random: seededRandom(1) });
  return {
    setting,
    load,
    call,
    ever,
    changes: () => changes,
    join: async (build) => {
      const one = await start(build);
      await served(load);
      return one;
    },
    without: async (one, how) => {
      there = there.filter((each) => each !== one);
      changes += 1;
      await one.server[how]();
      await shared(there, partitions);
      await served(load);
    },
  };
}

/** Each build takes over from the other: what it left when it was killed, what it left in order, and half of it. */
async function takeTurns({ load, ever, join: joins, without }: Fleet): Promise<void> {
  await served(load);
  const [first] = ever;
  const mine = await joins('this');
  if (first) await without(first, 'kill');
  const former = await joins('former');
  await without(mine, 'kill');
  const second = await joins('this');
  await without(former, 'stop');
  await joins('former');
  await without(second, 'stop');
  await joins('this');
}

async function expectAllWell(setting: Setting, { load, call, ever, changes }: Fleet): Promise<void> {
  const report = await checkNothingLostNothingTwice(setting, { call }, load.told);
  expect(report.commands).toBeGreaterThan(300);
  const read = await readTopics(setting.kafka, topics.dlq, topics.changelog);
  expect(read[topics.dlq]).toEqual([]);
  expect(ever.flatMap(errorsOf)).toEqual([]);
  const claims = read[topics.changelog].filter(({ key }) => key?.toString() === ownerKey);
  const most = Math.max(
    ...[...Map.groupBy(claims, ({ partition }) => partition).values()].map((all) => all.length),
  );
  expect(most).toBeLessThanOrEqual(claimsAChange * changes());
  await expectVerified(setting);
}

/** What a process logged as an error: a history, a task that has stopped, a record that cannot be read. */
const errorsOf = (one: Application): string[] =>
  one
    .logged()
    .split('\n')
    .filter((line) => /^\{"level":[56]0,/.test(line));

async function expectVerified({ urls, partitions }: Setting): Promise<void> {
  const { code, json } = await waitingJson(urls, 'verify');
  expect(json).toMatchObject({ equal: true, differences: [] });
  expect(json).toMatchObject({ partitions: Array(partitions).fill({ decidedAgain: true, notes: [] }) });
  expect(code).toBe(0);
}

/** The level is raised once the former build is gone, and keeps it away; what is written from then on is read after a kill. */
async function raiseLevel(fleet: Fleet, former: string): Promise<void> {
  const { setting, ever, without, join: joins } = fleet;
  const { urls, redis } = setting;
  const [last, mine] = ever.slice(-2);
  if (!last || !mine) throw new Error('nobody is there');
  expect((await waiting(urls, 'setup')).out).toContain('format level: 0, and this build knows');
  const refused = await waiting(urls, 'setup', '--finalize');
  expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/an older build runs .* up to 0/) });
  expect((await waitingJson(urls, 'setup')).json).toMatchObject({ formatLevel: 0 });

  await without(last, 'stop');
  const raised = await waitingJson(urls, 'setup', '--finalize');
  expect(raised).toMatchObject({ code: 0, json: { formatLevel: newestLevel, formerLevel: 0 } });
  await eventually('a running process hears of the level', () => mine.says('the format level was raised'));
  await eventually('entries of the outbox name their form', () => hasNewEntry(redis));
  expect(await endOf(former, urls)).toMatchObject({
    code: 1,
    said: expect.stringContaining('the topics are not partitioned alike'),
  });
  await joins('this');
  await without(mine, 'kill');
}

/** Whether an outbox has an entry that begins with the version of its form. */
async function hasNewEntry(redis: Setting['redis']): Promise<boolean> {
  for (const key of await redis.keys('*{waiting.commands-*}')) {
    const fields = await redis.hgetallBuffer(key);
    const entries = Object.entries(fields).filter(([field]) => field.startsWith('outbox/'));
    if (entries.some(([, value]) => entryOf(value).readUInt8(0) === 1)) return true;
  }
  return false;
}

/** Starts a process of a build that is to end by itself; what it said, and its code. */
function endOf(root: string, urls: Urls): Promise<{ readonly code: unknown; readonly said: string }> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...urls, HTTP_PORT: '0' }, timeout: 60_000 };
    execFile(process.execPath, [join(root, 'src', 'main.ts')], options, (error, out, err) => {
      resolve({ code: error?.code ?? 0, said: out + err });
    });
  });
}
