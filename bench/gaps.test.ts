import { expect, test } from '@jest/globals';
import { longestGap } from './gaps.ts';

const came = (partition: number, ...moments: number[]) => moments.map((at) => ({ partition, at }));

test('the longest gap is that of the partition that waited longest', () => {
  const all = [...came(0, 10, 20, 30, 40, 50), ...came(1, 12, 45, 48)];
  expect(longestGap(all, 10, 50)).toBe(33);
});

test('nothing before the window counts, and what comes too late is as good as nothing', () => {
  const all = [...came(0, 0, 30, 60), ...came(1, 5, 100)];
  expect(longestGap(all, 20, 60)).toBe(40);
});
