import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, type Setting, withIngress } from '../../test/httpIngress.ts';

const call = (setting: Setting) => setting.call('POST', '/waitings/1/10000001/actions/waiting_call');

describe.each([
  '/waitings/10000001',
  '/waitings/order/1/10000001',
  '/waitings?restaurantId=1',
  '/restaurants/1/queue',
])('who polls %s', (path) => {
  test('is told 304, without a body, until something has changed', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      const first = await setting.call('GET', path);
      const etag = first.headers.get('etag') ?? '';
      expect(first).toMatchObject({ status: 200 });
      expect(first.headers.get('cache-control')).toBe('private, no-cache');
      expect(etag).toMatch(/^W\/"[\w-]{27}"$/);

      const again = await setting.call('GET', path, undefined, { 'if-none-match': `"other", ${etag}` });
      expect(again).toMatchObject({ status: 304, text: '' });
      expect(again.headers.get('etag')).toBe(etag);

      await call(setting);
      const changed = await setting.call('GET', path, undefined, { 'if-none-match': etag });
      expect(changed).toMatchObject({ status: 200 });
      expect(changed.headers.get('etag')).not.toBe(etag);
    }));
});

test('problems are not kept', () =>
  withIngress(async (setting) => {
    const { headers } = await setting.call('GET', '/waitings/10000001');
    expect([headers.get('cache-control'), headers.get('etag')]).toEqual(['no-store', null]);
  }));
