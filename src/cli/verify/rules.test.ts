import { describe, expect, it } from '@jest/globals';
import { rulesVersion } from '../../domain/rulesVersion.ts';
import { candidatesOf } from './rules.ts';

describe('the rules that may have decided a command', () => {
  const candidates = candidatesOf(
    new Map([
      [7, 3],
      [2, 1],
      [4, 1],
    ]),
  );

  it('are those that its events name', () => {
    expect([2, 4, 7].map((offset) => candidates(offset, 3))).toEqual([[1], [1], [3]]);
  });

  it('are its predecessor’s where it has no events', () => {
    expect(candidates(3, 1)).toEqual([1]);
    expect(candidates(8, 3)).toEqual([3]);
  });

  it('are both at a switch, the predecessor’s first', () => {
    expect([5, 6].map((offset) => candidates(offset, 1))).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  it('are those of the first that names some, where there is no predecessor, or the newest', () => {
    expect(candidates(0, null)).toEqual([1]);
    expect(candidatesOf(new Map())(0, null)).toEqual([rulesVersion]);
  });

  it('are all that a version stands for, with what decided before in front', () => {
    const second = candidatesOf(new Map([[1, 2]]));
    expect(second(1, 2.1)).toEqual([2.1, 2.3, 2.2, 2]);
    expect(second(1, 1)).toEqual([2.3, 2.2, 2.1, 2]);
  });
});
