/** A log that one build after the other has decided, by all rules that there were, is decided again by this one. */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { Actor, CommandBody } from '../../src/domain/command.ts';
import { topics } from '../../src/schemas/topics.ts';
import { topicSpecs } from '../../src/topicSpecs.ts';
import { withAdmin } from '../../src/topology/kafka/admin.ts';
import type { KafkaClient } from '../../src/topology/kafka/client.ts';
import { type Setting, withSetting } from '../application.ts';
import { withBrokers } from '../brokers.ts';
import { waitingJson } from '../cli.ts';
import { type FormerBuild, formerBuilds, setUpBy, withBuilds } from './formerBuilds.ts';
import { eventually, newRestaurantOn } from '../http.ts';
import { header, of, readTopics } from '../logs.ts';

const builds = Object.keys(formerBuilds) as FormerBuild[];
const settings = {
  name: '다예약',
  timeZone: 'Asia/Seoul',
  maxTeams: 20,
  minUserCount: 1,
  maxUserCount: 10,
  answerMinutes: 10,
  maxMoveMinutes: 15,
  minutesPerTeam: 3,
  minuteMillis: 60_000,
};
const owner: Actor = { role: 'OWNER', id: null };
const service: Actor = { role: 'SERVICE', id: null };
const customer = (id: number): Actor => ({ role: 'CUSTOMER', id: String(id) });

/** What the rules differ in: who may ask for what, and how a second registration is refused. */
function life(restaurantId: number, user: number): readonly (readonly [CommandBody, Actor])[] {
  const now = Date.now();
  const day = { datesId: 1, date: '2025-10-02', opensAt: now - 1_000, closesAt: now + 1e9 };
  const register = { type: 'RegisterWaiting', datesId: 1, userId: user, userCount: 2 } as const;
  const first = restaurantId * 10_000_000 + 1;
  return [
    [{ type: 'ConfigureRestaurant', settings }, owner],
    [{ type: 'OpenBusinessDay', ...day }, owner],
    [register, service],
    [register, service],
    [{ type: 'CallWaiting', waitingId: first, call: null }, customer(user + 1)],
    [{ type: 'CancelWaiting', waitingId: first, reason: null }, customer(user + 1)],
    [{ type: 'DeleteNoShow', noShowId: first }, customer(user)],
    [{ type: 'CloseBusinessDay', datesId: 1, dueAt: null }, customer(user)],
    // Without an event: nothing is left to close.
    [{ type: 'CloseBusinessDay', datesId: 1, dueAt: null }, customer(user)],
  ];
}

/** Has the running process decide a life, and waits until its last command with an event is told. */
async function decide(
  { codec, upstream, kafka }: Setting,
  restaurantId: number,
  user: number,
): Promise<void> {
  for (const [body, actor] of [...life(restaurantId, user), [{ type: 'RevokePairings' }, service] as const]) {
    const command = { ...body, commandId: randomUUID(), restaurantId, actor, issuedAt: Date.now() };
    const value = codec.encode(body.type, command);
    await upstream.send({ key: String(restaurantId), value });
  }
  const { commandId, message } = await upstream.registration(restaurantId, user);
  await upstream.send(message);
  await eventually('it is decided and told', async () => {
    const told = await readTopics(kafka, topics.events);
    return told[topics.events].some((event) => header(event, 'causationid') === commandId);
  });
}

/** The first builds left the compression of commands to their senders; this one names the command that mends that. */
async function takeTheSettingsOfToday(kafka: KafkaClient): Promise<void> {
  const config = topicSpecs.find(({ topic }) => topic === topics.commands)?.config ?? {};
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topics.commands, configEntries };
  await withAdmin(kafka, (admin) => admin.alterConfigs({ validateOnly: false, resources: [resource] }));
}

test('verify decides a log of the rules 1, 2, 3 and this build’s again', async () => {
  await withBuilds(builds, (rootOf) =>
    withBrokers(
      1,
      async ({ stack: { urls } }) => {
        for (const build of builds) await setUpBy(rootOf(build), urls);
        await withSetting(async (setting) => {
          const { kafka, partitions } = setting;
          const restaurantId = newRestaurantOn(0, partitions);
          await takeTheSettingsOfToday(kafka);
          for (const [n, root] of [...builds.map(rootOf), undefined].entries()) {
            // The tables are those of today: a build from before users were forgotten would write them as it was used to.
            const app = await setting.application(root ? { ROLES: 'ingress,queue' } : {}, {}, root);
            await app.start();
            await decide(setting, restaurantId, 10 * n + 1);
            await app.server.stop();
          }
          const events = (await readTopics(kafka, topics.events))[topics.events].filter(of(restaurantId));
          const rules = new Set(events.map((event) => header(event, 'rulesversion')));
          expect([...rules]).toEqual(['1', '2', '3', '4']);
          const { code, json } = await waitingJson(urls, 'verify', '--partition', '0');
          expect(json).toMatchObject({ equal: true, differences: [], partitions: [{ decidedAgain: true }] });
          expect(code).toBe(0);
        }, urls);
      },
      { only: ['kafka', 'registry', 'redis', 'postgres'] },
    ),
  );
}, 600_000);
