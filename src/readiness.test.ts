import { describe, expect, test } from '@jest/globals';
import { type Condition, readinessOf } from './readiness.ts';
import type { TaskState } from './topology/metrics.ts';

const well: Condition = { serves: true, stopping: false, kafkaIsAway: false, redis: 'ready' };
const states = (...all: TaskState[]) => new Map(all.map((state, partition) => [partition, state]));

describe('a process', () => {
  test('is ready when all is well, and names the roles that it has', () => {
    expect(readinessOf(well)).toEqual({ ready: true, checks: { process: 'ok', kafka: 'ok', redis: 'ok' } });
    const roles = { queue: states('running', 'running'), history: states(), push: states('running') };
    expect(readinessOf({ ...well, ...roles })).toEqual({
      ready: true,
      checks: { process: 'ok', kafka: 'ok', redis: 'ok', queue: 'ok', history: 'ok', push: 'ok' },
    });
  });

  test('is not ready while it stops, has no Redis, or takes a partition of the queues over', () => {
    expect(readinessOf({ ...well, stopping: true }).ready).toBe(false);
    expect(readinessOf({ ...well, redis: 'reconnecting' })).toMatchObject({
      ready: false,
      checks: { redis: 'reconnecting' },
    });
    expect(readinessOf({ ...well, queue: null }).checks['queue']).toBe('joining the consumer group');
    expect(readinessOf({ ...well, queue: states('running', 'taking over') })).toMatchObject({
      ready: false,
      checks: { queue: 'partition 1 is taking over' },
    });
  });

  test('stays ready while Kafka is away, and while the history or push waits', () => {
    const waiting = { kafkaIsAway: true, history: states('backing off'), push: null };
    expect(readinessOf({ ...well, ...waiting })).toMatchObject({
      ready: true,
      checks: {
        kafka: 'away: commands are refused',
        history: 'away: partition 0 is backing off',
        push: 'away: joining the consumer group',
      },
    });
  });
});

describe.each(['queue', 'history'] as const)('a task of the %s that has stopped for good', (role) => {
  const stopped = { [role]: states('running', 'failed', 'running', 'failed') };

  test('leaves a process that serves requests ready, which says that it is degraded', () => {
    expect(readinessOf({ ...well, ...stopped })).toMatchObject({
      ready: true,
      checks: { [role]: 'degraded: partition 1, 3 failed' },
    });
  });

  test('makes a process unready that nobody sends requests to', () => {
    expect(readinessOf({ ...well, serves: false, ...stopped })).toMatchObject({
      ready: false,
      checks: { [role]: 'partition 1, 3 failed' },
    });
  });

  test('is still named while another one is taken over', () => {
    const both = { [role]: states('failed', 'taking over') };
    for (const serves of [true, false])
      expect(readinessOf({ ...well, serves, ...both }).checks[role]).toContain('partition 0 failed');
  });
});
