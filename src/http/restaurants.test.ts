import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, withIngress } from '../../test/httpIngress.ts';
import { inMemoryWorker } from '../../test/httpInMemoryWorker.ts';
import { ingressDeps } from '../../test/ingressDeps.ts';
import { createApp } from './ingress.ts';
import { openApi } from './openApi.ts';

const day = { date: '2025-10-02', opensAt: '2025-10-02T11:00:00', closesAt: '2025-10-02T22:00:00' };
const defaults = {
  timeZone: 'Asia/Seoul',
  maxTeams: 20,
  minUserCount: 1,
  maxUserCount: 20,
  answerMinutes: 10,
  maxMoveMinutes: 15,
  minutesPerTeam: 3,
  minuteMillis: 60_000,
};

describe('PUT /restaurants/{restaurantId}', () => {
  test('answers the settings, and replaces them: what is left out gets its default', () =>
    withIngress(async ({ call }) => {
      const changed = { name: '식당', maxTeams: 3, answerMinutes: 5, timeZone: 'America/New_York' };
      const first = await call('PUT', '/restaurants/1', changed);
      expect(first).toMatchObject({ status: 200 });
      expect(first.body).toEqual({ restaurantId: 1, ...defaults, ...changed });
      const second = await call('PUT', '/restaurants/1', { name: '식당' });
      expect(second.body).toEqual({ restaurantId: 1, ...defaults, name: '식당' });
      const { body } = await call('GET', '/restaurants/1/queue');
      expect(body).toMatchObject({ settings: { ...defaults, name: '식당' } });
    }));

  test('refuses a minute that is none, and takes it where time may be compressed', async () => {
    const compressed = { name: '식당', minuteMillis: 100 };
    await withIngress(async ({ call, worker }) => {
      const refused = await call('PUT', '/restaurants/1', compressed);
      expect(refused).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
      const message = 'must be 60000, unless COMPRESSED_TIME is on';
      expect(refused.body?.['errors']).toEqual([{ field: 'minuteMillis', message }]);
      expect(worker.log).toEqual([]);
      expect(await call('PUT', '/restaurants/1', { ...compressed, minuteMillis: 60_000 })).toMatchObject({
        status: 200,
      });
    });
    await withIngress(
      async ({ call }) => {
        const taken = await call('PUT', '/restaurants/1', compressed);
        expect(taken).toMatchObject({ status: 200, body: { minuteMillis: 100 } });
        expect((await call('PUT', '/restaurants/1', { ...compressed, minuteMillis: 9 })).status).toBe(400);
      },
      { compressedTime: true },
    );
  });

  test('says in /openapi.json what a minute may be', () => {
    for (const compressedTime of [false, true]) {
      const document = openApi(createApp({ ...ingressDeps(inMemoryWorker()), compressedTime }).routes);
      const description = expect.stringContaining('refused unless COMPRESSED_TIME is on') as unknown;
      const minuteMillis = { minimum: compressedTime ? 10 : 60_000, maximum: 60_000, description };
      const schema = { properties: { minuteMillis } };
      expect(document.paths['/restaurants/{restaurantId}']?.['put']).toMatchObject({
        requestBody: { content: { 'application/json': { schema } } },
      });
    }
  });

  test.each([
    [{}, 'name', 'is missing'],
    [{ name: '' }, 'name', 'must not be empty'],
    [{ name: 'a'.repeat(101) }, 'name', 'must be at most 100 characters'],
    [{ name: 'a\0' }, 'name', 'must be well-formed text'],
    [{ name: 'a\ud800' }, 'name', 'must be well-formed text'],
    [{ name: 1 }, 'name', 'must be text'],
    [{ name: 'a', timeZone: 'Asia/Soul' }, 'timeZone', 'must be an IANA time zone'],
    [{ name: 'a', maxTeams: 0 }, 'maxTeams', 'must be an integer from 1 to 1000'],
    [{ name: 'a', maxMoveMinutes: 16 }, 'maxMoveMinutes', 'must be an integer from 1 to 15'],
    [{ name: 'a', minutesPerTeam: 1.5 }, 'minutesPerTeam', 'must be an integer from 0 to 1440'],
    [{ name: 'a', minUserCount: 5, maxUserCount: 4 }, 'minUserCount', 'must not be above maxUserCount'],
    [{ name: 'a', phone: '010' }, 'phone', 'is unknown'],
  ])('%j: %s %s', (body, field, message) =>
    withIngress(async ({ call }) => {
      expect(await call('PUT', '/restaurants/1', body)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION', errors: [{ field, message }] },
      });
    }),
  );
});

describe('PUT /restaurants/{restaurantId}/dates/{datesId}', () => {
  test('takes times of the restaurant, or instants', () =>
    withIngress(async ({ call }) => {
      await call('PUT', '/restaurants/1', { name: '식당' });
      const answer = {
        restaurantId: 1,
        datesId: 1,
        date: '2025-10-02',
        opensAt: '2025-10-02T11:00:00+09:00',
        closesAt: '2025-10-02T22:00:00+09:00',
        closedAt: null,
      };
      const local = await call('PUT', '/restaurants/1/dates/1', day);
      expect([local.status, local.body]).toEqual([200, answer]);
      const instants = {
        date: '2025-10-02',
        opensAt: '2025-10-02T02:00:00Z',
        closesAt: '2025-10-02T13:00:00Z',
      };
      const again = await call('PUT', '/restaurants/1/dates/1', instants);
      expect([again.status, again.body]).toEqual([200, answer]);
    }));

  test.each([
    [{ ...day, date: '2025-10-03' }, 'opensAt', 'must be on 2025-10-03 in Asia/Seoul'],
    [{ ...day, opensAt: '2025-10-01T14:00:00Z' }, 'opensAt', 'must be on 2025-10-02 in Asia/Seoul'],
    [{ ...day, opensAt: '11:00' }, 'opensAt', 'must be an ISO 8601 date and time'],
    [{ ...day, closesAt: '2025-10-02T11:00:00' }, 'closesAt', 'must be after opensAt'],
    [{ ...day, closesAt: 22 }, 'closesAt', 'must be an ISO 8601 date and time'],
    [
      { ...day, closesAt: '9999-12-31T23:59:59-12:00' },
      'closesAt',
      'must be within the years 1970 to 9999, as opensAt',
    ],
    [
      { ...day, date: '1969-12-30', opensAt: '1969-12-30T11:00:00' },
      'closesAt',
      'must be within the years 1970 to 9999, as opensAt',
    ],
    [{ ...day, date: '2025-02-30' }, 'date', 'must be a date, YYYY-MM-DD'],
    [{ opensAt: day.opensAt, closesAt: day.closesAt }, 'date', 'is missing'],
  ])('%j: %s %s', (body, field, message) =>
    withIngress(async ({ call }) => {
      await call('PUT', '/restaurants/1', { name: '식당' });
      expect(await call('PUT', '/restaurants/1/dates/1', body)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION', errors: [{ field, message }] },
      });
    }),
  );

  test('of a restaurant that nobody configured, or of a day long over: 404', () =>
    withIngress(async ({ call, worker }) => {
      expect(await call('PUT', '/restaurants/1/dates/1', day)).toMatchObject({
        status: 404,
        body: { code: 'RESTAURANT_NOT_FOUND' },
      });
      await call('PUT', '/restaurants/1', { name: '식당' });
      worker.now += 9 * 24 * 60 * 60_000;
      expect(await call('PUT', '/restaurants/1/dates/1', day)).toMatchObject({
        status: 404,
        body: { code: 'DATES_NOT_FOUND' },
      });
    }));
});

describe('closing a day', () => {
  test('answers the day; its teams have left', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      const close = () => setting.call('POST', '/restaurants/1/dates/1/actions/close');
      const closed = {
        status: 200,
        body: { datesId: 1, date: '2025-10-02', closedAt: '2025-10-02T12:00:00+09:00' },
      };
      expect(await close()).toMatchObject(closed);
      setting.worker.now += 60_000;
      expect(await close()).toMatchObject(closed);
      expect(await setting.call('GET', '/waitings/10000001')).toMatchObject({
        body: { status: 'OWNER_CANCEL', reason: 'DAY_CLOSED' },
      });
    }));

  test('that is not there: 404', () =>
    withIngress(async (setting) => {
      const close = (datesId: number) =>
        setting.call('POST', `/restaurants/1/dates/${datesId}/actions/close`);
      expect(await close(1)).toMatchObject({ status: 404, body: { code: 'RESTAURANT_NOT_FOUND' } });
      await openRestaurant(setting);
      expect(await close(2)).toMatchObject({ status: 404, body: { code: 'DATES_NOT_FOUND' } });
    }));
});

describe('GET /restaurants/{restaurantId}/queue', () => {
  test('shows the line in order, the settings and the days', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      for (const user of [1, 2, 3]) await register(setting, user);
      await setting.call('POST', '/waitings/1/10000002/actions/waiting_cancel', { actor: 'CUSTOMER' });
      const { status, body } = await setting.call('GET', '/restaurants/1/queue');
      expect(status).toBe(200);
      expect(body).toMatchObject({
        restaurantId: 1,
        name: '다예약 식당',
        version: 6,
        maxTeams: 20,
        teams: 2,
        days: [{ datesId: 1, date: '2025-10-02', opensAt: '2025-10-02T11:00:00+09:00', closedAt: null }],
        items: [
          { waitingId: 10_000_001, position: 1 },
          { waitingId: 10_000_003, position: 2 },
        ],
        unanswered: [],
      });
    }));

  test('of a restaurant that nobody configured: 404', () =>
    withIngress(async ({ call }) => {
      expect(await call('GET', '/restaurants/1/queue')).toMatchObject({
        status: 404,
        body: { code: 'RESTAURANT_NOT_FOUND' },
      });
    }));
});
