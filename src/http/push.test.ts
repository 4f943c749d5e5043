import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, type Setting, withIngress } from '../../test/httpIngress.ts';
import { memorySubscriptions, newBrowser, subscription, vapidKeys } from '../../test/pushPeer.ts';

const { publicKey } = vapidKeys;
const path = '/waitings/10000001/push';

/** With a waiting of customer 1. */
const withWaiting = (
  callback: (setting: Setting, kept: ReturnType<typeof memorySubscriptions>['kept']) => Promise<void>,
): Promise<void> => {
  const subscriptions = memorySubscriptions();
  return withIngress(
    async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      await callback(setting, subscriptions.kept);
    },
    { push: { publicKey, services: ['push.example'], subscriptions } },
  );
};

test('a browser is told what to subscribe with', () =>
  withWaiting(async ({ call }) => {
    expect(await call('GET', '/push/key')).toMatchObject({ status: 200, body: { publicKey } });
  }));

test('a subscription is kept with what its texts name, put again, and dropped', () =>
  withWaiting(async ({ call }, kept) => {
    for (const language of ['ko', 'en']) {
      expect(await call('PUT', path, { ...subscription, language })).toMatchObject({ status: 204, text: '' });
      expect(kept.get(10_000_001)).toEqual([
        { ...subscription, language, place: { name: '다예약 식당', timeZone: 'Asia/Seoul' } },
      ]);
    }
    expect(await call('DELETE', path)).toMatchObject({ status: 204 });
    expect(await call('DELETE', path)).toMatchObject({ status: 204 });
    expect(kept.size).toBe(0);
  }));

describe('is refused', () => {
  const { keys } = newBrowser();
  test.each<[string, object]>([
    ['endpoint', { endpoint: 'http://push.example/a' }],
    ['endpoint', { endpoint: 'https://example.org/' }],
    ['endpoint', { endpoint: 'https://push.example@169.254.169.254/' }],
    ['endpoint', { endpoint: 'https://push.example:8443/' }],
    ['endpoint', { endpoint: `https://push.example/${'a'.repeat(2_048)}` }],
    ['endpoint', { endpoint: 7 }],
    ['keys.p256dh', { keys: { ...keys, p256dh: keys.auth } }],
    ['keys.p256dh', { keys: { ...keys, p256dh: Buffer.alloc(65, 4).toString('base64url') } }],
    ['keys.auth', { keys: { ...keys, auth: `${keys.auth}AA` } }],
    ['keys.auth', { keys: { p256dh: keys.p256dh } }],
    ['keys', { keys: 'none' }],
    ['language', { language: 'fr' }],
    ['userId', { userId: 1 }],
  ])('%s of %j', (field, changes) =>
    withWaiting(async ({ call }, kept) => {
      expect(await call('PUT', path, { ...subscription, ...changes })).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION', errors: [expect.objectContaining({ field })] },
      });
      expect(kept.size).toBe(0);
    }),
  );

  test('a waiting that never was', () =>
    withWaiting(async ({ call }) => {
      const refused = { status: 404, body: { code: 'WAITING_NOT_FOUND' } };
      expect(await call('PUT', '/waitings/10000002/push', subscription)).toMatchObject(refused);
      expect(await call('DELETE', '/waitings/10000002/push')).toMatchObject(refused);
    }));

  test('a waiting that is over', () =>
    withWaiting(async ({ call }, kept) => {
      await call('POST', '/waitings/1/10000001/actions/waiting_cancel', { actor: 'CUSTOMER' });
      expect(await call('PUT', path, subscription)).toMatchObject({
        status: 409,
        body: { code: 'INVALID_TRANSITION' },
      });
      expect(kept.size).toBe(0);
    }));
});

test('without Redis nothing is kept, and the client is told to try again', () =>
  withIngress(
    async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      const { status, body, headers } = await setting.call('PUT', path, subscription);
      expect({ status, body }).toMatchObject({ status: 503, body: { code: 'STATE_UNAVAILABLE' } });
      expect(headers.get('retry-after')).toBe('1');
      expect(JSON.stringify(body)).not.toContain('10.0.0.7');
    },
    {
      push: {
        publicKey,
        services: ['push.example'],
        subscriptions: {
          put: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:6379')),
          dropAll: () => Promise.resolve(),
        },
      },
    },
  ));

test('a service that sends no messages says so', () =>
  withIngress(
    async ({ call }) => {
      const answers = [
        await call('GET', '/push/key'),
        await call('PUT', path, subscription),
        await call('DELETE', path),
      ];
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    },
    { push: null },
  ));
