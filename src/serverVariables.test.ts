import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'waiting-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const plain = {
  KAFKA_BROKERS: 'one:9092, two:9092',
  SCHEMA_REGISTRY_URL: 'http://registry:8081/apis/ccompat/v7',
  REDIS_URL: 'redis://redis:6379',
  DATABASE_URL: 'postgres://postgres:5432/waiting',
};
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';

const complaintsOf = (env: Readonly<Record<string, string | undefined>>): string[] => {
  try {
    readConfig({ ...plain, ...env });
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
  return [];
};

describe('a variable in a file', () => {
  it('has the value of the file, without the newline at its end', () => {
    const DATABASE_URL_FILE = file('url', 'postgres://role:secret@postgres/waiting\n');
    const config = readConfig({ ...plain, DATABASE_URL: '', DATABASE_URL_FILE });
    expect(config.database).toEqual({ url: 'postgres://role:secret@postgres/waiting' });
    expect(config.readDatabase).toEqual(config.database);
  });

  it('may be any of them, and keeps newlines that are part of it', () => {
    const HTTP_PORT_FILE = file('port', '8090\r\n');
    const KAFKA_TLS_CA_FILE = file('ca', `${pem}\n\n`);
    const config = readConfig({ ...plain, HTTP_PORT_FILE, KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE });
    expect(config.httpPort).toBe(8090);
    expect(config.kafka.tls).toEqual({ ca: `${pem}\n` });
  });

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      'given beside the variable',
      () => ({ REDIS_URL_FILE: file('r', 'redis://r') }),
      /REDIS_URL and REDIS_URL_FILE/,
    ],
    [
      'not there',
      () => ({ REDIS_URL: '', REDIS_URL_FILE: join(folder, 'none') }),
      /REDIS_URL_FILE .*ENOENT.*none/,
    ],
    ['a folder', () => ({ REDIS_URL: '', REDIS_URL_FILE: folder }), /REDIS_URL_FILE .*EISDIR/],
    ['empty', () => ({ REDIS_URL: '', REDIS_URL_FILE: file('empty', '\n') }), /REDIS_URL: .*empty/],
  ])('is refused when it is %s', (_what, env, message) => {
    const complaints = complaintsOf(env());
    expect(complaints).toHaveLength(1);
    expect(complaints[0]?.replace('REDIS_URL: and', 'REDIS_URL and')).toMatch(message);
  });

  it('keeps its secret when something else is wrong', () => {
    const KAFKA_PASSWORD_FILE = file('password', 'hunter2');
    expect(complaintsOf({ KAFKA_PASSWORD_FILE, KAFKA_TLS_CA: 'hunter2' }).join('\n')).not.toContain(
      'hunter2',
    );
  });
});

describe('the servers', () => {
  it('are reached in the open when nothing else is said', () => {
    expect(readConfig(plain)).toMatchObject({
      kafka: { brokers: ['one:9092', 'two:9092'] },
      schemaRegistry: { url: plain.SCHEMA_REGISTRY_URL },
      redis: { url: plain.REDIS_URL },
    });
    expect(readConfig(plain).kafka).not.toHaveProperty('tls');
  });

  it('are proven to, and verified, as the variables say', () => {
    const config = readConfig({
      KAFKA_BROKERS: 'kafka:9093',
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA: pem,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_USERNAME: 'waiting-ingress',
      KAFKA_PASSWORD: 'secret',
      SCHEMA_REGISTRY_URL: 'https://reader:p%40ss@registry/apis/ccompat/v7/',
      SCHEMA_REGISTRY_TLS_CA: pem,
      REDIS_URL: 'rediss://waiting-ingress:secret@redis:6379',
      REDIS_TLS_CA: pem,
      REDIS_TLS_CERT: pem,
      REDIS_TLS_KEY: pem,
      DATABASE_URL: 'postgres://waiting_history:secret@postgres/waiting',
      DATABASE_READ_URL: 'postgres://waiting_ingress:secret@postgres/waiting',
      DATABASE_TLS_CA: pem,
    });
    expect(config).toMatchObject({
      kafka: {
        brokers: ['kafka:9093'],
        tls: { ca: pem },
        sasl: { mechanism: 'scram-sha-512', username: 'waiting-ingress', password: 'secret' },
      },
      schemaRegistry: {
        url: 'https://registry/apis/ccompat/v7',
        auth: { username: 'reader', password: 'p@ss' },
        tls: { ca: pem },
      },
      redis: { tls: { ca: pem, cert: pem, key: pem } },
      database: { url: 'postgres://waiting_history:secret@postgres/waiting', tls: { ca: pem } },
      readDatabase: { url: 'postgres://waiting_ingress:secret@postgres/waiting', tls: { ca: pem } },
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'certificates for a connection in the open',
      { REDIS_TLS_CA: pem },
      'REDIS_URL must begin with rediss://',
    ],
    ['the same of Kafka', { KAFKA_TLS_CA: pem }, 'KAFKA_TLS must be true'],
    ['a path for a certificate', { DATABASE_TLS_CA: '/run/ca.pem' }, 'DATABASE_TLS_CA: is no PEM'],
    ['a certificate without its key', { KAFKA_TLS: 'true', KAFKA_TLS_CERT: pem }, 'KAFKA_TLS_KEY belong'],
    ['a password that nobody asks for', { KAFKA_PASSWORD: 'secret' }, 'KAFKA_SASL_MECHANISM'],
    ['a mechanism without a user', { KAFKA_SASL_MECHANISM: 'scram-sha-256' }, 'KAFKA_USERNAME'],
    [
      'a password that everybody could read',
      { KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p' },
      'only with KAFKA_TLS=true',
    ],
    [
      'two opinions on TLS',
      { DATABASE_TLS_CA: pem, DATABASE_URL: 'postgres://postgres/waiting?sslmode=disable' },
      'DATABASE_URL: must not speak of ssl',
    ],
    ['another kind of server', { REDIS_URL: 'http://redis:6379' }, 'REDIS_URL'],
  ])('are not reached with %s', (_what, env, message) => {
    expect(complaintsOf(env).join('\n')).toContain(message);
  });

  it('are named together when several are missing', () => {
    expect(
      complaintsOf({ KAFKA_BROKERS: '', REDIS_URL: undefined }).map((line) => line.split(':')[0]),
    ).toEqual(['  KAFKA_BROKERS', '  REDIS_URL']);
  });
});
