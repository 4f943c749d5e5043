import { describe, expect, test } from '@jest/globals';
import { eventually } from '../http.ts';
import { bytes, change, owned, type WithStored } from './taskStore.ts';

/** Who may write to a task, and from where. */
export function ownershipCases(withStored: WithStored): void {
  describe('a claim', () => {
    test('is accepted when it is not older than the one there, and is told what there is', () =>
      withStored(async (stored) => {
        const { application } = stored;
        const store = stored.store();
        expect(await store.claim(10)).toEqual({ next: null, cluster: null, application: null });
        expect(await store.look()).toEqual({ next: null, epoch: 10 });
        await store.reset(10);
        await store.begin(10, 0, 0);
        expect(await store.claim(11)).toEqual({ next: 0, cluster: 'cluster-1', application });
        expect(await store.claim(11)).toEqual({ next: 0, cluster: 'cluster-1', application });
        expect(await store.claim(10)).toBeNull();
        // Epochs are offsets: they are compared as numbers.
        expect(await store.claim(9)).toBeNull();
        expect(await store.look()).toEqual({ next: 0, epoch: 11 });
        expect(await store.claim(100)).not.toBeNull();
      }));

    test('of another cluster is accepted whatever its epoch: that is the offset of another log', () =>
      withStored(async (stored) => {
        const { application } = stored;
        await owned(stored);
        const elsewhere = stored.store('cluster-2');
        // What is there stays the other's until it is reset.
        expect(await elsewhere.claim(3)).toEqual({ next: 0, cluster: 'cluster-1', application });
        expect(await stored.all()).toMatchObject({ epoch: '3', cluster: 'cluster-1' });
        expect(await elsewhere.reset(3)).toBe(true);
        expect(await stored.all()).toEqual({
          epoch: '3',
          cluster: 'cluster-2',
          application,
          restored: '0',
        });
        expect(await elsewhere.claim(2)).toBeNull();
      }));

    test('leaves the one before nothing to write, by no way', () =>
      withStored(async (stored) => {
        const store = await owned(stored);
        await store.commit(10, change(0, 5));
        await store.claim(11);
        const before = await stored.all();
        expect(await store.commit(10, change(5, 6))).toEqual({ kind: 'fenced' });
        // Not even what had been applied: the newer owner may have gone on.
        expect(await store.commit(10, change(0, 5))).toEqual({ kind: 'fenced' });
        // Nor does one write who has not claimed yet.
        expect(await store.commit(12, change(5, 6))).toEqual({ kind: 'fenced' });
        for (const epoch of [10, 12]) {
          expect(await store.reset(epoch)).toBe(false);
          expect(await store.restore(epoch, [['queue/2', bytes('old')]])).toBe(false);
          expect(await store.begin(epoch, 7, 0)).toBe(false);
        }
        expect(await stored.all()).toEqual(before);
        expect(await store.commit(11, change(5, 6))).toEqual({ kind: 'applied' });
      }));

    test('is gone after a wipe, and its owner writes nothing', () =>
      withStored(async (stored) => {
        const store = await owned(stored);
        await stored.wipe();
        expect(await store.look()).toEqual({ next: null, epoch: null });
        expect(await store.commit(10, change(0, 5))).toEqual({ kind: 'fenced' });
        expect(await store.reset(10)).toBe(false);
        expect(await store.restore(10, [['queue/2', bytes('old')]])).toBe(false);
        expect(await store.begin(10, 0, 0)).toBe(false);
        expect(await stored.all()).toEqual({});
      }));
  });

  describe('a commit', () => {
    test('moves S, and sent again is answered so, writes nothing and publishes nothing a second time', () =>
      withStored(async (stored) => {
        const channel = `${stored.application}:replies`;
        const heard: string[] = [];
        (await stored.listen(channel)).onMessage((message) => heard.push(String(message)));
        const store = await owned(stored);
        const saying = (from: number, to: number, ...messages: readonly string[]) =>
          change(from, to, { replies: messages.map((text) => ({ channel, message: bytes(text) })) });
        const once = saying(0, 5, 'outcome 1', 'outcome 2');
        expect(await store.commit(10, once)).toEqual({ kind: 'applied' });
        expect(await store.look()).toEqual({ next: 5, epoch: 10 });
        const before = await stored.all();
        expect(before).toMatchObject({ S: '5', 'queue/1': 'state at 5', 'outbox/0': '5:entry 0 to 5' });
        expect(await store.commit(10, once)).toEqual({ kind: 'already' });
        expect(await store.commit(10, saying(4, 6, 'moved'))).toEqual({ kind: 'moved', next: 5 });
        expect(await store.commit(9, saying(5, 6, 'fenced'))).toEqual({ kind: 'fenced' });
        expect(await stored.all()).toEqual(before);
        await store.commit(10, saying(5, 6, 'the last'));
        await eventually('the last message is heard', () => heard.at(-1) === 'the last');
        expect(heard).toEqual(['outcome 1', 'outcome 2', 'the last']);
      }));

    test('on another S than expected is refused with the S that is there, and writes nothing', () =>
      withStored(async (stored) => {
        const store = await owned(stored);
        await store.commit(10, change(0, 5));
        const before = await stored.all();
        expect(await store.commit(10, change(4, 6, { emitted: [0] }))).toEqual({ kind: 'moved', next: 5 });
        expect(await store.commit(10, change(6, 8))).toEqual({ kind: 'moved', next: 5 });
        expect(await stored.all()).toEqual(before);
        await store.reset(10);
        const reset = await stored.all();
        expect(await store.commit(10, change(5, 6))).toEqual({ kind: 'moved', next: null });
        expect(await stored.all()).toEqual(reset);
      }));

    test('that two have sent at once is applied once', () =>
      withStored(async (stored) => {
        const store = await owned(stored);
        const results = await Promise.all([
          store.commit(10, change(0, 5)),
          store.commit(10, change(0, 5)),
          store.commit(10, change(0, 6)),
        ]);
        expect(results.map(({ kind }) => kind)).toEqual(['applied', 'already', 'moved']);
      }));

    test('takes any bytes, as values and as entry', () =>
      withStored(async (stored) => {
        const store = await owned(stored);
        const odd = Buffer.from([0, 255, 58, 10, 13, 128]);
        const values = [
          ['queue/1', odd],
          ['memory/1/7', Buffer.alloc(0)],
        ] as const;
        await store.commit(10, change(0, 1, { values, entry: odd }));
        expect(await store.get(['queue/1', 'memory/1/7', 'queue/2'])).toEqual([odd, Buffer.alloc(0), null]);
        expect(await store.get([])).toEqual([]);
        expect(await store.outbox(0, 1)).toEqual([odd]);
      }));

    test('takes thousands of values, drops and replies', () =>
      withStored(async (stored) => {
        const numbers = Array.from({ length: 9_001 }, (_, n) => n);
        const values = numbers.map((n) => [`queue/${n}`, bytes(`state ${n}`)] as const);
        const store = await owned(stored);
        for (const from of [0, 1, 2]) await store.commit(10, change(from, from + 1));
        const replies = numbers.map((n) => ({ channel: 'nobody', message: bytes(String(n)) }));
        const emitted = numbers.filter((n) => n !== 3);
        const large = change(3, 500, { values, emitted, replies });
        expect(await store.commit(10, large)).toEqual({ kind: 'applied' });
        const { S, 'queue/0': first, 'queue/9000': last, ...rest } = await stored.all();
        expect([S, first, last]).toEqual(['500', 'state 0', 'state 9000']);
        expect(Object.keys(rest).filter((field) => field.startsWith('outbox/'))).toEqual(['outbox/3']);

        expect(await store.reset(10)).toBe(true);
        expect(await store.restore(10, values)).toBe(true);
        const restored = await store.get(numbers.map((n) => `queue/${n}`));
        expect(restored.map(String)).toEqual(values.map(([, value]) => String(value)));
      }));
  });
}
