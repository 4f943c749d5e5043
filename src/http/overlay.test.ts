import { describe, expect, test } from '@jest/globals';
import { emptyQueue, freshMillis, type NoShow, type Queue } from '../domain/queue.ts';
import { HistoryAway, type HistoryReader, type Kept, type Slice } from '../history/read.ts';
import { findOne, type Fresh, list, type Page } from './overlay.ts';

const now = Date.parse('2025-10-02T03:00:00Z');
const noShow = (n: number, reason: string | null = null): NoShow => ({
  noShowId: 10_000_000 + n,
  userId: n,
  waitingId: null,
  datesId: null,
  reason,
  createdAt: now,
});
const away = (): Promise<never> => Promise.reject(new HistoryAway('gone'));

/** Restaurant 1 after 50 events and 5 no-shows, of which the queue remembers the last two. */
const queue: Queue = { ...emptyQueue(1), version: 50, at: now, lastNoShow: 5 };
const fresh = (change: Partial<Fresh<NoShow>> = {}): Fresh<NoShow> => ({
  last: 5,
  items: [noShow(4), noShow(5, 'as the queue has it')],
  idOf: ({ noShowId }) => noShowId,
  deleted: [],
  deletedThrough: 0,
  ...change,
});

/** History that got to an event of a version and a time; null: Postgres is away. */
const reaching = (reach: { version: number; at: number } | null): HistoryReader => ({
  reach: () => (reach ? Promise.resolve(reach) : away()),
  waiting: away,
  noShow: away,
  waitings: away,
  noShows: away,
  tally: away,
});
const complete = reaching({ version: 50, at: now - 100 * freshMillis });

describe('one', () => {
  const find = (n: number, kept: Kept<NoShow>, history = complete, change: Partial<Fresh<NoShow>> = {}) =>
    findOne(queue, fresh(change), 10_000_000 + n, history, () => Promise.resolve(kept));

  test('that the queue remembers is as the queue has it, whatever history says, and without it', async () => {
    expect(await find(5, 'DELETED')).toEqual(noShow(5, 'as the queue has it'));
    expect(await find(5, null, reaching(null))).toEqual(noShow(5, 'as the queue has it'));
  });

  test('that was never issued is not there, and history is not asked', async () => {
    expect(await find(6, noShow(6), reaching(null))).toBeNull();
    expect(await find(0, noShow(0), reaching(null))).toBeNull();
  });

  test("that the queue's state has as deleted is hidden, alone or with all up to it", async () => {
    expect(await find(1, noShow(1), reaching(null), { deleted: [{ id: 10_000_001 }] })).toBeNull();
    expect(await find(1, noShow(1), reaching(null), { deletedThrough: 10_000_002 })).toBeNull();
  });

  test('that the queue has forgotten is as history has it', async () => {
    expect(await find(1, noShow(1))).toEqual(noShow(1));
    expect(await find(1, 'DELETED')).toBeNull();
  });

  test.each([
    ['Postgres is away', null],
    ['nothing of the restaurant has come', { version: 0, at: 0 }],
    ['history stands before what the queue remembers', { version: 49, at: now - freshMillis - 1 }],
  ])('that the queue has forgotten is a 503 when %s', async (_what, reach) => {
    await expect(find(1, noShow(1), reaching(reach))).rejects.toMatchObject({
      status: 503,
      code: 'HISTORY_UNAVAILABLE',
    });
  });

  test('is told when history lags by no more than the queue remembers', async () => {
    expect(await find(1, noShow(1), reaching({ version: 40, at: now - freshMillis }))).toEqual(noShow(1));
  });

  test('that was issued and is nowhere is a 503, never a false 404', async () => {
    await expect(find(1, null)).rejects.toMatchObject({ status: 503 });
  });

  test('that fails for another reason is no 503', async () => {
    const bug = findOne(queue, fresh(), 10_000_001, complete, () => Promise.reject(new TypeError('bug')));
    await expect(bug).rejects.toThrow(TypeError);
  });
});

describe('a list', () => {
  /** Rows as Postgres would answer. */
  const rows =
    (all: readonly NoShow[]) =>
    ({ after, through, except, most }: Slice): Promise<NoShow[]> =>
      Promise.resolve(
        all
          .filter(({ noShowId }) => noShowId > after && noShowId <= through && !except.includes(noShowId))
          .slice(0, most),
      );
  const kept = [1, 2, 3, 4, 5, 6].map((n) => noShow(n, 'as history has it'));

  async function page(
    asked: Partial<Page<NoShow>> = {},
    change: Partial<Fresh<NoShow>> = {},
    history = complete,
  ): Promise<{ ns: number[]; next: number | null; items: readonly NoShow[] }> {
    const whole = { after: 0, limit: 100, datesId: null, wanted: () => true, freshOnly: false };
    const answer = await list(queue, fresh(change), { ...whole, ...asked }, history, rows(kept));
    return { ...answer, ns: answer.items.map(({ userId }) => userId) };
  }

  test('has both in the order of ids, each once, and the queue says better', async () => {
    const { ns, next, items } = await page();
    expect([ns, next]).toEqual([[1, 2, 3, 4, 5], null]);
    expect(items.map(({ reason }) => reason)).toEqual([
      ...Array<string>(3).fill('as history has it'),
      null,
      'as the queue has it',
    ]);
  });

  test.each([1, 2, 3, 4, 5])('in pages of %d is the same', async (limit) => {
    const seen: number[] = [];
    for (let after = 0; ;) {
      const { ns, next } = await page({ limit, after });
      seen.push(...ns);
      if (next === null) break;
      after = next;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test('hides what the queue has as deleted, before history knows', async () => {
    expect((await page({}, { deleted: [{ id: 10_000_002 }] })).ns).toEqual([1, 3, 4, 5]);
    expect((await page({}, { deletedThrough: 10_000_003 })).ns).toEqual([4, 5]);
    expect((await page({ limit: 1 }, { deleted: [{ id: 10_000_001 }] })).ns).toEqual([2]);
  });

  test('needs no history when the queue has all that can be in it', async () => {
    const none = reaching(null);
    expect((await page({ after: 10_000_003 }, {}, none)).ns).toEqual([4, 5]);
    expect((await page({}, { deletedThrough: 10_000_003 }, none)).ns).toEqual([4, 5]);
    const deleted = [1, 2, 3].map((n) => ({ id: 10_000_000 + n }));
    expect((await page({}, { deleted }, none)).ns).toEqual([4, 5]);
    expect((await page({ freshOnly: true }, {}, none)).ns).toEqual([4, 5]);
    await expect(page({}, {}, none)).rejects.toMatchObject({ status: 503, code: 'HISTORY_UNAVAILABLE' });
  });
});
