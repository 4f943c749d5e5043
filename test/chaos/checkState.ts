/** I5: what Redis has is what a replay of the log leaves. */
import type { Bucket } from '../../src/domain/handle.ts';
import { same, type StoredState, type Violation } from './evidence.ts';
import type { Replay } from './replay.ts';

export function checkState(states: readonly StoredState[], { queues, buckets }: Replay): Violation[] {
  const stored = {
    queues: new Map(states.flatMap((state) => [...state.queues])),
    buckets: new Map(states.flatMap((state) => [...state.buckets])),
  };
  const missing = states
    .filter(({ next }) => next === null)
    .map(({ partition }) => `partition ${partition} has no S`);
  return [
    ...missing,
    ...differences('queue', queues, stored.queues, (queue) => queue),
    ...differences('memory', buckets, stored.buckets, withoutHashes),
  ];
}

/** A replay has hashes of its own. */
const withoutHashes = (bucket: Bucket): unknown => bucket.map(({ seq, outcome }) => ({ seq, outcome }));

function differences<K, V>(
  store: string,
  expected: ReadonlyMap<K, V>,
  found: ReadonlyMap<K, V>,
  seen: (value: V) => unknown,
): Violation[] {
  const keys = new Set([...expected.keys(), ...found.keys()]);
  return [...keys].flatMap((key) => {
    const [want, have] = [expected.get(key), found.get(key)];
    if (want === undefined) return [`Redis has ${store}/${String(key)}, which no command made`];
    if (have === undefined) return [`Redis lacks ${store}/${String(key)}`];
    if (same(seen(want), seen(have))) return [];
    return [`${store}/${String(key)} is ${JSON.stringify(have)}; the log makes it ${JSON.stringify(want)}`];
  });
}
