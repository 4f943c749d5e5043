/** Two processes share the partitions, one leaves, another comes: the queues go on, nothing is lost, nothing twice. */
import { expect, test } from '@jest/globals';
import { type Application, withSetting } from './application.ts';
import { checkNothingLostNothingTwice } from './checker.ts';
import { newRestaurantOn, openRestaurant } from './http.ts';
import { startLoad } from './load.ts';
import { seededRandom } from './random.ts';
import { served, shared } from './shares.ts';

test('two workers share the partitions; one stops, a third comes, under load', async () => {
  await withSetting(async (setting) => {
    const { upstream, partitions } = setting;
    const first = await setting.application();
    await first.start();
    const restaurants = Array.from({ length: partitions }, (_, n) => newRestaurantOn(n, partitions));
    await Promise.all(restaurants.map((id) => openRestaurant(first, id, { maxTeams: 1_000 })));

    // Clients go to any of those that are there, whoever owns the queue.
    let there: readonly Application[] = [first];
    let turn = 0;
    const call: Application['call'] = (...request) => {
      const one = there[(turn += 1) % there.length];
      return (one ?? first).call(...request);
    };
    const load = startLoad({ call, upstream, restaurants, random: seededRandom(1) });
    const second = await setting.application();
    const third = await setting.application();
    try {
      await served(load);
      await second.start();
      there = [first, second];
      await shared(there, partitions);
      await served(load);

      there = [second];
      await first.server.stop();
      await shared(there, partitions);
      await served(load);

      await third.start();
      there = [second, third];
      await shared(there, partitions);
      await served(load);
    } finally {
      await load.stop();
    }
    const report = await checkNothingLostNothingTwice(setting, { call }, load.told);
    expect(report.commands).toBeGreaterThan(200);
  });
});
