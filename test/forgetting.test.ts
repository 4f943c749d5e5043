/** Users are forgotten in a real Postgres: once their rows are too old, and by name; and stay so when it is built anew. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import type { Event, Happening } from '../src/domain/event.ts';
import { idOf } from '../src/domain/queue.ts';
import { changesOf } from '../src/history/changes.ts';
import { openDatabase } from '../src/history/database.ts';
import { forgetAll, forgettingMetrics } from '../src/history/forgetting.ts';
import { postgresHistory } from '../src/history/postgres.ts';
import { historyReader } from '../src/history/read.ts';
import { sharedApplication } from './application.ts';
import { waiting, waitingJson } from './cli.ts';
import { eventually, forgedPartition, insist, newRestaurantOn, numberIn, openRestaurant } from './http.ts';

/** It forgets nothing by itself: these tests do. */
const shared = sharedApplication({ HISTORY_USER_DAYS: '0' });
let pool: Pool;
beforeAll(() => {
  const address = { url: shared().urls.DATABASE_URL };
  const lost = (): void => undefined;
  pool = openDatabase(address, { use: 'history', connections: 4, statementMillis: 10_000, lost });
});
afterAll(() => pool.end());

interface Names {
  readonly user_id: string;
  readonly reason: string | null;
}

/** Whom the rows of a restaurant name, in order of their ids. */
async function namesIn(
  table: 'waitings' | 'no_shows',
  restaurantId: number,
): Promise<[number, string | null][]> {
  const id = table === 'waitings' ? 'waiting_id' : 'no_show_id';
  const { rows } = await pool.query<Names>(
    `SELECT user_id, reason FROM ${table} WHERE restaurant_id = $1 ORDER BY ${id}`,
    [restaurantId],
  );
  return rows.map(({ user_id, reason }) => [Number(user_id), reason]);
}

describe('by age', () => {
  /** Long before anybody else's rows: what is forgotten here is of these tests. */
  const now = Date.parse('2001-01-01T00:00:00Z');
  const old = Date.parse('1999-06-01T00:00:00Z');
  const young = Date.parse('2000-06-01T00:00:00Z');
  /** No log has made its rows. */
  const newRestaurant = (): number => newRestaurantOn(forgedPartition, shared().partitions);

  const waitings = (
    restaurantId: number,
    ...rows: readonly (readonly [createdAt: number, reason: string | null])[]
  ): Happening[] =>
    rows.map(([createdAt, reason], n) => ({
      type: 'WaitingCancelled',
      waiting: {
        status: 'CANCEL',
        waitingId: idOf(restaurantId, n + 1),
        datesId: 1,
        ticketNo: n + 1,
        userId: 70 + n,
        userCount: 2,
        createdAt,
        unanswered: 0,
        soonTold: false,
        calledAt: null,
        moveMinutes: null,
        finishedAt: createdAt,
        reason,
      },
    }));
  const noShow = (restaurantId: number, createdAt: number, reason: string): Happening => ({
    type: 'NoShowRegistered',
    noShow: {
      noShowId: idOf(restaurantId, 1),
      userId: 70,
      waitingId: null,
      datesId: null,
      reason,
      createdAt,
    },
  });

  /** Writes them as the sink of a log that nobody has read yet. */
  async function write(restaurantId: number, happenings: readonly Happening[]): Promise<void> {
    const place = { topic: `test-${randomUUID()}`, partition: 0, cluster: 'here' };
    const store = postgresHistory(pool, place, () => undefined);
    const events = happenings.map((happening, n): Event => ({
      ...happening,
      restaurantId,
      version: n + 1,
      at: old + n,
    }));
    await store.position(0);
    await store.apply(changesOf(events), 0, events.length);
  }

  /** Two rows at a time; `paused` is called between them. */
  async function forget(metrics = new Registry(), paused: () => void = () => undefined): Promise<void> {
    const over = new AbortController();
    const sleep = (): Promise<void> => {
      try {
        paused();
      } catch {
        over.abort();
      }
      return Promise.resolve();
    };
    const deps = {
      pool,
      userDays: 365,
      clock: { now: () => now, sleep },
      metrics: forgettingMetrics(metrics, 0),
      log: () => undefined,
      batchRows: 2,
    };
    await forgetAll(deps, over.signal);
  }

  const sample = async (metrics: Registry, name: string): Promise<number> =>
    Number(new RegExp(`^waiting_history_forgotten_${name} (.*)$`, 'm').exec(await metrics.metrics())?.[1]);
  const rowsOf = (table: string): string => `rows_total\\{table="${table}"\\}`;

  test('a few rows at a time, the oldest first; what was left is done the next time', async () => {
    const restaurantId = newRestaurant();
    const written: Happening[] = [
      ...waitings(restaurantId, [old + 4, '비'], [old, 'DAY_CLOSED'], [old + 1, '늦음'], [young, '비']),
      noShow(restaurantId, old, '010-1234-5678'),
    ];
    await write(restaurantId, written);
    const metrics = new Registry();
    await forget(metrics, () => {
      throw new Error('the process ends');
    });
    expect(await namesIn('waitings', restaurantId)).toEqual([
      [70, '비'],
      [0, 'DAY_CLOSED'],
      [0, null],
      [73, '비'],
    ]);
    expect(await sample(metrics, rowsOf('waitings'))).toBe(2);
    expect(await sample(metrics, 'timestamp_seconds')).toBe(0);

    const next = new Registry();
    await forget(next);
    const forgotten = [
      [0, null],
      [0, 'DAY_CLOSED'],
      [0, null],
      [73, '비'],
    ];
    expect(await namesIn('waitings', restaurantId)).toEqual(forgotten);
    expect(await namesIn('no_shows', restaurantId)).toEqual([[0, null]]);
    expect(await sample(next, rowsOf('waitings'))).toBe(1);
    expect(await sample(next, 'timestamp_seconds')).toBe(now / 1_000);

    const read = historyReader(pool);
    expect(await read.waiting(idOf(restaurantId, 1))).toMatchObject({
      userId: 0,
      status: 'CANCEL',
      reason: null,
    });
    expect(await read.noShow(idOf(restaurantId, 1))).toMatchObject({ userId: 0, reason: null });

    // Built anew from the log, it names them until it is gone through again.
    await pool.query('DELETE FROM waitings WHERE restaurant_id = $1', [restaurantId]);
    await write(restaurantId, written);
    expect((await namesIn('waitings', restaurantId))[0]).toEqual([70, '비']);
    await forget();
    expect(await namesIn('waitings', restaurantId)).toEqual(forgotten);
  });

  test('by several processes at once, each row by one of them', async () => {
    const restaurantId = newRestaurant();
    const rows = Array.from({ length: 40 }, (_, n) => [old + n, null] as const);
    await write(restaurantId, waitings(restaurantId, ...rows));
    const metrics = [new Registry(), new Registry(), new Registry()];
    await Promise.all(metrics.map((each) => forget(each)));
    // What one of them was at when another had come to the end.
    const last = new Registry();
    await forget(last);
    const counts = await Promise.all([...metrics, last].map((each) => sample(each, rowsOf('waitings'))));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect((await namesIn('waitings', restaurantId)).every(([userId]) => userId === 0)).toBe(true);
  });

  test('a later event of a row that was forgotten brings nothing back', async () => {
    const restaurantId = newRestaurant();
    const [finished] = waitings(restaurantId, [old, '010-1234-5678']);
    if (finished?.type !== 'WaitingCancelled') throw new Error('it is a cancellation');
    const { status, calledAt, moveMinutes, finishedAt, reason, ...team } = finished.waiting;
    const registered = { ...team, status: 'WAITING' } as const;
    await write(restaurantId, [
      { type: 'WaitingRegistered', waiting: registered, position: 1, estimatedWaitMinutes: 0 },
    ]);
    await forget();
    const place = { topic: `test-${randomUUID()}`, partition: 0, cluster: 'here' };
    const store = postgresHistory(pool, place, () => undefined);
    await store.position(0);
    await store.apply(changesOf([{ ...finished, restaurantId, version: 2, at: old }]), 0, 1);
    expect(await namesIn('waitings', restaurantId)).toEqual([[0, null]]);
  });

  test.each(['waitings', 'no_shows'])('rows of %s are found by an index', async (table) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      // Tables of a test are so small that reading them through is cheaper.
      await client.query('SET LOCAL enable_seqscan = off');
      const plan = async (where: string): Promise<string> => {
        const { rows } = await client.query<object>(`EXPLAIN SELECT FROM ${table} WHERE ${where}`);
        return JSON.stringify(rows);
      };
      expect(await plan("user_id <> 0 AND created_at < '2000-01-01' ORDER BY created_at LIMIT 2")).toContain(
        `${table}_to_forget`,
      );
      expect(await plan('user_id = 7')).toContain(`${table}_of_user`);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });
});

describe('by name', () => {
  /** Not where tests forge state: it is verified. */
  const partition = forgedPartition + 2;
  const forget = (user: number, ...args: readonly string[]) =>
    waitingJson(shared().urls, 'privacy', 'forget', '--user', String(user), ...args);
  const newUser = (): number => 7_000_000_000_000_000 + Math.floor(Math.random() * 1e12);

  /** A restaurant where a user has cancelled a waiting, and did not come another time. */
  async function livesOf(user: number) {
    const { app, partitions } = shared();
    const restaurantId = newRestaurantOn(partition, partitions);
    await openRestaurant(app, restaurantId);
    const register = async (): Promise<number> => {
      const team = { datesId: 1, userId: user, userCount: 2, restaurantId };
      return numberIn(await insist(app.call, 'POST', '/waitings', team), 'waitingId');
    };
    const cancel = (waitingId: number) =>
      insist(app.call, 'POST', `/waitings/${restaurantId}/${waitingId}/actions/waiting_cancel`, {
        actor: 'OWNER',
        reason: '010-1234-5678',
      });
    const names = async (expected: readonly [number, string | null][], noShows: typeof expected) => {
      const has = async (): Promise<boolean> => {
        const found = [await namesIn('waitings', restaurantId), await namesIn('no_shows', restaurantId)];
        return JSON.stringify(found) === JSON.stringify([expected, noShows]);
      };
      await eventually('the history has it', has, 40_000);
    };
    return { restaurantId, register, cancel, names };
  }

  test('at once, but for who still waits; it stays so when the history is built anew, and what comes then is kept', async () => {
    const { app, urls } = shared();
    const user = newUser();
    const { restaurantId, register, cancel, names } = await livesOf(user);
    const first = await register();
    await insist(app.call, 'POST', '/noShows', { restaurantId, userId: user, reason: 'rude' });
    await names([[user, null]], [[user, 'rude']]);
    const waits = await forget(user, '--yes');
    expect(waits).toMatchObject({
      code: 1,
      json: { done: 'still waits', active: [{ waitingId: first, status: 'WAITING' }] },
    });
    const told = await waiting(urls, 'privacy', 'forget', '--user', String(user), '--yes');
    expect(told.out).toContain(`waiting ${first}, WAITING`);
    await names([[user, null]], [[user, 'rude']]);

    await cancel(first);
    const known = [[user, '010-1234-5678']] as const satisfies [number, string][];
    await names(known, [[user, 'rude']]);
    expect(await forget(user, '--dry-run')).toMatchObject({
      code: 0,
      json: { done: 'would be forgotten', rows: { waitings: 1, no_shows: 1 }, active: [] },
    });
    expect((await waiting(urls, 'privacy', 'forget', '--user', String(user))).code).toBe(2);
    await names(known, [[user, 'rude']]);

    const { code, json } = await forget(user, '--yes');
    expect([code, json]).toEqual([
      0,
      expect.objectContaining({ done: 'forgotten', rows: { waitings: 1, no_shows: 1 } }),
    ]);
    const { kept } = json as { readonly kept: readonly { readonly place: string; readonly until: string }[] };
    const events = kept.find(({ place }) => place === 'waiting.events');
    expect(events?.until).toMatch(/^37 days/);
    await names([[0, null]], [[0, null]]);
    expect(await forget(user, '--yes')).toMatchObject({
      code: 0,
      json: { rows: { waitings: 0, no_shows: 0 } },
    });

    // As docs/operations.md has it, but for the rows of the others.
    for (const table of ['waitings', 'no_shows', 'waiting_events'])
      await pool.query(`DELETE FROM ${table} WHERE restaurant_id = $1`, [restaurantId]);
    await pool.query(
      "UPDATE history_offsets SET next_offset = 0 WHERE topic = 'waiting.events' AND partition = $1",
      [partition],
    );
    const second = await register();
    await names(
      [
        [0, null],
        [user, null],
      ],
      [[0, null]],
    );
    expect(await forget(user, '--dry-run')).toMatchObject({
      code: 1,
      json: { active: [{ waitingId: second }] },
    });

    const verified = await waitingJson(urls, 'verify', '--partition', String(partition));
    expect(verified.json).toMatchObject({
      equal: true,
      partitions: [
        { notes: expect.arrayContaining([expect.stringMatching(/^\d+ rows have forgotten their user/)]) },
      ],
    });
    const { rows } = await pool.query<{ body: unknown }>(
      'SELECT body FROM waiting_events WHERE restaurant_id = $1',
      [restaurantId],
    );
    expect(rows.length).toBeGreaterThan(4);
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${user}|010-1234-5678|rude`));
  });

  test.each(['0', '-1', '1.5', 'me', '9007199254740993'])('%s is nobody', async (id) => {
    const { code, out } = await waiting(shared().urls, 'privacy', 'forget', `--user=${id}`, '--dry-run');
    expect([code, out]).toEqual([2, '']);
  });

  test('marks go when no log can bring their rows back', async () => {
    const [over, needed] = [newUser(), newUser()];
    await pool.query(
      `INSERT INTO forgotten_users VALUES ($1, now(), now() - interval '1 minute'), ($2, now(), 'infinity')`,
      [over, needed],
    );
    const deps = {
      pool,
      userDays: 0,
      clock: { now: Date.now, sleep: () => Promise.resolve() },
      metrics: forgettingMetrics(new Registry(), 0),
      log: () => undefined,
    };
    await forgetAll(deps, new AbortController().signal);
    const { rows } = await pool.query<{ user_id: string }>(
      'SELECT user_id FROM forgotten_users WHERE user_id IN ($1, $2)',
      [over, needed],
    );
    expect(rows).toEqual([{ user_id: String(needed) }]);
  });
});
