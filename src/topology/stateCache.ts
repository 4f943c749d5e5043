import { LRUCache } from 'lru-cache';
import { serdeOf, type Change, type SubTopology } from './batch.ts';
import type { TaskStore } from './ports.ts';

/** About what an entry takes by itself. */
const entryBytes = 200;

/** null: the store has no such key. */
interface Cached {
  readonly value: unknown;
  readonly size: number;
}

/**
 * The values of one owner's term: what Redis holds at S. A new term begins with an empty cache. A busy restaurant's
 * values stay, a quiet one's are read again.
 */
export interface StateCache {
  /** Values of all these keys, from Redis where they aren't at hand. The answer is good for one batch. */
  readonly fetch: (keys: ReadonlySet<string>) => Promise<(key: string) => unknown>;
  readonly apply: (changes: ReadonlyMap<string, Change>) => void;
}

export function stateCache(sub: SubTopology, store: Pick<TaskStore, 'get'>, cachedBytes: number): StateCache {
  const cache = new LRUCache<string, Cached>({
    maxSize: cachedBytes,
    sizeCalculation: ({ size }) => size + entryBytes,
  });
  return {
    fetch: async (keys) => {
      const values = new Map<string, unknown>();
      const missing: string[] = [];
      for (const key of keys) {
        const cached = cache.get(key);
        if (cached) values.set(key, cached.value);
        else missing.push(key);
      }
      const found = await store.get(missing);
      missing.forEach((key, i) => {
        const bytes = found[i];
        const value = bytes ? serdeOf(sub, key).decode(bytes) : undefined;
        values.set(key, value);
        cache.set(key, { value, size: bytes?.length ?? 0 });
      });
      return (key) => values.get(key);
    },
    apply: (changes) => {
      changes.forEach(({ value, bytes }, key) => cache.set(key, { value, size: bytes.length }));
    },
  };
}
