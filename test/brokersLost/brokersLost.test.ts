/** The application on three brokers when one of them is lost: who waits, for how long, and what heals by itself. */
import { expect, test } from '@jest/globals';
import type { ITopicConfig } from 'kafkajs';
import { topicVariables } from '../../infra/stack/cluster.ts';
import { topicSpecs } from '../../src/topicSpecs.ts';
import { topics } from '../../src/schemas/topics.ts';
import { logRanges } from '../../src/topology/kafka/logRanges.ts';
import { type Application, kafkaOf, type Setting, withSetting } from '../application.ts';
import { withApplicationOnBrokers, withBrokers } from '../brokers.ts';
import { eventually, newRestaurantOn, openRestaurant } from '../http.ts';
import { coordinatorOf, partitionsOf } from '../leadership.ts';
import { type Pulse, pulseMillis, startPulse } from '../pulse.ts';

const all = ['kafka', 'registry', 'redis', 'postgres'] as const;
const startMillis = 300_000;

/** Runs the callback while every partition is asked twice a second. */
async function whileAsked(
  { application, partitions }: Pick<Setting, 'application' | 'partitions'>,
  callback: (pulse: Pulse, app: Application) => Promise<void>,
): Promise<void> {
  const app = await application();
  await app.start();
  const restaurants = Array.from({ length: partitions }, (_, n) => newRestaurantOn(n, partitions));
  await Promise.all(restaurants.map((id) => openRestaurant(app, id)));
  const pulse = startPulse(app, restaurants);
  try {
    await callback(pulse, app);
  } finally {
    await pulse.stop();
  }
}

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`;
const report = (silences: readonly number[]): string =>
  `silent, by partition: ${silences.map(seconds).join(', ')}`;

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

/** How long a partition is without a leader (ms): LEADERLESS_SECONDS. */
const lastingMillis = 1_000 * Number(process.env['LEADERLESS_SECONDS'] ?? 20);
/** The partitions that cannot go on without theirs: timers and dead letters are seldom. */
const waits = new Set(
  [topics.commands, topics.events, topics.notifications, topics.changelog].map((topic) =>
    topicSpecs.findIndex((spec) => spec.topic === topic),
  ),
);

/** Each partition has one replica; of each topic another one has it on the third broker. */
const oneAlone = (): ITopicConfig[] =>
  topicSpecs.map(({ topic, config }, n) => ({
    topic,
    replicaAssignment: Array.from({ length: 8 }, (_, partition) => ({
      partition,
      replicas: [partition === n ? 3 : 1 + (partition % 2)],
    })),
    configEntries: Object.entries({ ...config, 'min.insync.replicas': '1' }).map(([name, value]) => ({
      name,
      value,
    })),
  }));

test(
  'a partition of each topic that nobody leads keeps no other waiting',
  () =>
    withBrokers(
      3,
      async ({ stack, brokers, broker }) => {
        const admin = kafkaOf(stack.urls).admin();
        await admin.connect();
        await admin.createTopics({ topics: oneAlone() });
        await admin.disconnect();
        await withSetting(
          (setting) =>
            whileAsked(setting, async (pulse) => {
              await eventually('all answer', () => pulse.answers(0).every((count) => count > 5), 60_000);
              // In order: whatever it leads and others could lead is handed over.
              await broker(3).stop();
              const led = await partitionsOf(brokers.slice(0, 2), Object.values(topics));
              expect(led.filter(({ leader }) => leader < 0)).toHaveLength(topicSpecs.length);
              // Every task takes itself over, and reads its changelog.
              await setting.redis.flushall();
              const since = Date.now();
              await pause(lastingMillis);
              const [silences, answers] = [pulse.silences(since), pulse.answers(since)];
              console.log(`one partition of each topic without a leader: ${report(silences)}`);
              for (const partition of [...silences.keys()].filter((each) => !waits.has(each))) {
                const pace = (answers[partition] ?? 0) / (lastingMillis / pulseMillis);
                expect([partition, (silences[partition] ?? 0) < 10_000, pace > 0.6]).toEqual([
                  partition,
                  true,
                  true,
                ]);
              }
              const back = Date.now();
              await broker(3).start();
              await eventually('all answer', () => pulse.answers(back).every((count) => count > 2), 60_000);
            }),
          stack.urls,
          topicVariables(3),
        );
      },
      { only: all },
    ),
  startMillis,
);

test(
  'offsets are committed again when the coordinator of their group is gone, and nothing is assigned anew',
  () =>
    withApplicationOnBrokers(3, async ({ brokers, broker, ...setting }) => {
      await whileAsked(setting, async (pulse, app) => {
        await eventually('all answer', () => pulse.answers(0).every((count) => count > 5), 60_000);
        const ranges = logRanges(setting.kafka);
        await ranges.open();
        const groups = [
          ['waiting-queue', topics.commands],
          ['waiting-history', topics.events],
        ] as const;
        const all = Array.from({ length: setting.partitions }, (_, partition) => partition);
        const offsets = () =>
          Promise.all(
            groups.flatMap(([group, topic]) => all.map((each) => ranges.committed(group, topic, each))),
          );
        try {
          const assigned = app.logged().split('partitions assigned').length;
          for (const [group] of groups) {
            const nodeId = await coordinatorOf(brokers, 'group', group);
            await broker(nodeId).kill();
            const next = async (): Promise<number> =>
              coordinatorOf(brokers, 'group', group).catch(() => nodeId);
            await eventually('another coordinates it', async () => (await next()) !== nodeId, 30_000);
            const before = await offsets();
            await eventually(
              'every offset moves on',
              async () => (await offsets()).every((now, n) => (now ?? 0) > (before[n] ?? 0)),
              30_000,
            );
            await broker(nodeId).start();
          }
          expect(app.logged().split('partitions assigned').length).toBe(assigned);
          expect(
            app.logged().split('offsets of a group are not committed yet').length - 1,
          ).toBeLessThanOrEqual(4);
        } finally {
          await ranges.close();
        }
      });
    }),
  startMillis,
);

/** One fault in the tests; how long partitions are silent at most is told of ten: LEADER_FAULTS=10. */
const faults = Number(process.env['LEADER_FAULTS'] ?? 1);

test.each(['killed', 'frozen'] as const)(
  'partitions whose leader is %s answer soon after another leads',
  (how) =>
    withApplicationOnBrokers(3, async ({ brokers, broker, ...setting }) => {
      await whileAsked(setting, async (pulse) => {
        const commands = () => partitionsOf(brokers, [topics.commands]);
        const inSync = async () => (await commands()).every((each) => each.inSync.length === brokers.length);
        const worst: number[] = [];
        for (let n = 0; n < faults; n += 1) {
          const begin = Date.now();
          await eventually('all answer', () => pulse.answers(begin).every((count) => count > 5), 60_000);
          await eventually('all have caught up', inSync, 60_000);
          const victim = broker((await commands())[n % setting.partitions]?.leader ?? 0);
          const since = Date.now();
          if (how === 'killed') await victim.kill();
          else victim.freeze();
          await eventually(
            'others lead',
            async () => (await commands()).every(({ leader }) => leader !== victim.nodeId),
            30_000,
          );
          const led = Date.now() - since;
          await eventually(
            'all answer',
            () => pulse.answers(since + led).every((count) => count > 2),
            60_000,
          );
          const silences = pulse.silences(since);
          worst.push(Math.max(...silences));
          console.log(`${how}: others lead after ${seconds(led)}; ${report(silences)}`);
          if (how === 'killed') await victim.start();
          else victim.thaw();
          expect(Math.max(...silences)).toBeLessThan(led + 6_000);
        }
        console.log(`${how} ${faults} times: ${seconds(Math.max(...worst))} at most`);
      });
    }),
  startMillis * faults,
);
