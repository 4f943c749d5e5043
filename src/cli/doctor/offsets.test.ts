import { describe, expect, it } from '@jest/globals';
import { checkOffsets, compareOffsets, type Offsets } from './offsets.ts';

/** Answers one after the other; the last again and again. */
const oneByOne = (...answers: readonly Offsets[]) => {
  let asked = 0;
  return () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)] ?? new Map<number, number>());
};
const at = (...offsets: readonly number[]): Offsets => new Map(offsets.entries());

describe('the offsets of the queues', () => {
  it('are well when they follow what is emitted, however far that goes on meanwhile', async () => {
    expect(await compareOffsets(oneByOne(at(10, 5), at(40, 5)), oneByOne(at(10, 5)), 0)).toEqual([]);
    expect(await compareOffsets(oneByOne(at(10)), oneByOne(at(9), at(10)), 2_000)).toEqual([]);
    expect(checkOffsets('waiting-queue', [])).toMatchObject({ state: 'ok' });
  });

  it('differ at any size, to either side, and where there is none', async () => {
    const one = [{ partition: 1, committed: 5, emitted: 6 }];
    expect(await compareOffsets(oneByOne(at(10, 6)), oneByOne(at(10, 5)), 0)).toEqual(one);
    expect(await compareOffsets(oneByOne(at(10)), oneByOne(at(11)), 0)).toEqual([
      { partition: 0, committed: 11, emitted: 10 },
    ]);
    expect(await compareOffsets(oneByOne(at(0)), oneByOne(at()), 0)).toEqual([
      { partition: 0, committed: null, emitted: 0 },
    ]);
    expect(checkOffsets('waiting-queue', one)).toMatchObject({
      state: 'warning',
      found: '5, not 6, on partition 1',
    });
  });
});
