import { describe, expect, test } from '@jest/globals';
import { createWindows } from './windows.ts';

const rate = { points: 3, seconds: 5 };

describe('windows', () => {
  test('let so many through, then say when the next one begins', () => {
    let now = 1_000;
    const count = createWindows(() => now);
    expect([1, 2, 3].map(() => count('a', rate))).toEqual([0, 0, 0]);
    expect(count('a', rate)).toBe(5_000);
    now += 4_999;
    expect(count('a', rate)).toBe(1);
    now += 1;
    expect([1, 2, 3].map(() => count('a', rate))).toEqual([0, 0, 0]);
    expect(count('a', rate)).toBe(5_000);
  });

  test('begin with the first request of a key, and know nothing of others', () => {
    let now = 0;
    const count = createWindows(() => now);
    for (let n = 0; n < 10; n += 1) count('a', rate);
    now = 4_000;
    expect([count('a', rate), count('b', rate)]).toEqual([1_000, 0]);
    now = 5_000;
    for (let n = 0; n < 2; n += 1) expect(count('b', rate)).toBe(0);
    expect(count('b', rate)).toBe(4_000);
  });

  test('take a bounded number of keys: who is quiet for the longest is forgotten', () => {
    const count = createWindows(() => 0);
    for (let n = 0; n < 4; n += 1) count('flood', rate);
    expect(count('flood', rate)).toBe(5_000);
    for (let n = 0; n < 50_000; n += 1) count(`other ${n}`, rate);
    expect(count('flood', rate)).toBe(0);
  });
});
