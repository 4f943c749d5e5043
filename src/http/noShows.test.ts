import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, withIngress } from '../../test/httpIngress.ts';

const gone = { status: 404, body: { code: 'NO_SHOW_NOT_FOUND' } };
const noShow = {
  noShowId: 10_000_001,
  restaurantId: 1,
  userId: 7,
  waitingId: null,
  datesId: null,
  reason: '연락 두절',
  createdAt: '2025-10-02T12:00:00+09:00',
};

describe('a no-show', () => {
  test('is registered, read and listed at once, and gone when deleted', () =>
    withIngress(async (setting) => {
      const { call } = setting;
      await openRestaurant(setting);
      const body = { restaurantId: 1, userId: 7, reason: '연락 두절' };
      expect(await call('POST', '/noShows', body)).toMatchObject({ status: 201, body: noShow });
      expect(await call('GET', '/noShows/10000001')).toMatchObject({ status: 200, body: noShow });
      expect((await call('GET', '/noShows?restaurantId=1')).body).toEqual({
        items: [noShow],
        nextCursor: null,
      });
      for (const time of ['once', 'and again']) {
        const deleted = await call('DELETE', '/noShows/10000001');
        expect([time, deleted.status, deleted.text]).toEqual([time, 204, '']);
      }
      expect(await call('GET', '/noShows/10000001')).toMatchObject(gone);
      expect((await call('GET', '/noShows?restaurantId=1')).body).toEqual({ items: [], nextCursor: null });
    }));

  test('of a waiting has its business day; lists are by day and in pages; all go at once', () =>
    withIngress(async (setting) => {
      const { call } = setting;
      await openRestaurant(setting);
      await register(setting, 1);
      const ofWaiting = { restaurantId: 1, userId: 1, waitingId: 10_000_001 };
      expect(await call('POST', '/noShows', ofWaiting)).toMatchObject({
        status: 201,
        body: { waitingId: 10_000_001, datesId: 1, reason: null },
      });
      await call('POST', '/noShows', { restaurantId: 1, userId: 2 });
      await call('POST', '/noShows', { restaurantId: 1, userId: 3, datesId: 1 });
      expect((await call('GET', '/noShows?restaurantId=1&datesId=1')).body).toMatchObject({
        items: [{ userId: 1 }, { userId: 3 }],
      });
      const first = await call('GET', '/noShows?restaurantId=1&limit=2');
      expect(first.body).toMatchObject({ items: [{ userId: 1 }, { userId: 2 }] });
      const cursor = String(first.body?.['nextCursor']);
      expect((await call('GET', `/noShows?restaurantId=1&limit=2&cursor=${cursor}`)).body).toMatchObject({
        items: [{ userId: 3 }],
        nextCursor: null,
      });
      expect(await call('DELETE', '/noShows/all/1')).toMatchObject({ status: 204 });
      expect((await call('GET', '/noShows?restaurantId=1')).body).toEqual({ items: [], nextCursor: null });
    }));

  test('that was never issued is a 404, and so is one of a restaurant that nobody configured', () =>
    withIngress(async (setting) => {
      const { call } = setting;
      await openRestaurant(setting);
      for (const path of ['/noShows/10000001', '/noShows/1', '/noShows/9007199254740990']) {
        expect(await call('GET', path)).toMatchObject(gone);
        expect(await call('DELETE', path)).toMatchObject(gone);
      }
      const nowhere = { status: 404, body: { code: 'RESTAURANT_NOT_FOUND' } };
      expect(await call('GET', '/noShows?restaurantId=2')).toMatchObject(nowhere);
      expect(await call('DELETE', '/noShows/all/2')).toMatchObject(nowhere);
      expect(await call('POST', '/noShows', { restaurantId: 2, userId: 1 })).toMatchObject(nowhere);
      const unknown = { restaurantId: 1, userId: 1, waitingId: 10_000_009 };
      expect(await call('POST', '/noShows', unknown)).toMatchObject({
        status: 404,
        body: { code: 'WAITING_NOT_FOUND' },
      });
    }));

  test.each([
    ['restaurantId', { userId: 1 }],
    ['userId', { restaurantId: 1, userId: 0 }],
    ['waitingId', { restaurantId: 1, userId: 1, waitingId: '1' }],
    ['reason', { restaurantId: 1, userId: 1, reason: 'x'.repeat(201) }],
    ['phone', { restaurantId: 1, userId: 1, phone: '010' }],
  ])('with a bad %s is a 400 that names it', (field, body) =>
    withIngress(async ({ call }) => {
      expect(await call('POST', '/noShows', body)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION', errors: [{ field }] },
      });
    }),
  );
});
