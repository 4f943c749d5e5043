import { describe, expect, it } from '@jest/globals';
import { beginning, type Step, type Story } from '../../../test/domain/specification.ts';
import { all, call, configure, lapse, openDay, register } from '../../../test/domain/steps.ts';
import type { Queue } from '../../domain/queue.ts';
import { createFold, type Kept } from './fold.ts';
import { applyToRows, type Rows } from './rows.ts';

const told: Step = all(configure(), openDay(), register(1), register(2), call(1));
const story: Story = all(told, lapse(1))(beginning);
const events = story.trail.flatMap(({ handled }) => handled.events);
const { restaurantId } = story.queue;

/** Folds all events against what is kept; answers what differs. */
function fold(kept: readonly Kept[], from = 0) {
  const differences: string[] = [];
  const folded = createFold({
    kept: new Map([[restaurantId, kept]]),
    differ: (place, key, _restaurantId, values) =>
      differences.push(`${place} ${key} ${JSON.stringify(values)}`),
  });
  events.slice(from).forEach(folded.take);
  folded.end();
  return { differences, ...folded.counts() };
}

/** The queue after every command, as a task would have kept it. */
const queues: readonly Queue[] = story.trail.map(({ handled }) => handled.queue);

describe('folded events', () => {
  it('are each queue that was kept on the way, at its own version', () => {
    const kept = queues.map((queue): Kept => ({ place: 'redis', queue }));
    expect(fold(kept)).toEqual({ differences: [], compared: kept.length, beheaded: 0 });
  });

  it('tell what of a queue is not theirs', () => {
    const queue = { ...story.queue, lastWaiting: 7 };
    expect(fold([{ place: 'changelog', queue }]).differences).toEqual([
      `changelog queue/${restaurantId} {"expected":{"lastWaiting":2},"found":{"lastWaiting":7}}`,
    ]);
  });

  it('tell of a queue that is ahead of them', () => {
    const version = story.queue.version + 1;
    expect(fold([{ place: 'redis', queue: { ...story.queue, version } }]).differences).toEqual([
      `redis queue/${restaurantId} {"expected":{"version":${version - 1}},"found":{"version":${version}}}`,
    ]);
  });

  it('are no whole queue without the first of them, and nothing is said of it', () => {
    const kept: Kept = { place: 'redis', queue: story.queue };
    expect(fold([kept], 1)).toEqual({ differences: [], compared: 0, beheaded: 1 });
  });

  it('tell of an event that is missing among them', () => {
    const differences: unknown[] = [];
    const folded = createFold({
      kept: new Map(),
      differ: (_place, key) => differences.push(key),
    });
    events.filter(({ version }) => version !== 3).forEach(folded.take);
    expect(differences).toEqual([`${restaurantId}/4`]);
  });
});

describe('the rows of events', () => {
  it('are as the last event left them, marked by the first deletion', () => {
    const rows = new Map<number, Rows>();
    const [registered] = events.filter(({ type }) => type === 'WaitingRegistered');
    events.forEach((event) => applyToRows(rows, event));
    const waitingId = registered && 'waiting' in registered ? registered.waiting.waitingId : 0;
    const stamp = { restaurantId, at: Date.UTC(2030, 0) };
    const { version } = story.queue;
    applyToRows(rows, {
      ...stamp,
      type: 'WaitingDeleted',
      version: version + 1,
      waitingId,
      live: null,
    });
    applyToRows(rows, {
      ...stamp,
      type: 'AllWaitingsDeleted',
      version: version + 2,
      throughWaitingId: waitingId + 1,
    });
    const own = rows.get(restaurantId);
    expect([...(own?.waitings.values() ?? [])]).toMatchObject([
      { waiting_id: waitingId, deleted_at: '2030-01-01T00:00:00.000Z', version: version + 1 },
      { waiting_id: waitingId + 1, deleted_at: '2030-01-01T00:00:00.000Z', version: version + 2 },
    ]);
    expect(own?.events.size).toBe(version + 2);
  });
});
