/** The application killed under load, again and again: nothing is lost and nothing happens twice. */
import { expect, test } from '@jest/globals';
import { withSetting } from './application.ts';
import { checkNothingLostNothingTwice } from './checker.ts';
import { eventually, newRestaurantOn, openRestaurant } from './http.ts';
import { startLoad } from './load.ts';
import { seededRandom } from './random.ts';

/** `TEST_SEED` repeats the moments of an earlier run. */
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

/**
 * When a process is killed: while it serves, or while its successor takes over what it left, which makes two killed.
 * Each successor waits for the end of its predecessor's session, 10 s.
 */
const kills = ['serving', 'taking over', 'serving', 'taking over'] as const;
/** Kills more, if none has hit a process between deciding and telling: that one is what the test is for. */
const moreKills = Array.from({ length: 6 }, () => 'serving' as const);
/** Batches and transactions of all partitions are under way at any moment, so that a short while will do (ms). */
const servingMillis = 500;
const takingOverMillis = 200;

test(`six processes and more killed under load (TEST_SEED=${seed})`, async () => {
  await withSetting(async (setting) => {
    const random = seededRandom(seed);
    const { upstream, partitions } = setting;
    const app = await setting.application();
    await app.start();
    // Two restaurants a partition: every task has more than one queue.
    const restaurants = Array.from({ length: 2 * partitions }, (_, n) =>
      newRestaurantOn(n % partitions, partitions),
    );
    await Promise.all(restaurants.map((id) => openRestaurant(app, id, { maxTeams: 1_000 })));

    const load = startLoad({ call: app.call, upstream, restaurants, random });
    let emittedLate = 0;
    try {
      for (const [n, moment] of [...kills, ...moreKills].entries()) {
        if (n >= kills.length && emittedLate > 0) break;
        if (moment === 'taking over') {
          await app.server.kill();
          const starting = app.start().catch(() => undefined);
          await eventually('the group assigns partitions', () => app.says('partitions assigned'), 60_000);
          await pause(random() * takingOverMillis);
          await app.server.kill();
          await starting;
        } else {
          const before = load.told.acknowledged.length;
          await eventually('it serves', () => load.told.acknowledged.length >= before + 40, 60_000);
          await pause(random() * servingMillis);
          await app.server.kill();
        }
        await app.start();
        if (app.says('emitted the outbox')) emittedLate += 1;
      }
    } finally {
      await load.stop();
    }
    await checkNothingLostNothingTwice(setting, app, load.told);
    // There was load, it was hit, and what had been decided was told by the next process.
    expect(load.told.acknowledged.length).toBeGreaterThan(20);
    expect(emittedLate).toBeGreaterThan(0);
  });
}, 600_000);

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
