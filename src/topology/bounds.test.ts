import { expect, test } from '@jest/globals';
import { boundsAmong } from './bounds.ts';

test('the share of a task gets smaller with their number, to a least', () => {
  expect([1, 8, 64].map((tasks) => boundsAmong(tasks).fetched.records)).toEqual([2_000, 2_000, 500]);
});
