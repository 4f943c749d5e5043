import { expect, test } from '@jest/globals';
import { latencies, percentile } from './latency.ts';

test('a percentile is the nearest rank', () => {
  const values = Float64Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 50, 99, 100]);
  expect(() => percentile(new Float64Array(), 0.5)).toThrow('nothing was measured');
});

test('the first time counts, and a warm-up does not', () => {
  const taken = latencies(4);
  expect([taken.told(0, 1_000), taken.told(2, 5), taken.told(2, 7), taken.told(3, 6)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect([taken.count(), taken.percentile(1), taken.percentile(1, 1), taken.percentile(0.5, 1)]).toEqual([
    3, 1_000, 6, 5,
  ]);
});
