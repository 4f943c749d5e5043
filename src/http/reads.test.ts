import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, withIngress, type Setting } from '../../test/httpIngress.ts';

const minute = 60_000;
interface Page {
  readonly items: readonly { readonly waitingId: number }[];
  readonly nextCursor: string | null;
}

/** A page of the list, its waitings by their n. */
async function ids({ call }: Setting, query: string): Promise<{ ids: number[]; next: string | null }> {
  const { status, text } = await call('GET', `/waitings?restaurantId=1${query}`);
  expect(status).toBe(200);
  const { items, nextCursor } = JSON.parse(text) as Page;
  return { ids: items.map(({ waitingId }) => waitingId - 10_000_000), next: nextCursor };
}

/** Users 1 to 5 wait; 2 has been called, 3 has cancelled, 4 is deleted. */
async function fiveTeams(setting: Setting): Promise<void> {
  await openRestaurant(setting);
  for (const user of [1, 2, 3, 4, 5]) await register(setting, user);
  await setting.call('POST', '/waitings/1/10000002/actions/waiting_call');
  await setting.call('POST', '/waitings/1/10000003/actions/waiting_cancel', { actor: 'CUSTOMER' });
  await setting.call('DELETE', '/waitings/10000004');
}

describe('the order', () => {
  test('of a team in the line, and of one that left it', () =>
    withIngress(async (setting) => {
      await fiveTeams(setting);
      const inLine = await setting.call('GET', '/waitings/order/1/10000005');
      expect(inLine).toMatchObject({ status: 200 });
      expect(inLine.body).toEqual({
        waitingId: 10_000_005,
        restaurantId: 1,
        ticketNo: 5,
        status: 'WAITING',
        position: 3,
        teamsAhead: 2,
        estimatedWaitMinutes: 6,
      });
      expect(await setting.call('GET', '/waitings/order/1/10000003')).toMatchObject({
        body: { status: 'CANCEL', position: null, teamsAhead: null, estimatedWaitMinutes: 0 },
      });
    }));
});

describe('the list', () => {
  test('is in ticket order, active and just finished, not deleted', () =>
    withIngress(async (setting) => {
      await fiveTeams(setting);
      expect(await ids(setting, '')).toEqual({ ids: [1, 2, 3, 5], next: null });
      expect(await ids(setting, '&status=WAITING,CANCEL')).toEqual({ ids: [1, 3, 5], next: null });
      expect(await ids(setting, '&status=FIRST_CALLED&status=CANCEL')).toEqual({ ids: [2, 3], next: null });
      expect(await ids(setting, '&datesId=2')).toEqual({ ids: [], next: null });
    }));

  test('goes on where its cursor says, also when the queue has moved meanwhile', () =>
    withIngress(async (setting) => {
      await fiveTeams(setting);
      const first = await ids(setting, '&limit=2');
      expect(first.ids).toEqual([1, 2]);
      await setting.call('DELETE', '/waitings/10000002');
      await register(setting, 6);
      const second = await ids(setting, `&limit=2&cursor=${first.next ?? ''}`);
      expect(second.ids).toEqual([3, 5]);
      expect(await ids(setting, `&limit=2&cursor=${second.next ?? ''}`)).toEqual({ ids: [6], next: null });
    }));

  test.each(['', 'x', Buffer.from('after -1').toString('base64url')])('refuses the cursor %p', (cursor) =>
    withIngress(async (setting) => {
      expect(await setting.call('GET', `/waitings?restaurantId=1&cursor=${cursor}`)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'cursor' }] },
      });
    }),
  );

  test('of a restaurant that nobody configured is a 404', () =>
    withIngress(async (setting) => {
      await register(setting, 1);
      expect(await setting.call('GET', '/waitings?restaurantId=1')).toMatchObject({
        status: 404,
        body: { code: 'RESTAURANT_NOT_FOUND' },
      });
    }));
});

describe('a waiting that is not there', () => {
  test.each([
    '/waitings/10000001',
    '/waitings/9999999',
    '/waitings/9007199254740990',
    '/waitings/order/1/20000001',
  ])('%s was never issued: 404', (path) =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      expect(await setting.call('GET', path)).toMatchObject({
        status: 404,
        body: { code: 'WAITING_NOT_FOUND' },
      });
    }),
  );

  test('but was, a while ago: 503 until history can be asked, never a false 404', () =>
    withIngress(async (setting) => {
      await fiveTeams(setting);
      setting.worker.now += 16 * minute;
      await register(setting, 6);
      for (const path of ['/waitings/10000003', '/waitings/order/1/10000003']) {
        const { status, body, headers } = await setting.call('GET', path);
        expect({ status, body }).toMatchObject({ status: 503, body: { code: 'HISTORY_UNAVAILABLE' } });
        expect(headers.get('retry-after')).toBe('1');
      }
    }));
});

describe('a state that cannot be trusted is a 503 with Retry-After', () => {
  const paths = [
    '/waitings/10000001',
    '/waitings/order/1/10000001',
    '/waitings?restaurantId=1',
    '/restaurants/1/queue',
    '/commands/8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10?restaurantId=1',
  ];
  const unavailable = async ({ call }: Setting): Promise<void> => {
    for (const path of paths) {
      const { status, body, headers } = await call('GET', path);
      expect({ path, status, body }).toMatchObject({
        path,
        status: 503,
        body: { code: 'STATE_UNAVAILABLE' },
      });
      expect(headers.get('retry-after')).toBe('1');
    }
  };

  test('wiped, or being rebuilt', () =>
    withIngress(async (setting) => {
      await fiveTeams(setting);
      setting.worker.onRead = ({ values }) => ({ next: null, values: values.map(() => null) });
      await unavailable(setting);
    }));

  test('older than what was shown before; the same or newer is answered', () =>
    withIngress(async (setting) => {
      await fiveTeams(setting);
      const { worker, call } = setting;
      expect(await call('GET', '/waitings/10000001')).toMatchObject({ status: 200 });
      worker.onRead = ({ next }) => ({ next: (next ?? 0) - 1, values: [null, null] });
      await unavailable(setting);
      worker.onRead = (read) => read;
      expect(await call('GET', '/waitings/10000001')).toMatchObject({ status: 200 });
    }));

  test('out of reach', () =>
    withIngress(async (setting) => {
      setting.worker.onRead = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:6379'));
      await unavailable(setting);
      const { body } = await setting.call('GET', '/waitings/10000001');
      expect(JSON.stringify(body)).not.toContain('10.0.0.7');
    }));
});
