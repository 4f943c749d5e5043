import { LRUCache } from 'lru-cache';
import { serdeOf, type Change, type SubTopology } from './batch.ts';
import type { TaskStore } from './ports.ts';

/** Decoded values a task keeps at hand. A busy restaurant's stay; a quiet one's are read again. */
const cachedValues = 20_000;

/** null: the store has no such key. */
interface Cached {
  readonly value: unknown;
}

/** The values of one owner's term: what Redis holds at S. A new term begins with an empty cache. */
export interface StateCache {
  /** Values of all these keys, from Redis where they aren't at hand. The answer is good for one batch. */
  readonly fetch: (keys: ReadonlySet<string>) => Promise<(key: string) => unknown>;
  readonly apply: (changes: ReadonlyMap<string, Change>) => void;
}

export function stateCache(sub: SubTopology, store: Pick<TaskStore, 'get'>): StateCache {
  const cache = new LRUCache<string, Cached>({ max: cachedValues });
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
        cache.set(key, { value });
      });
      return (key) => values.get(key);
    },
    apply: (changes) => {
      for (const [key, { value }] of changes) cache.set(key, { value });
    },
  };
}
