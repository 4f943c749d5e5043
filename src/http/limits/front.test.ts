import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, type Setting, withIngress } from '../../../test/httpIngress.ts';
import { securityHeaders } from './securityHeaders.ts';

const origin = 'https://example.org';

/** Answers of every way that a request can take. */
async function answersOf(setting: Setting): Promise<Headers[]> {
  await openRestaurant(setting);
  const { headers } = await register(setting, 1);
  const paths = [
    '/waitings/10000001',
    '/waitings/%310000001',
    '/waitings/10000009',
    '/no/such/path',
    '/docs',
  ];
  const all = await Promise.all(paths.map((path) => fetch(setting.url + path)));
  return [headers, ...all.map((answer) => answer.headers)];
}

describe('every answer', () => {
  test('has the headers of helmet, direct reads, refusals and pages alike', () =>
    withIngress(async (setting) => {
      for (const headers of await answersOf(setting)) {
        expect(Object.fromEntries(headers)).toMatchObject({
          'content-security-policy':
            "default-src 'self';img-src 'self' data:;base-uri 'none';form-action 'none';frame-ancestors 'none'",
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'referrer-policy': 'no-referrer',
          'cross-origin-resource-policy': 'same-origin',
        });
        for (const name of ['x-powered-by', 'strict-transport-security', 'access-control-allow-origin'])
          expect([name, headers.get(name)]).toEqual([name, null]);
      }
    }));

  test('sends browsers to TLS where that is configured', () =>
    withIngress(
      async (setting) => {
        for (const headers of await answersOf(setting))
          expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
      },
      { front: { hstsSeconds: 31_536_000 } },
    ));
});

test('all of helmet is there, and nothing twice', () => {
  const names = securityHeaders(60).map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(12);
});

describe('pages of another origin', () => {
  const preflight = (url: string, from: string): Promise<Response> =>
    fetch(`${url}/waitings`, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  test('have no way in unless it is configured', () =>
    withIngress(async ({ url }) => {
      const { status, headers } = await preflight(url, origin);
      expect([status, headers.get('access-control-allow-origin')]).toEqual([405, null]);
    }));

  test('are let in by name, after a preflight that needs no identity', () =>
    withIngress(
      async (setting) => {
        const { status, headers } = await preflight(setting.url, origin);
        expect(status).toBe(204);
        expect(Object.fromEntries(headers)).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-methods': 'GET,HEAD,POST,PUT,DELETE',
          'access-control-allow-headers': expect.stringContaining(
            'Authorization,Content-Type,Idempotency-Key',
          ),
          'x-content-type-options': 'nosniff',
          vary: 'Origin',
        });
        expect(headers.has('access-control-allow-credentials')).toBe(false);
        await openRestaurant(setting);
        const registered = await register(setting, 1, { origin });
        expect(registered.headers.get('access-control-allow-origin')).toBe(origin);
        const read = await setting.call('GET', '/waitings/10000001', undefined, { origin });
        expect(Object.fromEntries(read.headers)).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-expose-headers': 'Location,ETag,Retry-After,X-Request-Id',
        });
      },
      { front: { corsOrigins: ['https://other.example', origin] } },
    ));

  test('are told nothing that they could read, where they are not named', () =>
    withIngress(
      async ({ url }) => {
        for (const other of [
          'https://evil.example',
          'null',
          `${origin}.evil.example`,
          'http://example.org',
        ]) {
          const answers = [
            await preflight(url, other),
            await fetch(`${url}/docs`, { headers: { origin: other } }),
          ];
          for (const { headers } of answers) expect(headers.has('access-control-allow-origin')).toBe(false);
        }
      },
      { front: { corsOrigins: [origin] } },
    ));
});
