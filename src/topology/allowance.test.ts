import { describe, expect, test } from '@jest/globals';
import { type Account, allowance } from './allowance.ts';

const forever = new AbortController().signal;
const bounds = { shared: { records: 100, bytes: 1_000 }, parts: { records: 20, bytes: 200 } };

/** An allowance of 100 records for all and 20 divided among them, and a clock that is moved by hand. */
function allowanceOf() {
  let now = 0;
  let sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const { open } = allowance(
    {
      monotonic: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          sleepers.push({ until: now + ms, wake: resolve });
          signal.addEventListener('abort', () => resolve());
        }),
    },
    bounds,
  );
  return {
    open,
    pass: (millis: number): void => {
      now += millis;
      const due = sleepers.filter(({ until }) => until <= now);
      sleepers = sleepers.filter(({ until }) => until > now);
      for (const { wake } of due) wake();
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a reservation has come to once all that can happen has; null: it waits. */
async function granted(reservation: Promise<number>): Promise<number | null> {
  let result: number | null = null;
  void reservation.then((records) => (result = records));
  await settled();
  return result;
}

/** Two tasks that get rid of nothing any more and hold all that is shared, among so many. */
async function withTwoStuck(tasks: number) {
  const { open, pass } = allowanceOf();
  const accounts = Array.from({ length: tasks }, open);
  const [one, two, ...others] = accounts as [Account, Account, ...Account[]];
  const own = Math.ceil(bounds.parts.records / tasks);
  for (const stuck of [one, two]) {
    await stuck.reserve(own + 40, forever);
    stuck.grow(10);
  }
  return { others, own, pass, stuck: one };
}

describe('what a process may hold between S and E', () => {
  test('is taken up to its bound, and again when it is given back', async () => {
    const { open } = allowanceOf();
    const [one, two, three] = [open(), open(), open()];
    await one.reserve(57, forever);
    await two.reserve(57, forever);
    const waiting = three.reserve(10, forever);
    expect(await granted(waiting)).toBe(null);
    one.release({ records: 20, bytes: 0 });
    expect(await granted(waiting)).toBe(10);
  });

  test('is bounded in bytes, too, as they turn out to be', async () => {
    const { open } = allowanceOf();
    const [one, two] = [open(), open()];
    await one.reserve(1, forever);
    one.grow(1_100);
    const waiting = two.reserve(11, forever);
    expect(await granted(waiting)).toBe(null);
    one.close();
    expect(await granted(waiting)).toBe(11);
  });

  test('is given in turns, so that smaller batches do not keep out a large one', async () => {
    const { open } = allowanceOf();
    const [one, large, small] = [open(), open(), open()];
    await one.reserve(57, forever);
    const first = large.reserve(67, forever);
    const second = small.reserve(10, forever);
    expect([await granted(first), await granted(second)]).toEqual([null, null]);
    one.close();
    expect([await granted(first), await granted(second)]).toEqual([67, 10]);
  });

  test('lets a small batch pass a large one that waits, and a stream of them does not keep that waiting', async () => {
    const { open } = allowanceOf();
    const [one, large, small] = [open(), open(), open()];
    await one.reserve(57, forever);
    const first = large.reserve(67, forever);
    for (let n = 0; n < 3; n += 1) {
      expect(await granted(small.reserve(7, forever))).toBe(7);
      if (n === 1) one.close();
      expect(await granted(first)).toBe(n < 1 ? null : 67);
      small.release({ records: 7, bytes: 0 });
    }
  });

  test('leaves half of it to others, whatever one task cannot get rid of', async () => {
    const { open } = allowanceOf();
    const [stuck, other] = [open(), open()];
    await stuck.reserve(40, forever);
    expect(await granted(stuck.reserve(40, forever))).toBe(null);
    expect(await granted(other.reserve(50, forever))).toBe(50);
  });

  test('leaves every task a small batch of its own at once, whatever two others cannot get rid of', async () => {
    const { others, own } = await withTwoStuck(4);
    for (const account of others) {
      for (let n = 0; n < 3; n += 1) {
        expect(await granted(account.reserve(own, forever))).toBe(own);
        account.release({ records: own, bytes: 0 });
      }
    }
  });

  test('is given in part to a batch that would wait for what lasts', async () => {
    const { others, own, pass, stuck } = await withTwoStuck(4);
    const [one, two] = others as [Account, Account];
    const reservations = [one, two].map((account) => account.reserve(60, forever));
    expect(await Promise.all(reservations.map(granted))).toEqual([null, null]);
    pass(1_000);
    await settled();
    // One has its own and the 20 that are left, the other its own.
    expect(await Promise.all(reservations.map(granted))).toEqual([own + 20, null]);
    one.release({ records: own + 20, bytes: 0 });
    expect(await granted(reservations[1] ?? Promise.resolve(0))).toBe(own + 20);
    two.release({ records: own + 20, bytes: 0 });
    // No second one is waited for.
    expect(await granted(one.reserve(60, forever))).toBe(own + 20);
    one.release({ records: own + 20, bytes: 0 });
    stuck.release({ records: own + 40, bytes: 10 });
    expect(await granted(one.reserve(60, forever))).toBe(60);
  });

  test('gives of a batch that is larger than all of it as much as there is', async () => {
    const account = allowanceOf().open();
    expect(await granted(account.reserve(500, forever))).toBe(120);
  });

  test('is not taken by one who has been told to stop, and who stands in nobody’s way', async () => {
    const { open } = allowanceOf();
    const [one, stopped, other, last] = [open(), open(), open(), open()];
    await one.reserve(55, forever);
    await other.reserve(50, forever);
    const stop = new AbortController();
    const waiting = stopped.reserve(50, stop.signal);
    const next = last.reserve(8, forever);
    expect([await granted(waiting), await granted(next)]).toEqual([null, null]);
    stop.abort();
    expect([await granted(waiting), await granted(next)]).toEqual([0, 8]);
  });
});
