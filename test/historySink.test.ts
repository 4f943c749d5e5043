/** The sink of one partition on a real Postgres, its log written by hand. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import type { Event, Happening } from '../src/domain/event.ts';
import { idOf } from '../src/domain/queue.ts';
import { openDatabase } from '../src/history/database.ts';
import { historyMetrics } from '../src/history/metrics.ts';
import { postgresHistory } from '../src/history/postgres.ts';
import { historyReader } from '../src/history/read.ts';
import { startSink } from '../src/history/sink.ts';
import { encodeEvent } from '../src/schemas/events.ts';
import { boundsAmong } from '../src/topology/bounds.ts';
import { systemClock } from '../src/topology/clock.ts';
import type { InputRecord } from '../src/topology/ports.ts';
import type { Task } from '../src/topology/task.ts';
import { withSetting } from './application.ts';
import { offlineCodec } from './codec.ts';
import { eventually, forgedPartition, newRestaurant, newRestaurantOn } from './http.ts';

/** A log that exists nowhere: the records of partition 0 of a topic of its own. */
interface Log {
  readonly topic: string;
  start: number;
  readonly values: (Buffer | null)[];
}

interface Running {
  readonly sink: Task;
  readonly metrics: Registry;
  /** What is on the log and not given yet comes. */
  readonly deliver: () => void;
}

const newLog = (values: Log['values'] = []): Log => ({ topic: `test-${randomUUID()}`, start: 0, values });

const recordsOf = ({ topic, start, values }: Log): InputRecord[] =>
  values
    .map((value, offset) => ({ topic, partition: 0, offset, timestamp: 1, key: null, value, headers: [] }))
    .slice(start);

function run(pool: Pool, log: Log, cluster = 'here', committed: number | null = null): Running {
  const metrics = new Registry();
  let from: number | null = null;
  const deliver = (): void => {
    const begin = from;
    if (begin === null) return;
    sink.offer(
      recordsOf(log).filter(({ offset }) => offset >= begin),
      log.values.length,
    );
  };
  const place = { topic: log.topic, partition: 0, cluster };
  const sink = startSink({
    store: postgresHistory(pool, place, () => undefined),
    place,
    source: {
      pause: () => (from = null),
      resume: (_partition, offset) => {
        from = offset;
        setImmediate(deliver);
      },
      commit: () => undefined,
    },
    logRange: () => Promise.resolve({ start: log.start, end: log.values.length }),
    committed: () => Promise.resolve(committed),
    codec: offlineCodec,
    clock: systemClock,
    bounds: () => boundsAmong(1).fetched,
    metrics: historyMetrics(metrics, Date.now),
    log: () => undefined,
  });
  return { sink, metrics, deliver };
}

/** Runs the callback with a pool on the tables of this run of `npm test`, and a restaurant whose rows no log has made. */
const withPool = (callback: (pool: Pool, restaurantId: number) => Promise<void>): Promise<void> =>
  withSetting(async ({ urls, partitions }) => {
    const options = {
      use: 'history',
      connections: 4,
      statementMillis: 10_000,
      lost: () => undefined,
    } as const;
    const pool = openDatabase({ url: urls.DATABASE_URL }, options);
    try {
      await callback(pool, newRestaurantOn(forgedPartition, partitions));
    } finally {
      await pool.end();
    }
  });

const at = Date.parse('2025-10-02T03:00:00Z');

/** The versions of a restaurant's events, each a registration of the next team. */
function registrations(restaurantId: number, ...versions: number[]): Buffer[] {
  return versions.map((version) => {
    const happening: Happening = {
      type: 'WaitingRegistered',
      position: version,
      estimatedWaitMinutes: 0,
      waiting: {
        status: 'WAITING',
        waitingId: idOf(restaurantId, version),
        datesId: 1,
        ticketNo: version,
        userId: version,
        userCount: 2,
        createdAt: at,
        unanswered: 0,
        soonTold: false,
      },
    };
    const event: Event = { ...happening, restaurantId, version, at };
    return encodeEvent(offlineCodec, event);
  });
}

const versionOf = async (pool: Pool, restaurantId: number): Promise<number> =>
  (await historyReader(pool).reach(restaurantId))?.version ?? 0;

const failed = ({ sink }: Running): Promise<void> =>
  eventually('it stops', () => sink.state() === 'failed', 60_000);

describe('the sink', () => {
  test('goes on where it was, and passes over refusals', () =>
    withPool(async (pool, restaurantId) => {
      const refusal = offlineCodec.encode('CommandRejected', {
        restaurantId,
        at,
        commandId: randomUUID(),
        command: 'CallWaiting',
        code: 'CALL_PENDING',
        detail: '',
      });
      const log = newLog([...registrations(restaurantId, 1), refusal, ...registrations(restaurantId, 2)]);
      const first = run(pool, log);
      await eventually('both are there', async () => (await versionOf(pool, restaurantId)) === 2);
      await first.sink.close();

      log.values.push(...registrations(restaurantId, 3));
      const second = run(pool, log);
      await eventually('the third is there', async () => (await versionOf(pool, restaurantId)) === 3);
      await eventually('it has all', async () =>
        (await second.metrics.metrics()).includes('waiting_history_lag_records{partition="0"} 0'),
      );
      await second.sink.close();
    }));

  test.each([
    ['no bytes', null],
    ['bytes of nobody', Buffer.from('{"restaurantId": 1}')],
    [
      'a record of ours that is no event',
      offlineCodec.encode('TaskPosition', { next: 1, wellAt: null, beatAt: null, partitions: null }),
    ],
  ])('stops at %s with what is before it written, and keeps it', (_what, poison) =>
    withPool(async (pool, restaurantId) => {
      const log = newLog([...registrations(restaurantId, 1), poison, ...registrations(restaurantId, 2)]);
      const running = run(pool, log);
      await failed(running);
      expect(await versionOf(pool, restaurantId)).toBe(1);
      expect(await running.metrics.metrics()).toMatch(
        /^waiting_history_errors_total\{kind="PoisonedError"\} 1$/m,
      );
      expect(await running.metrics.metrics()).toMatch(/^waiting_history_lag_records\{partition="0"\} 2$/m);
      await running.sink.close();

      const again = run(pool, log);
      await failed(again);
      expect(await versionOf(pool, restaurantId)).toBe(1);
      await again.sink.close();
    }),
  );

  test('stops on a log that has lost what was not written, also when it happens under it', () =>
    withPool(async (pool, restaurantId) => {
      const log = newLog(registrations(restaurantId, 1));
      const running = run(pool, log);
      await eventually('the first is there', async () => (await versionOf(pool, restaurantId)) === 1);
      log.values.push(...registrations(restaurantId, 2, 3, 4));
      log.start = 3;
      running.deliver();
      await failed(running);
      await running.sink.close();

      const again = run(pool, log);
      await failed(again);
      await again.sink.close();
      expect(await versionOf(pool, restaurantId)).toBe(1);
    }));

  test('stops where the tables have the history of another cluster, or more than the log', () =>
    withPool(async (pool, restaurantId) => {
      const log = newLog(registrations(restaurantId, 1, 2));
      const here = run(pool, log);
      await eventually('both are there', async () => (await versionOf(pool, restaurantId)) === 2);
      await here.sink.close();

      const elsewhere = run(pool, log, 'elsewhere');
      await failed(elsewhere);
      await elsewhere.sink.close();
      log.values.pop();
      const shorter = run(pool, log);
      await failed(shorter);
      await shorter.sink.close();
    }));

  test.each([
    ['all of the log', null, 5],
    ['what comes after the offset of its group', 2, 3],
    ['nothing, before the marker of the last transaction', 4, 0],
  ])(
    'started while Postgres is away it is behind by %s, and the age grows',
    async (_what, committed, lag) => {
      const nowhere = openDatabase(
        { url: 'postgres://postgres@127.0.0.1:1/waiting' },
        {
          use: 'history',
          connections: 1,
          statementMillis: 1_000,
          lost: () => undefined,
        },
      );
      const running = run(nowhere, newLog(registrations(newRestaurant(), 1, 2, 3, 4, 5)), 'here', committed);
      const sample = async (name: string): Promise<number> => {
        const text = await running.metrics.metrics();
        return Number(
          new RegExp(`^waiting_history_lag_${name}\\{partition="0"\\} (.*)$`, 'm').exec(text)?.[1],
        );
      };
      await eventually('it waits for Postgres', () => running.sink.state() === 'backing off');
      expect(await sample('records')).toBe(lag);
      const age = await sample('seconds');
      if (lag === 0) expect(age).toBe(0);
      else await eventually('it gets older', async () => (await sample('seconds')) > age);
      await running.sink.close();
      await nowhere.end();
    },
  );

  test('two at once write every event once', () =>
    withPool(async (pool, restaurantId) => {
      const log = newLog();
      const both = [run(pool, log), run(pool, log)];
      for (let version = 1; version <= 40; version += 1) {
        log.values.push(...registrations(restaurantId, version));
        for (const { deliver } of both) deliver();
        await new Promise(setImmediate);
      }
      await eventually('all are there', async () => (await versionOf(pool, restaurantId)) === 40, 30_000);
      for (const { sink } of both) await sink.close();
      const { rows } = await pool.query<{ events: number; waitings: number }>(
        `SELECT (SELECT count(*)::integer FROM waiting_events WHERE restaurant_id = $1) AS events,
                (SELECT count(*)::integer FROM waitings WHERE restaurant_id = $1) AS waitings`,
        [restaurantId],
      );
      expect(rows).toEqual([{ events: 40, waitings: 40 }]);
    }));
});
