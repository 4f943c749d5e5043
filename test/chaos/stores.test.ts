/** Each check of what Redis and Postgres have, on a small log. */
import { describe, expect, test } from '@jest/globals';
import { checkHistory } from './checkHistory.ts';
import { checkMarks } from './checkMarks.ts';
import { checkState } from './checkState.ts';
import type { Rows, StoredState } from './evidence.ts';
import { call, logOf, opening, register, restaurantId, waitingId } from './log.ts';
import { replayLog } from './replay.ts';

const commands = logOf(...opening, register(1), register(2), call(1), {
  type: 'DeleteWaiting',
  waitingId: waitingId(2),
});
const replay = replayLog(commands);
const [queue] = replay.queues.values();
if (!queue) throw new Error('the log has a queue');

describe('I5, Redis', () => {
  const stored: StoredState = { partition: 0, next: 6, queues: replay.queues, buckets: replay.buckets };

  test('has what a replay leaves, by other hashes', () => {
    const buckets = new Map(
      [...replay.buckets].map(([key, bucket]) => [
        key,
        bucket.map((each) => ({ ...each, bodyHash: 'another' })),
      ]),
    );
    expect(checkState([{ ...stored, buckets }], replay)).toEqual([]);
  });

  test('has another queue, too few, too many, and no S', () => {
    const another = new Map([[restaurantId, { ...queue, lastWaiting: 1 }]]);
    expect(checkState([{ ...stored, queues: another }], replay)[0]).toContain('queue/7 is');
    expect(checkState([{ ...stored, queues: new Map() }], replay)).toEqual(['Redis lacks queue/7']);
    const more = new Map([...replay.queues, [8, queue] as const]);
    expect(checkState([{ ...stored, queues: more }], replay)[0]).toContain('which no command made');
    expect(checkState([{ ...stored, buckets: new Map() }], replay)).toHaveLength(replay.buckets.size);
    expect(checkState([{ ...stored, next: null }], replay)).toEqual(['partition 0 has no S']);
  });
});

describe('I6, Postgres', () => {
  const told = replay.steps.flatMap((step) => step.told);
  const row = (n: number, version: number, more: object): Record<string, unknown> => ({
    waiting_id: String(waitingId(n)),
    restaurant_id: String(restaurantId),
    dates_id: '1',
    ticket_no: n,
    user_id: String(n),
    user_count: 2,
    created_at: new Date(told[n + 1]?.at ?? 0),
    unanswered: 0,
    soon_told: true,
    called_at: null,
    deadline_at: null,
    move_minutes: null,
    move_time_over: false,
    finished_at: null,
    reason: null,
    deleted_at: null,
    version: String(version),
    ...more,
  });
  const at = told[4]?.at ?? 0;
  const rows: Rows = {
    waitings: [
      row(1, 5, { status: 'FIRST_CALLED', called_at: new Date(at), deadline_at: new Date(at + 2_000) }),
      row(2, 6, { status: 'WAITING', deleted_at: new Date(told[5]?.at ?? 0) }),
    ],
    noShows: [],
    events: told.map((event) => ({
      restaurant_id: String(restaurantId),
      version: 'version' in event ? String(event.version) : null,
      waiting_id: waitingOf(event),
      type: event.type,
      at: new Date(event.at),
      body: JSON.parse(JSON.stringify(event).replaceAll(/"userId":\d+/g, '"userId":0')) as unknown,
    })),
  };

  test('has the rows that the log makes', () => expect(checkHistory(rows, replay)).toEqual([]));

  test('has another row, too few, and too many', () => {
    const [first, second] = rows.waitings;
    if (!first || !second) throw new Error('there are two rows');
    const other = { ...rows, waitings: [first, { ...second, deleted_at: null }] };
    expect(checkHistory(other, replay)).toHaveLength(1);
    expect(checkHistory({ ...rows, waitings: [first] }, replay)).toEqual([`waitings lacks ${waitingId(2)}`]);
    expect(checkHistory({ ...rows, events: rows.events.slice(1) }, replay)).toEqual([
      'waiting_events lacks 7/1',
    ]);
    expect(checkHistory({ ...rows, noShows: [{ no_show_id: '70000001' }] }, replay)).toHaveLength(1);
    expect(checkHistory({ ...rows, waitings: [first, second, second] }, replay)).toHaveLength(1);
  });

  test('has an event that names its user', () => {
    const naming = rows.events.map((each, n) => (n === 2 ? { ...each, body: told[2] } : each));
    expect(checkHistory({ ...rows, events: naming }, replay)).toHaveLength(1);
  });

  function waitingOf(event: (typeof told)[number]): string | null {
    if ('waiting' in event) return String(event.waiting.waitingId);
    return 'waitingId' in event ? String(event.waitingId) : null;
  }
});

describe('I7, S and E', () => {
  const samples = [10, 20, 30].map((next, n) => ({ at: 1_000 * n, partition: 3, next }));
  const positions = [5, 8, 9].map((next) => ({ partition: 3, next }));

  test('go on', () => expect(checkMarks(samples, [], positions)).toEqual([]));

  test('go back', () => {
    const back = [...samples, { at: 4_000, partition: 3, next: 12 }];
    expect(checkMarks(back, [], positions)).toEqual([
      'S of partition 3 went from 30 to 12 at 4000 without a restore',
    ]);
    expect(checkMarks(back, [{ partition: 2, at: 4_000 }], positions)).toHaveLength(1);
    expect(checkMarks(back, [{ partition: 3, at: 4_100_000 }], positions)).toHaveLength(1);
    expect(checkMarks(back, [{ partition: 3, at: 4_100 }], positions)).toEqual([]);
    expect(checkMarks(samples, [], [...positions, { partition: 3, next: 8 }])).toEqual([
      'E of partition 3 went from 9 to 8',
    ]);
  });
});
