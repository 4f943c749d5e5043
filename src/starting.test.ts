import { describe, expect, test } from '@jest/globals';
import { createScheduler } from '../test/simulation/scheduler.ts';
import { createWorld } from '../test/simulation/world.ts';
import { UnfitError } from './topology/errors.ts';
import { createStarting } from './starting.ts';

/** A start in virtual time. */
function scene() {
  const scheduler = createScheduler(1, 0);
  const world = createWorld(scheduler, 1, null);
  const { clock } = world.client('the process');
  const said: string[] = [];
  const starting = createStarting(clock, (level, message) =>
    said.push(`${level} at ${Math.round(clock.now() / 1000)}: ${message}`),
  );
  return { ...starting, clock, said, until: scheduler.run };
}

const refused = new Error('connect ECONNREFUSED');
const unanswered = new Promise<never>(() => undefined);

describe('a start', () => {
  test('asks again until the server is there, and says so at once and rarely from then on', async () => {
    const { from, checks, clock, said, until } = scene();
    const answer = from('redis', () =>
      clock.now() < 150_000 ? Promise.reject(refused) : Promise.resolve('there'),
    );
    await until(100_000);
    expect(checks()).toEqual({ redis: 'away' });
    await until(200_000);
    expect(await answer).toBe('there');
    expect(checks()).toEqual({});
    const waits = 'Redis is away: the start waits for it';
    expect(said).toEqual([
      `warn at 0: ${waits}`,
      `warn at 60: ${waits}`,
      `warn at 120: ${waits}`,
      'info at 150: Redis is there',
    ]);
  });

  test('that a server does not answer is said as well, and nothing where it answers in time', async () => {
    const { from, checks, said, until } = scene();
    void from('kafka', () => unanswered);
    expect(await from('registry', () => Promise.resolve(7))).toBe(7);
    await until(10_000);
    expect(checks()).toEqual({ kafka: 'away' });
    expect(said).toEqual(['warn at 3: Kafka is away: the start waits for it']);
  });

  test('ends with what waiting does not help against', async () => {
    const { from, said } = scene();
    const wrong = new UnfitError('Redis has maxmemory-policy allkeys-lru');
    await expect(from('redis', () => Promise.reject(wrong))).rejects.toBe(wrong);
    expect(said).toEqual([]);
  });
});
