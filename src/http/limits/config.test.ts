import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { frontOf, limitsOf, limitVariables } from './config.ts';

const parsed = (env: Record<string, string>) => z.object(limitVariables).safeParse(env);

test('without variables there are limits, and nobody is let in front of them', () => {
  const { data, success } = parsed({});
  if (!success) throw new Error('it is wrong');
  expect(limitsOf(data)).toEqual({ factor: 1, streamsMost: 12_000, trust: null });
  expect(frontOf(data, false)).toEqual({ corsOrigins: [], hstsSeconds: 0 });
  expect(frontOf(data, true)).toEqual({ corsOrigins: [], hstsSeconds: 31_536_000 });
});

test('variables are read', () => {
  const { data, success } = parsed({
    RATE_LIMIT_FACTOR: '2.5',
    STREAMS_MOST: '100',
    TRUST_PROXY: 'loopback, 10.0.0.0/8',
    CORS_ORIGINS: 'https://example.org, http://localhost:3000',
    HSTS_SECONDS: '60',
  });
  if (!success) throw new Error('it is wrong');
  const { trust, ...limits } = limitsOf(data);
  expect(limits).toEqual({ factor: 2.5, streamsMost: 100 });
  expect(['10.1.2.3', '192.0.2.1'].map((address) => trust?.(address, 0))).toEqual([true, false]);
  expect(frontOf(data, true)).toEqual({
    corsOrigins: ['https://example.org', 'http://localhost:3000'],
    hstsSeconds: 60,
  });
});

test.each([
  ['RATE_LIMIT_FACTOR', '-1'],
  ['RATE_LIMIT_FACTOR', 'much'],
  ['STREAMS_MOST', '0'],
  ['TRUST_PROXY', 'everybody'],
  ['CORS_ORIGINS', '*'],
  ['CORS_ORIGINS', 'https://example.org/'],
  ['CORS_ORIGINS', 'example.org'],
  ['HSTS_SECONDS', '1.5'],
])('%s=%s is named as wrong', (name, value) => {
  expect(parsed({ [name]: value }).error?.issues.map(({ path }) => path[0])).toEqual([name]);
});
