import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { learn, minutesAndSeconds, remaining, serverNow } from './clock.js';

// No time passes between two looks.
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test.each([
  [0, '0:00'],
  [1, '0:01'],
  [1_000, '0:01'],
  [59_001, '1:00'],
  [600_000, '10:00'],
  [605_000, '10:05'],
])('%i ms are %s', (ms, text) => {
  expect(minutesAndSeconds(ms)).toBe(text);
});

test('the server’s clock is learned from its answers, and one that agrees is left alone', () => {
  const answered = (ahead: number): Response =>
    new Response(null, { headers: { date: new Date(Date.now() + ahead).toUTCString() } });
  learn(answered(0), Date.now() - 50);
  expect(serverNow()).toBe(Date.now());
  learn(answered(120_000), Date.now());
  expect(Math.abs(serverNow() - Date.now() - 120_000)).toBeLessThan(1_100);
  expect(remaining(new Date(serverNow() - 1).toISOString())).toBe(0);
  // A slow answer says less than is known.
  learn(answered(0), Date.now() - 60_000);
  expect(serverNow() - Date.now()).toBeGreaterThan(100_000);
});
