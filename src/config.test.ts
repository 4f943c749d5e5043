import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Config, readConfig } from './config.ts';

const servers = {
  KAFKA_BROKERS: 'localhost:9092',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  REDIS_URL: 'redis://localhost',
  DATABASE_URL: 'postgres://localhost/waiting',
};
const long = 'long enough to be a secret of somebody';
const jwt = {
  AUTH: 'jwt',
  AUTH_KEY: '{"keys":[]}',
  AUTH_ISSUER: 'me',
  AUTH_AUDIENCE: 'you',
  LINK_KEYS: long,
};

/** What of the environment is complained about, a line a variable; empty: nothing. */
function complaints(env: Readonly<Record<string, string>>): string[] {
  try {
    readConfig({ ...servers, ...env });
    return [];
  } catch (error) {
    return String(error)
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

const accessIn = (env: Readonly<Record<string, string>>): Config['access'] =>
  readConfig({ ...servers, ...env }).access;

describe('who is believed', () => {
  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('nobody has to say who he is on %s', (host) => {
    expect(accessIn({ HTTP_HOST: host }).mode).toBe('open');
  });

  test.each(['0.0.0.0', '::', '10.0.0.7', '128.0.0.1', 'example.org'])('but not on %s', (host) => {
    expect(complaints({ HTTP_HOST: host })).toEqual([
      `AUTH: open is for a loopback address only, and HTTP_HOST is ${host}: choose jwt or gateway`,
    ]);
  });

  test('a process that serves no API listens anywhere', () => {
    expect(complaints({ HTTP_HOST: '0.0.0.0', ROLES: 'queue,history' })).toEqual([]);
  });

  test('tokens need a key, an issuer and an audience, and links a key', () => {
    expect(complaints({ AUTH: 'jwt' })).toEqual([
      expect.stringMatching(/^LINK_KEYS: is missing/),
      expect.stringMatching(/^AUTH_JWKS_URL: either this or AUTH_KEY/),
      expect.stringMatching(/^AUTH_ISSUER: is missing/),
      expect.stringMatching(/^AUTH_AUDIENCE: is missing/),
    ]);
    expect(complaints(jwt)).toEqual([]);
    expect(complaints({ ...jwt, AUTH_JWKS_URL: 'https://id.example/jwks' })).toHaveLength(1);
  });

  test('a secret that both sides know may not sign tokens', () => {
    expect(complaints({ ...jwt, AUTH_ALGORITHMS: 'ES256,HS256' })).toEqual([
      expect.stringMatching(/^AUTH_ALGORITHMS/),
    ]);
  });

  test('a gateway proves itself by a secret or a certificate', () => {
    const gateway = { AUTH: 'gateway', LINK_KEYS: long };
    expect(complaints(gateway)).toEqual([expect.stringMatching(/^GATEWAY_SECRET: is missing/)]);
    expect(accessIn({ ...gateway, GATEWAY_SECRET: long })).toMatchObject({ mode: 'gateway', secret: long });
    const tls = { HTTP_TLS_CERT: 'cert', HTTP_TLS_KEY: 'key', HTTP_TLS_CLIENT_CA: 'ca' };
    expect(accessIn({ ...gateway, ...tls })).toMatchObject({ mode: 'gateway', secret: null });
    expect(complaints({ ...gateway, GATEWAY_SECRET: 'short' })).toEqual([
      'GATEWAY_SECRET: must have 32 characters or more',
    ]);
  });

  test('several keys for links, the newest first', () => {
    expect(accessIn({ ...jwt, LINK_KEYS: `${long} 2, ${long} 1` }).linkKeys).toEqual([
      `${long} 2`,
      `${long} 1`,
    ]);
  });
});

test('time is compressed only where the environment says so', () => {
  const compressedIn = (env: Readonly<Record<string, string>>): boolean =>
    readConfig({ ...servers, ...env }).compressedTime;
  expect([{}, { COMPRESSED_TIME: 'off' }, { COMPRESSED_TIME: 'on' }].map(compressedIn)).toEqual([
    false,
    false,
    true,
  ]);
  expect(complaints({ COMPRESSED_TIME: 'true' })).toEqual([expect.stringMatching(/^COMPRESSED_TIME/)]);
});

test.each(['compose.yaml', 'Dockerfile'])('%s, which a deployment begins with, does not say so', (file) => {
  expect(readFileSync(new URL(`../infra/${file}`, import.meta.url), 'utf8')).not.toContain('COMPRESSED_TIME');
});

describe('sentinels of Redis', () => {
  const named = { REDIS_URL: 'rediss://user:secret@TheQueues' };

  test('are for every use of Redis, and the host of the URL is their name for the primary', () => {
    const { redis, limitsRedis, pushRedis } = readConfig({
      ...servers,
      ...named,
      REDIS_SENTINELS: 'one:26379, [::1]:26380',
      REDIS_SENTINEL_PASSWORD: 'secret',
    });
    const addresses = [
      { host: 'one', port: 26379 },
      { host: '::1', port: 26380 },
    ];
    for (const each of [redis, limitsRedis, pushRedis])
      expect(each).toEqual({ url: named.REDIS_URL, sentinels: { addresses, password: 'secret' } });
  });

  test('have a port each, and a password only where they are', () => {
    expect(complaints({ ...named, REDIS_SENTINELS: 'one:26379,two' })).toEqual([
      'REDIS_SENTINELS: two is no host:port',
    ]);
    expect(complaints({ REDIS_SENTINEL_PASSWORD: 'secret' })).toEqual([
      'REDIS_SENTINEL_PASSWORD: needs REDIS_SENTINELS to be said, too',
    ]);
  });
});

test('a certificate without its key is no HTTPS', () => {
  expect(complaints({ HTTP_TLS_CERT: 'cert' })).toEqual([expect.stringMatching(/^HTTP_TLS_CERT/)]);
  expect(complaints({ HTTP_TLS_CLIENT_CA: 'ca' })).toEqual([expect.stringMatching(/^HTTP_TLS_CERT/)]);
});
