/** By which rules a command may have been decided: what its events name, or what their neighbours do. */
import { type Rules, rulesOf, rulesVersion } from '../../domain/rulesVersion.ts';

/**
 * The rules that may have decided the command at an offset, likeliest first. `before` are those of the command before
 * it; null: it is the first.
 */
export type Candidates = (offset: number, before: Rules | null) => readonly Rules[];

/**
 * `named` are the versions that events name, by the offset of their command. A command without events was decided by
 * its predecessor's rules or, where the next one that has events names others, by those.
 */
export function candidatesOf(named: ReadonlyMap<number, number>): Candidates {
  const inOrder = [...named].sort(([a], [b]) => a - b);
  return (offset, before) => {
    const [at, version] = inOrder[firstFrom(inOrder, offset)] ?? [];
    const following = version === undefined ? [] : rulesOf(version);
    if (at === offset) return firstOf(following, before);
    if (before === null) return following.length > 0 ? following : [rulesVersion];
    return [before, ...following.filter((each) => each !== before)];
  };
}

/** What has decided so far has most likely decided this too. */
const firstOf = (rules: readonly Rules[], likeliest: Rules | null): readonly Rules[] =>
  rules.toSorted((a, b) => Number(b === likeliest) - Number(a === likeliest));

/** The index of the first entry at or after an offset, by halving. */
function firstFrom(inOrder: readonly (readonly [number, number])[], offset: number): number {
  let [low, high] = [0, inOrder.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((inOrder[middle]?.[0] ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
