import { expect, test } from '@jest/globals';
import { topics } from '../../src/schemas/topics.ts';
import { createScheduler } from './scheduler.ts';
import { createWorld } from './world.ts';

/** A worker that has been idle for long asks whether the log has more, at the moment when the first record comes. */
async function deadLettersOf(seed: number): Promise<number> {
  const start = Date.parse('2025-10-02T03:00:00Z');
  const scheduler = createScheduler(seed, start);
  const world = createWorld(scheduler, 1, null);
  const { process } = world.start();
  await scheduler.run(start + 10_000);
  world.slow(process, 100);
  const poison = { topic: topics.commands, key: '1', value: null };
  const appender = world.kafka.appender(world.client('sender').link('kafka'));
  scheduler.after(scheduler.between(5_300, 6_300), () => void appender.append(poison));
  await scheduler.run(start + 25_000);
  world.release();
  return world.kafka.logOf(topics.dlq, 0).fetch(0, Infinity).records.length;
}

test('a record that comes while the broker is asked for more is decided once', async () => {
  for (let seed = 1; seed <= 40; seed += 1)
    expect({ seed, letters: await deadLettersOf(seed) }).toEqual({ seed, letters: 1 });
});
