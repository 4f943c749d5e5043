/**
 * A process is frozen for longer than its session, and thaws: the group has given its partitions to another one, and it
 * does not know yet. It claims none of them before the group has given it back.
 */
import { expect, test } from '@jest/globals';
import { topics } from '../src/schemas/topics.ts';
import { ownerKey } from '../src/topology/emission.ts';
import { type Application, type Setting, withSetting } from './application.ts';
import { checkNothingLostNothingTwice } from './checker.ts';
import { newRestaurantOn, openRestaurant } from './http.ts';
import { startLoad } from './load.ts';
import { readWhere } from './logs.ts';
import { seededRandom } from './random.ts';
import { served, shared } from './shares.ts';

const freezes = Number(process.env['TEST_FREEZES'] ?? 2);

test(
  `a thawed worker claims nothing that is another's by now, under load (TEST_FREEZES=${freezes})`,
  async () => {
    await withSetting(async (setting) => {
      const { upstream, partitions } = setting;
      const [one, other] = [await setting.application(), await setting.application()] as const;
      await one.start();
      // Kiosks fill a queue in some minutes.
      const restaurants = Array.from({ length: partitions * freezes }, (_, n) =>
        newRestaurantOn(n % partitions, partitions),
      );
      await Promise.all(restaurants.map((id) => openRestaurant(one, id, { maxTeams: 1_000 })));
      await other.start();

      let awake: readonly Application[] = [one, other];
      let turn = 0;
      const call: Application['call'] = (...request) => {
        const next = awake[(turn += 1) % awake.length];
        return (next ?? one).call(...request);
      };
      const load = startLoad({ call, upstream, restaurants, random: seededRandom(1), customers: 4 });
      const claimed: number[][] = [];
      try {
        for (let n = 0; n < freezes; n += 1) {
          const [frozen, left] = n % 2 === 0 ? [one, other] : [other, one];
          await shared([one, other], partitions);
          const before = await claims(setting);
          awake = [left];
          await whileFrozen(frozen, async () => {
            await shared([left], partitions);
            await served(load);
          });
          await shared([one, other], partitions);
          awake = [one, other];
          await served(load);
          claimed.push((await claims(setting)).map((count, partition) => count - (before[partition] ?? 0)));
        }
      } finally {
        await load.stop();
      }
      // One of who took it over, one of who has it since the frozen one is back.
      expect(claimed.filter((counts) => Math.max(...counts) > 2)).toEqual([]);
      expect(Math.max(...claimed.flat())).toBeGreaterThan(0);
      await checkNothingLostNothingTwice(setting, { call }, load.told);
    });
  },
  120_000 * freezes,
);

async function whileFrozen({ server: { pid } }: Application, action: () => Promise<void>): Promise<void> {
  if (pid === undefined) throw new Error('the process is not there');
  process.kill(pid, 'SIGSTOP');
  try {
    await action();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** How many claims of each partition are in the changelog. */
async function claims({ kafka, partitions }: Setting): Promise<number[]> {
  const found = await readWhere(kafka, [topics.changelog], ({ key }) => key?.toString() === ownerKey);
  const of = Map.groupBy(found[topics.changelog], ({ partition }) => partition);
  return Array.from({ length: partitions }, (_, partition) => of.get(partition)?.length ?? 0);
}
