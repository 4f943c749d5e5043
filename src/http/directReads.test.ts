import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, withIngress } from '../../test/httpIngress.ts';

describe('a read is the same however it is spelled', () => {
  test.each([
    ['/waitings/10000001', '/waitings/%310000001'],
    ['/waitings/10000001', '/waitings/10000001/'],
    ['/waitings/order/1/10000001', '/Waitings/order/1/10000001'],
    ['/waitings?restaurantId=1&status=WAITING', '/waitings/?restaurantId=1&status=WAITING'],
    ['/waitings/10000009', '/waitings/10000009/'],
    ['/waitings/0', '/waitings/0/'],
    ['/noShows?restaurantId=1', '/noShows/?restaurantId=1'],
    ['/restaurants/1/queue', '/restaurants/1/queue/'],
  ])('%s and %s', (direct, other) =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      const answers = [await setting.call('GET', direct), await setting.call('GET', other)];
      const [one, two] = answers.map(({ status, headers, body }) => {
        // They differ between any two requests, and a problem names its own path.
        const own = new Set(['x-request-id', 'date', 'content-length']);
        const same = [...headers].filter(([name]) => !own.has(name));
        return { status, headers: same.sort(), body: { ...body, instance: null } };
      });
      expect(one).toEqual(two);
      expect(await setting.metrics.metrics()).toMatch(
        /http_request_duration_seconds_count\{route="\/\w+.*\} 2/,
      );
    }),
  );
});

test('a direct read has the id of its request, and says when it fails', () =>
  withIngress(async (setting) => {
    setting.worker.onRead = () => Promise.reject(new Error('Redis is away'));
    const { status, headers } = await setting.call('GET', '/waitings/10000001', undefined, {
      'x-request-id': 'req-7',
    });
    expect([status, headers.get('x-request-id'), headers.get('retry-after')]).toEqual([503, 'req-7', '1']);
    expect(JSON.parse(setting.lines.join(''))).toMatchObject({
      level: 40,
      reqId: 'req-7',
      req: { method: 'GET', url: '/waitings/10000001' },
      res: { statusCode: 503 },
      msg: 'request errored',
    });
  }));
