/** The simulation bites: without something that the engine stands on, it finds a violation before long. */
import { expect, test } from '@jest/globals';
import { type Sabotage, sabotages } from './sabotage.ts';
import { runSeed } from './run.ts';

const seeds = { first: 2_001, last: 4_000 };

/** The first seed that finds it; null: none did. */
async function findsWithout(sabotage: Sabotage): Promise<number | null> {
  for (let seed = seeds.first; seed <= seeds.last; seed += 1) {
    const { violations } = await runSeed(seed, sabotage);
    if (violations.length > 0) return seed;
  }
  return null;
}

test.each<Sabotage>(sabotages)('without the %s a violation is found', async (sabotage) => {
  expect(await findsWithout(sabotage)).not.toBeNull();
});
