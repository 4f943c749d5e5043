import { expect, test } from '@jest/globals';
import { offlineCodec } from '../../test/codec.ts';
import { memorySubscriptions, subscription } from '../../test/pushPeer.ts';
import type { Notification } from '../processors/notifications.ts';
import { boundsAmong } from '../topology/bounds.ts';
import { systemClock } from '../topology/clock.ts';
import type { InputRecord } from '../topology/ports.ts';
import type { Task } from '../topology/task.ts';
import { type ConsumerDeps, startConsumer } from './consumer.ts';
import type { Subscriptions } from './subscriptions.ts';

const record = (offset: number, changes: Partial<Notification> = {}): InputRecord => ({
  topic: 'waiting.notifications',
  partition: 0,
  offset,
  timestamp: 0,
  key: Buffer.from('1'),
  value: offlineCodec.encode('Notification', {
    restaurantId: 1,
    version: offset + 1,
    at: 0,
    recipient: 'CUSTOMER',
    recipientId: '11',
    template: 'FIRST_CALL',
    waitingId: 10_000_001,
    ticketNo: 1,
    userCount: 2,
    status: 'FIRST_CALLED',
    position: null,
    estimatedWaitMinutes: null,
    deadlineAt: null,
    moveMinutes: null,
    reason: null,
    ...changes,
  }),
  headers: [],
});

interface Delivered {
  readonly version: number;
  readonly browsers: number;
  readonly end: (done: boolean) => void;
}

interface Scene {
  readonly task: Task;
  readonly delivered: readonly Delivered[];
  readonly commits: readonly number[];
  readonly failures: readonly string[];
  /** Where the log was asked for, one after the other. */
  readonly resumed: readonly number[];
}

const eventually = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};

/** Resolves when it reads. */
async function scene(deps: Partial<ConsumerDeps> = {}): Promise<Scene> {
  const delivered: Delivered[] = [];
  const commits: number[] = [];
  const resumed: number[] = [];
  const failures: string[] = [];
  const task = startConsumer({
    partition: 0,
    source: {
      pause: () => undefined,
      resume: (_partition, from) => void resumed.push(from),
      commit: (_partition, next) => void commits.push(next),
    },
    logRange: () => Promise.resolve({ start: 5, end: 100 }),
    committed: () => Promise.resolve(10),
    useful: () => Promise.resolve(50),
    subscriptions: memorySubscriptions(),
    deliver: ({ version }, to, signal) =>
      new Promise((resolve) => {
        delivered.push({ version, browsers: to.length, end: resolve });
        signal.addEventListener('abort', () => resolve(false));
      }),
    codec: offlineCodec,
    clock: systemClock,
    bounds: () => boundsAmong(1).fetched,
    metrics: { state: () => undefined, failure: (kind) => void failures.push(kind), gone: () => undefined },
    log: () => undefined,
    ...deps,
  });
  await eventually(() => resumed.length > 0);
  return { task, delivered, commits, failures, resumed };
}

test('reads on while messages are under way, and commits what is done with, in order', async () => {
  const { task, delivered, commits } = await scene();
  task.offer([record(10)], 100);
  await eventually(() => delivered.length === 1);
  task.offer([record(11), record(12)], 100);
  await eventually(() => delivered.length === 3);
  delivered[1]?.end(true);
  delivered[2]?.end(true);
  await new Promise(setImmediate);
  expect(commits).toEqual([]);
  delivered[0]?.end(true);
  await eventually(() => commits.length === 2);
  expect(commits).toEqual([11, 13]);
  await task.close();
});

test('commits nothing that was not done when it closes, nor what comes after it', async () => {
  const { task, delivered, commits } = await scene();
  task.offer([record(10)], 100);
  await eventually(() => delivered.length === 1);
  task.offer([record(11)], 100);
  await eventually(() => delivered.length === 2);
  delivered[1]?.end(true);
  await task.close();
  expect(commits).toEqual([]);
});

test.each([
  ['where the group has got to', {}, 10],
  ['where something may still be worth telling, when nobody has begun', { committed: null }, 50],
  ['there too when the group is beyond the end: that was another log', { committed: 101 }, 50],
  ['at the start of the log, when what comes before it is gone', { committed: 2 }, 5],
])('begins %s', async (_where, { committed = 10 }: { committed?: number | null }, expected) => {
  const { task, resumed } = await scene({ committed: () => Promise.resolve(committed) });
  expect(resumed).toEqual([expected]);
  await task.close();
});

test('gives on who subscribed, of what is for a locked phone, and nothing of the owner', async () => {
  const subscriptions = memorySubscriptions();
  const place = { name: '다예약 식당', timeZone: 'Asia/Seoul' };
  await subscriptions.put(10_000_001, { ...subscription, place });
  const { task, delivered } = await scene({ subscriptions });
  const own = record(11, { recipient: 'OWNER', recipientId: '1' });
  const others = record(13, { waitingId: 10_000_002 });
  task.offer([record(10), own, record(12, { template: 'ANSWERED' }), others], 100);
  await eventually(() => delivered.length === 3);
  expect(delivered.map(({ version, browsers }) => [version, browsers])).toEqual([
    [11, 1],
    [13, 0],
    [14, 0],
  ]);
  await task.close();
});

test('reads again what it could not look up, once Redis is back', async () => {
  let looks = 0;
  const of: Subscriptions['of'] = (ids) => {
    looks += 1;
    return looks === 1
      ? Promise.reject(new Error('connect ECONNREFUSED'))
      : Promise.resolve(ids.map(() => []));
  };
  const { task, delivered, failures, resumed } = await scene({ subscriptions: { of } });
  task.offer([record(10)], 100);
  await eventually(() => resumed.length === 2);
  expect(resumed).toEqual([10, 10]);
  task.offer([record(10)], 100);
  await eventually(() => delivered.length === 1);
  expect(failures).toEqual(['Error']);
  await task.close();
});

test('passes over what is no notification, and says so', async () => {
  const { task, delivered, commits, failures } = await scene();
  task.offer([{ ...record(10), value: Buffer.from('nothing') }, record(11)], 100);
  await eventually(() => delivered.length === 1);
  delivered[0]?.end(true);
  await eventually(() => commits.length === 1);
  expect(commits).toEqual([12]);
  expect(failures).toEqual(['UnreadableRecord']);
  await task.close();
});
