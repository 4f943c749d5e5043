import { describe, expect, test } from '@jest/globals';
import type { Event, Happening } from '../../src/domain/event.ts';
import { idOf } from '../../src/domain/queue.ts';
import { type Changes, changesOf } from '../../src/history/changes.ts';
import { OvertakenError } from '../../src/history/store.ts';
import type { Rows, WithWritten } from './historyStore.ts';

/** Happenings of a restaurant with the versions they have; an event's instant is its version. */
const changes = (
  restaurantId: number,
  ...happenings: readonly (readonly [version: number, happening: Happening])[]
): Changes =>
  changesOf(
    happenings.map(([version, happening]): Event => ({ ...happening, restaurantId, version, at: version })),
  );

function speaker(restaurantId: number) {
  const id = (n: number): number => idOf(restaurantId, n);
  const team = (n: number) =>
    ({
      waitingId: id(n),
      datesId: 1,
      ticketNo: n,
      userId: n,
      userCount: 2,
      createdAt: 0,
      unanswered: 0,
      soonTold: false,
    }) as const;
  return {
    registered: (n: number): Happening => ({
      type: 'WaitingRegistered',
      position: n,
      estimatedWaitMinutes: 0,
      waiting: { ...team(n), status: 'WAITING' },
    }),
    arrived: (n: number): Happening => ({
      type: 'WaitingArrived',
      waiting: { ...team(n), status: 'ARRIVED', calledAt: 0, moveMinutes: null },
    }),
    deleted: (n: number): Happening => ({ type: 'WaitingDeleted', waitingId: id(n), live: null }),
    allDeleted: (through: number): Happening => ({
      type: 'AllWaitingsDeleted',
      throughWaitingId: id(through),
    }),
    noShow: (n: number, reason: string): Happening => ({
      type: 'NoShowRegistered',
      noShow: { noShowId: id(n), userId: 1, waitingId: null, datesId: null, reason, createdAt: 0 },
    }),
    noShowDeleted: (n: number): Happening => ({ type: 'NoShowDeleted', noShowId: id(n) }),
  };
}

const nothing: Rows = { events: [], waitings: [], noShows: [] };
const row = (n: number, says: string, version: number, deletedAt: number | null = null) => ({
  n,
  says,
  version,
  deletedAt,
});

/** History that is written once, whoever delivers it again. */
export function historyCases(withWritten: WithWritten): void {
  describe('the position', () => {
    test('is put there when there is none, and is as it was left afterwards', () =>
      withWritten(async ({ restaurantId, store }) => {
        expect(await store().position(3)).toEqual({ next: 3, cluster: 'here' });
        expect(await store().position(7)).toEqual({ next: 3, cluster: 'here' });
        await store().apply(changes(restaurantId), 3, 9);
        expect(await store().position(0)).toEqual({ next: 9, cluster: 'here' });
        expect(await store({ partition: 1 }).position(5)).toEqual({ next: 5, cluster: 'here' });
        expect(await store({ cluster: 'elsewhere' }).position(0)).toEqual({ next: 9, cluster: 'here' });
      }));
  });

  describe('a batch', () => {
    test('is applied only from where the offset is, and once', () =>
      withWritten(async ({ restaurantId, store, rows }) => {
        const { registered } = speaker(restaurantId);
        const batch = (n: number): Changes => changes(restaurantId, [n, registered(n)]);
        const refused = async (place: Parameters<typeof store>[0], from: number): Promise<void> =>
          expect(store(place).apply(batch(2), from, 8)).rejects.toThrow(OvertakenError);
        await refused({}, 0);
        await store().position(3);
        await store().apply(batch(1), 3, 5);
        for (const from of [3, 4, 6, 0]) await refused({}, from);
        await refused({ cluster: 'elsewhere' }, 5);
        await refused({ partition: 1 }, 5);
        expect(await rows()).toEqual({ ...nothing, events: [1], waitings: [row(1, 'WAITING', 1)] });
        expect(await store().position(0)).toEqual({ next: 5, cluster: 'here' });
        await store().apply(batch(2), 5, 8);
        expect((await rows()).events).toEqual([1, 2]);
      }));

    test('that two writers have is applied by one of them', () =>
      withWritten(async ({ restaurantId, store, rows }) => {
        const { registered } = speaker(restaurantId);
        await store().position(0);
        const results = await Promise.allSettled(
          [1, 2, 3].map((n) => store().apply(changes(restaurantId, [n, registered(n)]), 0, n)),
        );
        const refusals = results.filter(({ status }) => status === 'rejected');
        expect(refusals).toHaveLength(2);
        for (const refusal of refusals) expect(refusal).toMatchObject({ reason: expect.any(OvertakenError) });
        const { next } = await store().position(0);
        expect((await rows()).events).toEqual([next]);
      }));

    test('whose connection breaks before it is committed leaves nothing', () =>
      withWritten(async ({ restaurantId, store, interrupted, rows }) => {
        const { registered, noShow } = speaker(restaurantId);
        const batch = changes(restaurantId, [1, registered(1)], [2, noShow(1, 'late')]);
        await store().position(0);
        await expect(interrupted('before').apply(batch, 0, 2)).rejects.toThrow();
        expect(await rows()).toEqual(nothing);
        expect((await store().position(0)).next).toBe(0);
        await store().apply(batch, 0, 2);
        expect((await rows()).events).toEqual([1, 2]);
      }));

    test('whose connection breaks before its commit was heard of is there, and is refused again', () =>
      withWritten(async ({ restaurantId, store, interrupted, rows }) => {
        const { registered, noShow } = speaker(restaurantId);
        const batch = changes(restaurantId, [1, registered(1)], [2, noShow(1, 'late')]);
        await store().position(0);
        const told: unknown = await interrupted('after')
          .apply(batch, 0, 2)
          .catch((error: unknown) => error);
        expect(told).toBeInstanceOf(Error);
        expect(told).not.toBeInstanceOf(OvertakenError);
        const written = await rows();
        expect(written).toEqual({
          events: [1, 2],
          waitings: [row(1, 'WAITING', 1)],
          noShows: [row(1, 'late', 2)],
        });
        expect((await store().position(0)).next).toBe(2);
        await expect(store().apply(batch, 0, 2)).rejects.toThrow(OvertakenError);
        expect(await rows()).toEqual(written);
      }));
  });

  describe('a row', () => {
    test('is written by its newest event, whatever comes again', () =>
      withWritten(async ({ restaurantId, store, rows }) => {
        const { registered, arrived, noShow } = speaker(restaurantId);
        await store().position(0);
        const now = changes(restaurantId, [1, registered(1)], [5, arrived(1)], [6, noShow(1, 'first')]);
        await store().apply(now, 0, 1);
        const written = await rows();
        expect(written).toEqual({
          events: [1, 5, 6],
          waitings: [row(1, 'ARRIVED', 5)],
          noShows: [row(1, 'first', 6)],
        });
        const again = changes(restaurantId, [1, registered(1)], [5, registered(1)], [6, noShow(1, 'second')]);
        await store().apply(again, 1, 2);
        expect(await rows()).toEqual(written);
        await store().apply(changes(restaurantId, [7, registered(1)]), 2, 3);
        expect((await rows()).waitings).toEqual([row(1, 'WAITING', 7)]);
      }));

    test('is marked by its first deletion, and no other row is', () =>
      withWritten(async ({ restaurantId, store, rows }) => {
        const { registered, deleted, allDeleted, noShow, noShowDeleted } = speaker(restaurantId);
        // Its ids are below those of the other.
        const elsewhere = speaker(restaurantId - 1);
        await store().position(0);
        const before = [1, 2, 3].map((n) => [n, registered(n)] as const);
        await store().apply(changes(restaurantId, ...before, [4, noShow(1, 'a')], [5, noShow(2, 'b')]), 0, 1);
        await store().apply(changes(restaurantId - 1, [1, elsewhere.registered(1)]), 1, 2);
        // A deletion that is older than the row is of a time before it.
        await store().apply(changes(restaurantId, [2, deleted(3)]), 2, 3);
        expect((await rows()).waitings.map(({ deletedAt }) => deletedAt)).toEqual([null, null, null]);
        const deletions = [
          [6, deleted(1)],
          [7, deleted(1)],
          [8, allDeleted(2)],
          [9, noShowDeleted(2)],
          [10, noShowDeleted(2)],
        ] as const;
        await store().apply(changes(restaurantId, ...deletions, [11, registered(4)]), 3, 4);
        await store().apply(changes(restaurantId, [12, allDeleted(2)], [13, noShowDeleted(2)]), 4, 5);
        const { waitings, noShows } = await rows();
        expect(waitings).toEqual([
          row(1, 'WAITING', 6, 6),
          row(2, 'WAITING', 8, 8),
          row(3, 'WAITING', 3),
          row(4, 'WAITING', 11),
        ]);
        expect(noShows).toEqual([row(1, 'a', 4), row(2, 'b', 9, 9)]);
        expect((await rows(restaurantId - 1)).waitings).toEqual([row(1, 'WAITING', 1)]);
      }));
  });
}
