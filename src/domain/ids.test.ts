import { describe, expect, it } from '@jest/globals';
import { idOf, maxRestaurantId, restaurantOf, wasIssued } from './queue.ts';

describe('an id', () => {
  it('is the restaurant × 10,000,000 + n', () => {
    expect(idOf(1, 1)).toBe(10_000_001);
    expect(idOf(42, 944_702)).toBe(420_944_702);
  });

  it.each([
    [10_000_001, 1],
    [19_999_999, 1],
    [20_000_000, 2],
    [420_944_702, 42],
  ])('%d names the queue %d', (id, restaurantId) => {
    expect(restaurantOf(id)).toBe(restaurantId);
  });

  it('is a safe integer up to restaurant 900,719,924', () => {
    expect(maxRestaurantId).toBe(900_719_924);
    const newest = idOf(maxRestaurantId, 9_999_999);
    expect([Number.isSafeInteger(newest), restaurantOf(newest)]).toEqual([true, maxRestaurantId]);
    expect(Number.isSafeInteger(idOf(maxRestaurantId + 1, 9_999_999))).toBe(false);
  });

  it.each([
    [10_000_000, false],
    [10_000_001, true],
    [10_000_003, true],
    [10_000_004, false],
    [20_000_001, false],
    [1, false],
    [-10_000_001, false],
  ])('%d was issued by restaurant 1, whose newest is the third: %s', (id, issued) => {
    expect(wasIssued(1, 3, id)).toBe(issued);
  });
});
