import { expect, test } from '@jest/globals';
import { runSeed } from './run.ts';

test('many lives of the product with faults hold every invariant', async () => {
  for (let seed = 1; seed <= 80; seed += 1) {
    const { violations } = await runSeed(seed);
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
});

test('a seed plays again exactly, and another one otherwise', async () => {
  const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)];
  expect(again.traceHash).toBe(first.traceHash);
  expect(again.steps).toEqual(first.steps);
  expect(other.traceHash).not.toBe(first.traceHash);
});
