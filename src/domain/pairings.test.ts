import { describe, expect, it } from '@jest/globals';
import { given } from '../../test/domain/specification.ts';
import { configure, open, revokePairings } from '../../test/domain/steps.ts';

describe('the pairing of tablets', () => {
  it('is of generation 0 until it is revoked', () => {
    expect(given(open()).story.queue.pairing).toBe(0);
  });

  it('is of the next generation with every revocation', () => {
    const { happened, queue } = given(open(), revokePairings).when(revokePairings);
    expect(happened).toEqual([{ type: 'PairingsRevoked', pairing: 2 }]);
    expect(queue.pairing).toBe(2);
  });

  it('outlives other settings', () => {
    expect(given(open(), revokePairings).when(configure()).queue.pairing).toBe(1);
  });

  it('cannot be revoked where nobody configured the restaurant', () => {
    expect(given().when(revokePairings).refused).toBe('RESTAURANT_NOT_FOUND');
  });
});
