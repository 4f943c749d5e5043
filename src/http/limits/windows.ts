/** Requests of this process, counted by key in windows that begin with the first: at once, without a promise. */
import { LRUCache } from 'lru-cache';
import type { Rate } from './table.ts';

interface Window {
  readonly endsAt: number;
  count: number;
}

/** Keys that are counted at a time, some 10 MB: beyond, who was quiet for the longest is forgotten. */
const mostKeys = 50_000;

/** Counts one more of a key: 0 when that is within the rate, else after how many milliseconds its next window begins. */
export type Count = (key: string, rate: Rate) => number;

/** `now`: milliseconds of any clock that does not go back. */
export function createWindows(now: () => number): Count {
  const windows = new LRUCache<string, Window>({ max: mostKeys });
  return (key, { points, seconds }) => {
    const at = now();
    const window = windows.get(key);
    if (window === undefined || window.endsAt <= at) {
      windows.set(key, { endsAt: at + seconds * 1_000, count: 1 });
      return 0;
    }
    window.count += 1;
    return window.count <= points ? 0 : window.endsAt - at;
  };
}
