import { describe, expect, test } from '@jest/globals';
import { allowance, boundsAmong } from './bounds.ts';

const forever = new AbortController().signal;

/** Whether a reservation has come through once all that can happen has. */
async function passes(reservation: Promise<void>): Promise<boolean> {
  let passed = false;
  void reservation.then(() => (passed = true));
  await new Promise((resolve) => setImmediate(resolve));
  return passed;
}

describe('what a process may hold between S and E', () => {
  test('is taken up to its bound, and again when it is given back', async () => {
    const { open } = allowance({ records: 100, bytes: 1_000 });
    const [one, two, three] = [open(), open(), open()];
    await one.reserve(50, forever);
    await two.reserve(50, forever);
    const waiting = three.reserve(10, forever);
    expect(await passes(waiting)).toBe(false);
    one.release({ records: 20, bytes: 0 });
    expect(await passes(waiting)).toBe(true);
  });

  test('is bounded in bytes, too, as they turn out to be', async () => {
    const { open } = allowance({ records: 100, bytes: 1_000 });
    const [one, two] = [open(), open()];
    await one.reserve(1, forever);
    one.grow(1_000);
    const waiting = two.reserve(1, forever);
    expect(await passes(waiting)).toBe(false);
    one.close();
    expect(await passes(waiting)).toBe(true);
  });

  test('is given in turns, so that small batches do not keep out a large one', async () => {
    const { open } = allowance({ records: 100, bytes: 1_000 });
    const [one, large, small] = [open(), open(), open()];
    await one.reserve(50, forever);
    const first = large.reserve(60, forever);
    const second = small.reserve(1, forever);
    expect([await passes(first), await passes(second)]).toEqual([false, false]);
    one.close();
    expect([await passes(first), await passes(second)]).toEqual([true, true]);
  });

  test('leaves half of it to others, whatever one task cannot get rid of', async () => {
    const { open } = allowance({ records: 100, bytes: 1_000 });
    const [stuck, other] = [open(), open()];
    await stuck.reserve(40, forever);
    expect(await passes(stuck.reserve(40, forever))).toBe(false);
    expect(await passes(other.reserve(50, forever))).toBe(true);
  });

  test('takes one batch that is larger than all of it', async () => {
    const account = allowance({ records: 100, bytes: 1_000 }).open();
    expect(await passes(account.reserve(500, forever))).toBe(true);
  });

  test('is not taken by one who has been told to stop, and who stands in nobody’s way', async () => {
    const { open } = allowance({ records: 100, bytes: 1_000 });
    const [one, stopped, other] = [open(), open(), open()];
    await one.reserve(50, forever);
    await other.reserve(45, forever);
    const stop = new AbortController();
    const waiting = stopped.reserve(50, stop.signal);
    const next = open().reserve(5, forever);
    expect([await passes(waiting), await passes(next)]).toEqual([false, false]);
    stop.abort();
    expect([await passes(waiting), await passes(next)]).toEqual([true, true]);
  });
});

test('the share of a task gets smaller with their number, to a least', () => {
  expect([1, 8, 64].map((tasks) => boundsAmong(tasks).fetched.records)).toEqual([2_000, 2_000, 500]);
});
