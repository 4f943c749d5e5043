/** A worker that slept for longer than its session has lost its partitions: it hears so before it claims any. */
import { expect, test } from '@jest/globals';
import { topics } from '../../src/schemas/topics.ts';
import { freeze } from './hits.ts';
import { claimsOf } from './longFreeze.ts';
import { createScheduler } from './scheduler.ts';
import { createWorld } from './world.ts';

const start = Date.parse('2025-10-02T03:00:00Z');
/** In this time the group gives partitions to others and all is quiet, after a start, a freeze or a thaw. */
const settledMillis = 10_000;
const freezes = 20;

test('a freeze costs no partition more than two claims: of who takes it, and of who has it when the frozen is back', async () => {
  const scheduler = createScheduler(1, start);
  const world = createWorld(scheduler, 4, null);
  for (let n = 0; n < 3; n += 1) world.start();
  const sender = world.kafka.appender(world.client('sender').link('kafka'));
  const send = (): void => {
    const key = String(Math.floor(scheduler.between(0, 100)));
    void sender.append({ topic: topics.commands, key, value: null });
    scheduler.after(scheduler.between(0, 200), send);
  };
  send();
  let now = start;
  const settle = (): Promise<void> => scheduler.run((now += settledMillis + scheduler.between(0, 1_000)));
  await settle();
  const most: number[] = [];
  for (let n = 0; n < freezes; n += 1) {
    const before = claimsOf(world);
    const thaw = freeze(world, scheduler.pick(world.instances()).process);
    await settle();
    thaw();
    await settle();
    most.push(Math.max(...claimsOf(world).map((all, partition) => all - (before[partition] ?? 0))));
  }
  world.release();
  expect(most.filter((claims) => claims > 2)).toEqual([]);
});
