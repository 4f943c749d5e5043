import { describe, expect, test } from '@jest/globals';
import { bytes, change, owned, type WithStored } from './taskStore.ts';

/** What a task keeps, how it is rebuilt, and how it is read. */
export function stateCases(withStored: WithStored): void {
  describe('the outbox', () => {
    test('is a chain from E to S, in order, and goes as it is emitted', () =>
      withStored(async (stored) => {
        const store = await owned(stored);
        await store.commit(10, change(0, 3));
        await store.commit(10, change(3, 10));
        await store.commit(10, change(10, 11));
        const texts = async (from: number, to: number) => (await store.outbox(from, to))?.map(String) ?? null;
        expect(await texts(0, 11)).toEqual(['entry 0 to 3', 'entry 3 to 10', 'entry 10 to 11']);
        expect(await texts(3, 11)).toEqual(['entry 3 to 10', 'entry 10 to 11']);
        expect(await texts(11, 11)).toEqual([]);
        await store.commit(10, change(11, 12, { emitted: [0, 3] }));
        expect(await texts(10, 12)).toEqual(['entry 10 to 11', 'entry 11 to 12']);
        expect(await texts(0, 12)).toBeNull();
        // An E inside a batch is none that was ever committed; nor is there an S beyond the last.
        expect(await texts(5, 12)).toBeNull();
        expect(await texts(11, 13)).toBeNull();
      }));
  });

  describe('a rebuild', () => {
    test('begins with nothing but the claim, and S comes last', () =>
      withStored(async (stored) => {
        const { application } = stored;
        const store = await owned(stored);
        await store.commit(10, change(0, 5));
        await store.claim(12);
        expect(await store.reset(12)).toBe(true);
        expect(await stored.all()).toEqual({
          epoch: '12',
          cluster: 'cluster-1',
          application,
          restored: '0',
        });
        await store.restore(12, [['queue/1', bytes('older')]]);
        await store.restore(12, [['queue/1', bytes('from the changelog')]]);
        expect(await store.restore(12, [])).toBe(true);
        // Readers and owners see no state until it is complete.
        expect(await store.look()).toEqual({ next: null, epoch: 12 });
        expect(await store.begin(12, 5, 2)).toBe(true);
        expect(await stored.all()).toEqual({
          epoch: '12',
          S: '5',
          cluster: 'cluster-1',
          application,
          'queue/1': 'from the changelog',
        });
      }));

    test('does not begin with more or less than what was put back, as after a failover in the middle', () =>
      withStored(async (stored) => {
        const store = await owned(stored);
        await store.reset(10);
        await store.restore(10, [['queue/1', bytes('first')]]);
        for (const restored of [0, 2]) expect(await store.begin(10, 5, restored)).toBe(false);
        expect(await store.look()).toEqual({ next: null, epoch: 10 });
        expect(await store.begin(10, 5, 1)).toBe(true);
        // What has begun is not added to, nor begun again.
        expect(await store.restore(10, [['queue/1', bytes('late')]])).toBe(false);
        expect(await store.begin(10, 7, 1)).toBe(false);
        expect(await store.look()).toEqual({ next: 5, epoch: 10 });
      }));

    test('that a newer claim interrupts adds nothing more', () =>
      withStored(async (stored) => {
        const [former, store] = [await owned(stored), stored.store()];
        await former.reset(10);
        expect(await former.restore(10, [['queue/1', bytes('half a rebuild')]])).toBe(true);
        expect(await store.claim(12)).toMatchObject({ next: null });
        await store.reset(12);
        expect(await former.restore(10, [['queue/2', bytes('too late')]])).toBe(false);
        expect(await former.begin(10, 5, 1)).toBe(false);
        await store.begin(12, 4, 0);
        expect(await store.get(['queue/1', 'queue/2'])).toEqual([null, null]);
        expect(await store.look()).toEqual({ next: 4, epoch: 12 });
      }));
  });

  describe('a scan', () => {
    test('finds every value of its stores, in one pass, and no other', () =>
      withStored(async (stored) => {
        const queues = Array.from({ length: 3_000 }, (_, n) => `queue/${n}`);
        const entries = Array.from({ length: 20 }, (_, n) => `outbox/${n}`);
        const others = ['memory/1/7', 'queues/1', 'out/1'];
        const values = [...queues, ...entries, ...others].map((key) => [key, bytes(key)] as const);
        const store = await owned(stored, values);
        const foundIn = async (...stores: string[]): Promise<string[]> => {
          const found = new Set<string>();
          for await (const chunk of store.scan(stores)) {
            for (const [key, value] of chunk) {
              expect(String(value)).toBe(key);
              found.add(key);
            }
          }
          return [...found].sort();
        };
        expect(await foundIn('queue')).toEqual([...queues].sort());
        expect(await foundIn('queue', 'outbox')).toEqual([...queues, ...entries].sort());
        expect(await foundIn('nothing')).toEqual([]);
      }));

    test('finds what is there all the time, whatever is written meanwhile', () =>
      withStored(async (stored) => {
        const queues = Array.from({ length: 3_000 }, (_, n) => `queue/${n}`);
        const store = await owned(
          stored,
          queues.map((key) => [key, bytes('0')] as const),
        );
        const rounds = 4;
        let S = 0;
        for (let round = 0; round < rounds; round += 1) {
          const [from, found] = [S, new Map<string, number>()];
          for await (const chunk of store.scan(['queue'])) {
            for (const [key, value] of chunk) found.set(key, Number(value));
            const keys = [...queues.slice(S * 100, S * 100 + 900), `queue/new ${S}`];
            const values = keys.map((key) => [key, bytes(String(S + 1))] as const);
            expect(await store.commit(10, change(S, S + 1, { values }))).toEqual({ kind: 'applied' });
            S += 1;
          }
          const there = [...queues, ...Array.from({ length: from }, (_, n) => `queue/new ${n}`)];
          expect(there.filter((key) => !found.has(key))).toEqual([]);
          expect([...found.values()].filter((at) => at > S)).toEqual([]);
        }
        // Some of them came in several chunks, with writes in between.
        expect(S).toBeGreaterThan(rounds);
      }));
  });

  describe('a look from outside', () => {
    test('shows values and the S they are of, or no S while there is no state', () =>
      withStored(async (stored) => {
        const { reader, partition } = stored;
        const keys = ['queue/1', 'queue/2'];
        expect(await reader.read(partition, keys)).toEqual({ next: null, values: [null, null] });
        const store = await owned(stored);
        expect(await reader.read(partition, keys)).toEqual({ next: 0, values: [null, null] });
        await store.commit(10, change(0, 7));
        expect(await reader.read(partition, keys)).toEqual({ next: 7, values: [bytes('state at 7'), null] });
        await store.reset(10);
        await store.restore(10, [['queue/1', bytes('from the changelog')]]);
        expect((await reader.read(partition, keys)).next).toBeNull();
        expect(await reader.read(partition + 1, keys)).toEqual({ next: null, values: [null, null] });
      }));

    test('is of one moment, whatever is written meanwhile', () =>
      withStored(async (stored) => {
        const { reader, partition } = stored;
        const store = await owned(stored);
        const keys = Array.from({ length: 20 }, (_, n) => `queue/${n}`);
        const write = async (): Promise<void> => {
          for (let S = 0; S < 100; S += 1) {
            const values = keys.map((key) => [key, bytes(String(S + 1))] as const);
            await store.commit(10, change(S, S + 1, { values, emitted: [S - 1] }));
          }
        };
        const seen = new Set<number>();
        let writing = true;
        const read = async (): Promise<void> => {
          while (writing) {
            const { next, values } = await reader.read(partition, keys);
            seen.add(Number(next));
            if (next !== 0) expect(new Set(values.map(Number))).toEqual(new Set([next]));
          }
        };
        await Promise.all([write().finally(() => (writing = false)), read(), read()]);
        expect(seen.size).toBeGreaterThan(10);
      }));
  });
}
