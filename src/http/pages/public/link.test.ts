import { beforeEach, expect, test } from '@jest/globals';
import { remembered, returnToEarlier, tokenFor } from './link.js';

const name = 'owner:1';
let reloads = 0;

/** A browser at an address, which keeps what it is told to. */
function browserAt(hash: string): void {
  reloads = 0;
  const location = { pathname: '/o/1', search: '', hash, reload: () => (reloads += 1) };
  const history = { state: null, replaceState: () => (location.hash = '') };
  Object.assign(globalThis, { location, history });
}

beforeEach(() => {
  const kept = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  Object.defineProperty(globalThis, 'localStorage', { value: localStorage, configurable: true });
});

test('a link is remembered, and goes out of the address', () => {
  browserAt('#good');
  expect(tokenFor(name, { keepInAddress: false })).toBe('good');
  expect(location.hash).toBe('');
  expect(tokenFor(name, { keepInAddress: false })).toBe('good');
});

test('a link that is refused gives way to the one before it, once', () => {
  browserAt('#good');
  tokenFor(name, { keepInAddress: true });
  browserAt('#cut-sho');
  expect(tokenFor(name, { keepInAddress: true })).toBe('cut-sho');
  expect([returnToEarlier(name), reloads, location.hash]).toEqual([true, 1, '']);
  expect(tokenFor(name, { keepInAddress: true })).toBe('good');
  // Refused as well, there is nothing left to go back to.
  expect([returnToEarlier(name), reloads]).toEqual([false, 1]);
  expect(remembered(name)).toBe('good');
});

test('the same link again is no other', () => {
  for (let time = 0; time < 2; time += 1) {
    browserAt('#good');
    tokenFor(name, { keepInAddress: true });
  }
  expect(returnToEarlier(name)).toBe(false);
});
