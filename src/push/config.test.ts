import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../config.ts';
import { vapidKeys } from '../../test/pushPeer.ts';
import { knownServices, serviceOf } from './services.ts';

const servers = {
  KAFKA_BROKERS: 'localhost:9092',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  REDIS_URL: 'redis://localhost',
  DATABASE_URL: 'postgres://localhost/waiting',
};
const { publicKey, privateKey } = vapidKeys;
const subject = 'mailto:me@example.org';
const whole = { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject };

const pushIn = (env: Readonly<Record<string, string>>) => readConfig({ ...servers, ...env }).push;

describe('the variables', () => {
  test('may all be missing: then there is no Web Push', () => {
    expect(pushIn({})).toBeNull();
  });

  test('are a pair of keys and whom to write to', () => {
    expect(pushIn(whole)).toEqual({
      publicKey,
      services: knownServices,
      signer: { publicKey, privateKey, subject },
    });
  });

  test('are the public key alone where no messages are sent', () => {
    expect(pushIn({ VAPID_PUBLIC_KEY: publicKey, ROLES: 'ingress' })).toMatchObject({ signer: null });
  });

  test('may name other services', () => {
    expect(pushIn({ ...whole, PUSH_SERVICES: 'Push.Example.org, 127.0.0.1:4433' })?.services).toEqual([
      'push.example.org',
      '127.0.0.1:4433',
    ]);
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'no private key',
      { VAPID_PUBLIC_KEY: publicKey },
      /VAPID_PRIVATE_KEY: is missing.*\n.*VAPID_SUBJECT: is mis/,
    ],
    ['half of a pair', { VAPID_PRIVATE_KEY: privateKey }, /VAPID_PUBLIC_KEY: is missing/],
    [
      'the key of another pair',
      { ...whole, VAPID_PRIVATE_KEY: Buffer.alloc(32, 1).toString('base64url') },
      /VAPID_PRIVATE_KEY: is not the one/,
    ],
    ['no key at all', { ...whole, VAPID_PRIVATE_KEY: 'secret' }, /VAPID_PRIVATE_KEY: is not the one/],
    ['no public key at all', { ...whole, VAPID_PUBLIC_KEY: 'A'.repeat(87) }, /VAPID_PUBLIC_KEY: must be/],
    ['nobody to write to', { ...whole, VAPID_SUBJECT: 'me' }, /VAPID_SUBJECT: must be mailto/],
    ['a service with a path', { ...whole, PUSH_SERVICES: 'push.example.org/send' }, /PUSH_SERVICES/],
    ['any service', { ...whole, PUSH_SERVICES: '*' }, /PUSH_SERVICES/],
  ])('are refused with %s', (_what, env, complaint) => {
    expect(() => pushIn(env)).toThrow(complaint);
  });
});

describe('an endpoint', () => {
  test.each([
    ['https://fcm.googleapis.com/fcm/send/abc:def', 'fcm.googleapis.com'],
    ['https://updates.push.services.mozilla.com/wpush/v2/gAAA', '*.push.services.mozilla.com'],
    ['https://web.push.apple.com/QGu', '*.push.apple.com'],
    ['https://wns2-par02p.notify.windows.com/w/?token=BQ', '*.notify.windows.com'],
    ['HTTPS://FCM.googleapis.com:443/fcm/send/a', 'fcm.googleapis.com'],
  ])('%s is of %s', (endpoint, service) => {
    expect(serviceOf(endpoint, knownServices)).toBe(service);
  });

  test.each([
    'http://fcm.googleapis.com/fcm/send/a',
    'https://fcm.googleapis.com:8443/fcm/send/a',
    'https://fcm.googleapis.com.example.org/a',
    'https://example.org/fcm.googleapis.com',
    'https://fcm.googleapis.com@example.org/',
    'https://someone@fcm.googleapis.com/fcm/send/a',
    'https://xpush.apple.com/a',
    'https://push.apple.com/a',
    'https://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://example.org\\@fcm.googleapis.com/',
    'file:///etc/passwd',
    'nowhere',
    '',
  ])('%s is of none', (endpoint) => {
    expect(serviceOf(endpoint, knownServices)).toBeNull();
  });
});
