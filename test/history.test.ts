/** History in a real Postgres: it has what the events say, once, whatever is killed, stopped or delivered again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Client as Database } from 'pg';
import { howFrom } from '../infra/stack/how.ts';
import { startStack } from '../infra/stack/stack.ts';
import type { Queue } from '../src/domain/queue.ts';
import { changesOf } from '../src/history/changes.ts';
import { queueKey } from '../src/processors/keys.ts';
import { toEvent } from '../src/schemas/events.ts';
import { decodeQueue, encodeQueue } from '../src/schemas/state.ts';
import { topics } from '../src/schemas/topics.ts';
import { partitionOf } from '../src/topology/kafka/client.ts';
import { taskKey } from '../src/topology/redis/taskStore.ts';
import { type Application, servers, type Setting, withSetting } from './application.ts';
import {
  eventually,
  forgedPartition,
  insist,
  newRestaurant,
  newRestaurantOn,
  numberIn,
  openRestaurant,
} from './http.ts';
import type { Answer } from './httpIngress.ts';
import { decodeAll, of, readTopics } from './logs.ts';

/** A backlog, or a group whose last member was killed. */
const catchUpMillis = 40_000;

async function withDatabase(url: string, callback: (database: Database) => Promise<void>): Promise<void> {
  const database = new Database({ connectionString: url });
  await database.connect();
  try {
    await callback(database);
  } finally {
    await database.end();
  }
}

/** The rows of restaurants, instants as ISO 8601, ids as numbers. */
async function rowsOf(database: Database, restaurants: readonly number[]) {
  const select = async (table: string, order: string): Promise<object[]> => {
    const sql = `SELECT to_jsonb(t) AS row FROM ${table} t WHERE restaurant_id = ANY ($1) ORDER BY ${order}`;
    const { rows } = await database.query<{ row: Record<string, unknown> }>(sql, [restaurants]);
    return rows.map(({ row }) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          name.endsWith('at') && typeof value === 'string' ? new Date(value).toISOString() : value,
        ]),
      ),
    );
  };
  return {
    events: await select('waiting_events', 'restaurant_id, version'),
    waitings: await select('waitings', 'waiting_id'),
    noShows: await select('no_shows', 'no_show_id'),
  };
}

/** The rows that the events on the topic make. */
async function expectedRows({ kafka, codec }: Setting, restaurants: readonly number[]) {
  const read = await readTopics(kafka, topics.events);
  const events = restaurants.flatMap((restaurantId) =>
    decodeAll(codec, read[topics.events].filter(of(restaurantId)))
      .filter(({ decoded }) => decoded.name !== 'CommandRejected')
      .map(({ decoded }) => toEvent(decoded)),
  );
  const changes = changesOf(events);
  const marked = <R extends { readonly restaurant_id: number; readonly version: number }>(
    rows: readonly R[],
    id: (row: R) => number,
    deletions: typeof changes.waitingDeletions,
  ): object[] =>
    rows
      .map((row) => {
        const gone = deletions.find(
          ({ restaurant_id, first_id, last_id }) =>
            restaurant_id === row.restaurant_id && first_id <= id(row) && id(row) <= last_id,
        );
        return { ...row, version: gone?.version ?? row.version, deleted_at: gone?.at ?? null };
      })
      .sort((a, b) => id(a) - id(b));
  return {
    events: [...changes.events].sort((a, b) => a.restaurant_id - b.restaurant_id || a.version - b.version),
    waitings: marked(changes.waitings, (row) => row.waiting_id, changes.waitingDeletions),
    noShows: marked(changes.noShows, (row) => row.no_show_id, changes.noShowDeletions),
  };
}

/**
 * Postgres has every event of the restaurants, and is what they make. The restaurants are quiet by now; answers go out
 * ahead of the events, so their queues say how many events there are.
 */
async function expectHistory(
  setting: Setting,
  { call }: Pick<Application, 'call'>,
  database: Database,
  restaurants: readonly number[],
): Promise<void> {
  const versions = await Promise.all(
    restaurants.map((restaurantId) => insist(call, 'GET', `/restaurants/${restaurantId}/queue`)),
  );
  const count = versions.reduce((sum, answer) => sum + numberIn(answer, 'version'), 0);
  await eventually(
    'history has every event',
    async () => {
      const sql = 'SELECT count(*)::integer AS count FROM waiting_events WHERE restaurant_id = ANY ($1)';
      const { rows } = await database.query<{ count: number }>(sql, [restaurants]);
      return rows[0]?.count === count;
    },
    catchUpMillis,
  );
  expect(await rowsOf(database, restaurants)).toEqual(await expectedRows(setting, restaurants));
}

const register = (
  { call }: Pick<Application, 'call'>,
  restaurantId: number,
  userId: number,
): Promise<Answer> => insist(call, 'POST', '/waitings', { datesId: 1, userId, userCount: 2, restaurantId });

const ids = (answer: Answer, field: string): unknown[] =>
  (answer.body?.['items'] as Record<string, unknown>[]).map((item) => item[field]);

test(
  'every write is read at once and ends up in Postgres; killed connections and repeats change nothing',
  () =>
    withSetting(async (setting) => {
      const app = await setting.application();
      await app.start();
      const { call } = app;
      await withDatabase(setting.urls.DATABASE_URL, async (database) => {
        const restaurantId = newRestaurant();
        // A minute of this restaurant is 20 ms, so that nobody answers in time.
        await openRestaurant(app, restaurantId, { minuteMillis: 20, answerMinutes: 10 });
        const first = numberIn(await register(app, restaurantId, 1), 'waitingId');
        const second = numberIn(await register(app, restaurantId, 2), 'waitingId');
        const third = numberIn(await register(app, restaurantId, 3), 'waitingId');
        for (const status of ['NO_ANSWER', 'NO_ANSWER2']) {
          await insist(call, 'POST', `/waitings/${restaurantId}/${first}/actions/waiting_call`);
          await eventually(status, async () => {
            return (await call('GET', `/waitings/${first}`)).body?.['status'] === status;
          });
        }
        expect(await call('GET', `/noShows?restaurantId=${restaurantId}`)).toMatchObject({
          status: 200,
          body: { items: [{ userId: 1, waitingId: first, datesId: 1 }], nextCursor: null },
        });

        const given = { restaurantId, userId: 9, reason: '연락 두절' };
        const registered = await call('POST', '/noShows', given);
        expect(registered).toMatchObject({ status: 201, body: { ...given, waitingId: null, datesId: null } });
        const noShowId = numberIn(registered, 'noShowId');
        expect(await call('GET', `/noShows/${noShowId}`)).toMatchObject({
          status: 200,
          body: registered.body,
        });
        expect(await call('DELETE', `/noShows/${noShowId}`)).toMatchObject({ status: 204 });
        expect(await call('GET', `/noShows/${noShowId}`)).toMatchObject({
          status: 404,
          body: { code: 'NO_SHOW_NOT_FOUND' },
        });
        expect(await call('DELETE', `/waitings/${second}`)).toMatchObject({ status: 204 });
        const list = await call('GET', `/waitings?restaurantId=${restaurantId}`);
        expect(ids(list, 'waitingId')).toEqual([first, third]);
        await expectHistory(setting, app, database, [restaurantId]);

        const { rows } = await database.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'waiting-%'",
        );
        expect(rows.length).toBeGreaterThan(0);
        await register(app, restaurantId, 4);
        await expectHistory(setting, app, database, [restaurantId]);

        // Everything is delivered once more.
        await database.query('UPDATE history_offsets SET next_offset = 0');
        expect(await call('DELETE', `/waitings/all/${restaurantId}`)).toMatchObject({ status: 204 });
        expect(await call('DELETE', `/noShows/all/${restaurantId}`)).toMatchObject({ status: 204 });
        await expectHistory(setting, app, database, [restaurantId]);
        const { text } = await call('GET', '/metrics');
        expect(text).toMatch(/^waiting_history_errors_total\{kind="OvertakenError"\} [1-9]/m);
        expect(app.ended()).toBeNull();
      });
    }),
  120_000,
);

test(
  'kill -9 in between leaves what the events say',
  () =>
    withSetting(async (setting) => {
      const app = await setting.application();
      await app.start();
      const { partitions } = setting;
      const restaurants = Array.from({ length: partitions }, (_, n) => newRestaurantOn(n, partitions));
      await Promise.all(restaurants.map((restaurantId) => openRestaurant(app, restaurantId)));
      let registrations = 0;
      let over = false;
      const load = restaurants.map(async (restaurantId) => {
        for (let userId = 1; !over; userId += 1) {
          const waitingId = numberIn(await register(app, restaurantId, userId), 'waitingId');
          const path = `/waitings/${restaurantId}/${waitingId}/actions/waiting_entered`;
          await insist(app.call, 'POST', path);
          registrations += 1;
        }
      });
      for (const more of [40, 80]) {
        const before = registrations;
        await eventually('it serves', () => registrations >= before + more, 60_000);
        await app.server.kill();
        await app.start();
      }
      over = true;
      await Promise.all(load);
      await withDatabase(setting.urls.DATABASE_URL, (database) =>
        expectHistory(setting, app, database, restaurants),
      );
    }),
  240_000,
);

const old = 16 * 60_000;

/** The queue as it would be a quarter of an hour after all that has happened to it. */
const aged = (queue: Queue): Queue => ({
  ...queue,
  waitings: queue.waitings.map((waiting) =>
    'finishedAt' in waiting && waiting.finishedAt !== null
      ? { ...waiting, finishedAt: waiting.finishedAt - old }
      : waiting,
  ),
  noShows: queue.noShows.map((noShow) => ({ ...noShow, createdAt: noShow.createdAt - old })),
  deletedWaitings: queue.deletedWaitings.map((mark) => ({ ...mark, at: mark.at - old })),
  deletedNoShows: queue.deletedNoShows.map((mark) => ({ ...mark, at: mark.at - old })),
});

/**
 * Lets a quarter of an hour pass for a queue: the application is down meanwhile, and decides a command afterwards. No
 * log says so: the queue is on the partition for such.
 */
async function letPass({ redis, codec, partitions }: Setting, app: Application, restaurantId: number) {
  await app.server.stop();
  const task = taskKey('waiting', topics.commands, partitionOf(String(restaurantId), partitions));
  const state = await redis.hgetBuffer(task, queueKey(restaurantId));
  if (!state) throw new Error(`there is no state of restaurant ${restaurantId}`);
  await redis.hset(task, queueKey(restaurantId), encodeQueue(codec, aged(decodeQueue(codec, state))));
  await app.start();
  await insist(app.call, 'DELETE', `/waitings/${restaurantId * 10_000_000 + 1}`);
}

/** The numbers of a day, counted in the rows of all its waitings; minutes of 20 ms. */
async function counted(database: Database, restaurantId: number, datesId: number): Promise<object> {
  interface Row {
    readonly dates_id: number;
    readonly deleted_at: string | null;
    readonly status: string;
    readonly created_at: string;
    readonly finished_at: string;
  }
  const { waitings } = await rowsOf(database, [restaurantId]);
  const rows = (waitings as Row[]).filter((row) => row.dates_id === datesId && row.deleted_at === null);
  const having = (...statuses: readonly string[]) => rows.filter(({ status }) => statuses.includes(status));
  const seated = having('ENTERED');
  const waited = seated.reduce(
    (sum, row) => sum + Date.parse(row.finished_at) - Date.parse(row.created_at),
    0,
  );
  return {
    restaurantId,
    datesId,
    waiting: having('WAITING', 'FIRST_CALLED').length,
    seated: seated.length,
    cancelled: having('CANCEL', 'OWNER_CANCEL').length,
    noShows: having('NO_ANSWER2').length,
    averageWaitMinutes: seated.length === 0 ? null : Math.round(waited / seated.length / 20),
  };
}

test('a day in numbers is what its waitings come to, however many of them the queue has forgotten', async () => {
  await withSetting(async (setting) => {
    const app = await setting.application();
    await app.start();
    const { call } = app;
    const restaurantId = newRestaurantOn(forgedPartition, setting.partitions);
    await openRestaurant(app, restaurantId, { minuteMillis: 20, answerMinutes: 10 });
    const { body: queue } = await call('GET', `/restaurants/${restaurantId}/queue`);
    const [day] = queue?.['days'] as { date: string; opensAt: string; closesAt: string }[];
    const hours = { date: day?.date, opensAt: day?.opensAt, closesAt: day?.closesAt };
    await insist(call, 'PUT', `/restaurants/${restaurantId}/dates/2`, hours);

    const registered = async (userId: number, datesId: number): Promise<number> => {
      const body = { datesId, userId, userCount: 2, restaurantId };
      return numberIn(await insist(call, 'POST', '/waitings', body), 'waitingId');
    };
    const act = (waitingId: number, action: string, body?: object): Promise<Answer> =>
      insist(call, 'POST', `/waitings/${restaurantId}/${waitingId}/actions/${action}`, body);
    for (const [datesId, users] of [
      [1, 0],
      [2, 10],
    ] as const) {
      const teams: number[] = [];
      for (const n of [1, 2, 3, 4, 5, 6, 7]) teams.push(await registered(users + n, datesId));
      const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = teams;
      await act(first, 'waiting_entered');
      await act(second, 'waiting_entered');
      await act(third, 'waiting_cancel', { actor: 'CUSTOMER' });
      await act(fourth, 'waiting_cancel', { actor: 'OWNER', reason: '재료 소진' });
      await insist(call, 'DELETE', `/waitings/${fifth}`);
      // The sixth answers neither call; on the second day it is called once.
      for (const status of datesId === 1 ? ['NO_ANSWER', 'NO_ANSWER2'] : ['NO_ANSWER']) {
        await act(sixth, 'waiting_call');
        await eventually(status, async () => {
          return (await call('GET', `/waitings/${sixth}`)).body?.['status'] === status;
        });
      }
    }

    const numbers = async (datesId: number) =>
      (await call('GET', `/restaurants/${restaurantId}/dates/${datesId}/numbers`)).body;
    await withDatabase(setting.urls.DATABASE_URL, async (database) => {
      await expectHistory(setting, app, database, [restaurantId]);
      expect(await numbers(1)).toEqual(await counted(database, restaurantId, 1));
      expect(await numbers(2)).toEqual(await counted(database, restaurantId, 2));
      expect(await numbers(1)).toMatchObject({ waiting: 1, seated: 2, cancelled: 2, noShows: 1 });

      // What lets the time pass deletes the first.
      await letPass(setting, app, restaurantId);
      await expectHistory(setting, app, database, [restaurantId]);
      expect(await numbers(1)).toEqual(await counted(database, restaurantId, 1));
      expect(await numbers(2)).toEqual(await counted(database, restaurantId, 2));
      expect(await numbers(1)).toMatchObject({ waiting: 1, seated: 1, cancelled: 2, noShows: 1 });
      expect(await numbers(2)).toMatchObject({ waiting: 1, seated: 2, cancelled: 2, noShows: 0 });
      expect((await call('GET', `/restaurants/${restaurantId}/dates/3/numbers`)).status).toBe(404);
    });
  });
});

test('Postgres stopped in between: the queue does not notice, no false 404, and history catches up', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'waiting-history-'));
  const stack = await startStack({ dataDir, only: ['postgres'], how: howFrom(process.env) });
  const urls = { ...servers(), DATABASE_URL: stack.urls.DATABASE_URL };
  try {
    await withSetting(async (setting) => {
      const app = await setting.application();
      await app.start();
      const { call } = app;
      const restaurantId = newRestaurantOn(forgedPartition, setting.partitions);
      await openRestaurant(app, restaurantId);
      const get = async (path: string) => {
        const { status, body } = await call('GET', path);
        return { status, code: body?.['code'] ?? body?.['status'] ?? null };
      };
      const listed = `/waitings?restaurantId=${restaurantId}`;
      // The first is there to be deleted.
      await register(app, restaurantId, 1);
      const seated = numberIn(await register(app, restaurantId, 2), 'waitingId');
      await insist(call, 'POST', `/waitings/${restaurantId}/${seated}/actions/waiting_entered`);
      const noShow = await call('POST', '/noShows', { restaurantId, userId: 2 });
      const noShowId = numberIn(noShow, 'noShowId');
      await withDatabase(urls.DATABASE_URL, (database) =>
        expectHistory(setting, app, database, [restaurantId]),
      );

      await stack.servers.postgres?.stop();
      const waits = numberIn(await register(app, restaurantId, 3), 'waitingId');
      expect(await get(`/waitings/${waits}`)).toEqual({ status: 200, code: 'WAITING' });
      expect(await get(`/waitings/${seated}`)).toEqual({ status: 200, code: 'ENTERED' });
      expect((await call('GET', listed)).status).toBe(200);
      const numbers = `/restaurants/${restaurantId}/dates/1/numbers`;
      const counts = { waiting: 2, seated: 1, cancelled: 0, noShows: 0, averageWaitMinutes: 0 };
      expect(await call('GET', numbers)).toMatchObject({ status: 200, body: counts });
      await eventually('the lag shows', async () => {
        const { text } = await call('GET', '/metrics');
        return /^waiting_history_lag_seconds\{partition="\d+"\} (?!0$)/m.test(text);
      });
      // The lag shows as soon as a record came, the history waits as soon as Postgres did not take it.
      await eventually('readiness says that the history waits', async () => {
        const { body } = await call('GET', '/health/ready');
        return JSON.stringify(body).includes('"history":"away');
      });
      expect(await call('GET', '/health/ready')).toMatchObject({
        status: 200,
        body: { status: 'ok', checks: { queue: 'ok', history: expect.stringMatching(/^away/) } },
      });

      await letPass(setting, app, restaurantId);
      const lost = { status: 503, code: 'HISTORY_UNAVAILABLE' };
      expect(await get(`/waitings/${seated}`)).toEqual(lost);
      expect(await get(`/waitings/order/${restaurantId}/${seated}`)).toEqual(lost);
      expect(await get(`/noShows/${noShowId}`)).toEqual(lost);
      expect(await get(listed)).toEqual(lost);
      expect(await get(numbers)).toEqual(lost);
      // The line is all in the queue's state.
      const line = await call('GET', `${listed}&status=WAITING,COMMING`);
      expect(ids(line, 'waitingId')).toEqual([waits]);
      expect(await get(`/waitings/${waits + 1}`)).toEqual({ status: 404, code: 'WAITING_NOT_FOUND' });

      await stack.servers.postgres?.start();
      await withDatabase(urls.DATABASE_URL, (database) =>
        expectHistory(setting, app, database, [restaurantId]),
      );
      expect(await call('GET', `/waitings/${seated}`)).toMatchObject({
        status: 200,
        body: { status: 'ENTERED', position: null, estimatedWaitMinutes: 0, userId: 2 },
      });
      expect(await get(`/waitings/order/${restaurantId}/${seated}`)).toEqual({
        status: 200,
        code: 'ENTERED',
      });
      expect(await call('GET', `/noShows/${noShowId}`)).toMatchObject({ status: 200, body: noShow.body });
      expect(ids(await call('GET', `${listed}&datesId=1&status=ENTERED`), 'waitingId')).toEqual([seated]);
      // The first was deleted to let time pass.
      expect(await call('GET', numbers)).toMatchObject({ status: 200, body: { ...counts, waiting: 1 } });
      expect(ids(await call('GET', `${listed}&datesId=2`), 'waitingId')).toEqual([]);
      const noShows = `/noShows?restaurantId=${restaurantId}`;
      expect(ids(await call('GET', noShows), 'noShowId')).toEqual([noShowId]);
      expect(ids(await call('GET', `${noShows}&datesId=1`), 'noShowId')).toEqual([]);
      const [page, rest] = [await call('GET', `${listed}&limit=1`), await call('GET', listed)];
      expect(ids(page, 'waitingId')).toEqual([seated]);
      expect(ids(rest, 'waitingId')).toEqual([seated, waits]);
      const next = await call('GET', `${listed}&cursor=${String(page.body?.['nextCursor'])}`);
      expect(ids(next, 'waitingId')).toEqual([waits]);
      await eventually('history is up to date again', async () => {
        const ready = await call('GET', '/health/ready');
        return (ready.body?.['checks'] as Record<string, unknown>)['history'] === 'ok';
      });
    }, urls);
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
