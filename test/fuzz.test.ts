/** Bad input, a little of it: `npm run test:fuzz` has more. What was found by it is below, a test each. */
import { describe, expect, test } from '@jest/globals';
import { topics } from '../src/schemas/topics.ts';
import { connectRegistry } from '../src/schemas/registry.ts';
import { partitionOf } from '../src/topology/kafka/client.ts';
import { sharedApplication } from './application.ts';
import { complaints } from './fuzz/complaints.ts';
import { rawLog, type RawRecord } from './fuzz/rawLog.ts';
import { fuzzRecords } from './fuzz/records.ts';
import { fuzzSockets } from './fuzz/sockets.ts';
import { eventually, newRestaurant, openRestaurant } from './http.ts';

/** `TEST_SEED` repeats the cases of an earlier run. */
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
const silent = (): void => undefined;

const shared = sharedApplication();

test(`six hundred records, most of them spoilt (TEST_SEED=${seed})`, async () => {
  const { urls, app } = shared();
  const ids = await connectRegistry({ url: urls.SCHEMA_REGISTRY_URL }).lookUp();
  const system = {
    ...shared(),
    ids,
    brokers: urls.KAFKA_BROKERS,
    registryUrl: urls.SCHEMA_REGISTRY_URL,
    url: app.url,
  };
  const { problems, counts } = await fuzzRecords(system, { cases: 600, seed }, silent);
  expect(problems).toEqual([]);
  expect(counts['decided']).toBeGreaterThan(0);
  expect(counts['buried: MALFORMED']).toBeGreaterThan(0);
});

test(`six hundred connections with odd bytes (TEST_SEED=${seed})`, async () => {
  const restaurants = [newRestaurant(), newRestaurant()];
  for (const restaurantId of restaurants) await openRestaurant(shared().app, restaurantId);
  const { problems } = await fuzzSockets(shared().app.url, { restaurants }, { cases: 600, seed }, silent);
  expect(problems).toEqual([]);
});

describe('a good command is decided', () => {
  const value = Buffer.from('x');
  test.each<[string, (record: RawRecord) => RawRecord, 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd']>([
    [
      'whose headers are named like what objects inherit',
      (record) => ({
        ...record,
        headers: ['constructor', '__proto__', 'toString'].map((name) => [Buffer.from(name), value]),
      }),
      'none',
    ],
    [
      'with thousands of headers',
      (record) => ({
        ...record,
        headers: Array.from({ length: 8_000 }, (_, n) => [Buffer.from(n.toString(36)), Buffer.alloc(0)]),
      }),
      'none',
    ],
    [
      'with a header without a value',
      (record) => ({ ...record, headers: [[Buffer.from('x-from'), null]] }),
      'none',
    ],
    [
      'that names a channel which is not for replies',
      (record) => ({ ...record, headers: [[Buffer.from('replyto'), Buffer.from('waiting:changes')]] }),
      'none',
    ],
    ['in a gzip batch', (record) => record, 'gzip'],
    ['in a Snappy batch', (record) => record, 'snappy'],
    ['in an LZ4 batch', (record) => record, 'lz4'],
    ['in a Zstandard batch', (record) => record, 'zstd'],
  ])('%s', async (_what, remake, compression) => {
    const { app, upstream, urls, partitions } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const { message } = await upstream.registration(restaurantId, 7);
    const key = Buffer.from(message.key);
    const record = { key, value: message.value, partition: partitionOf(key, partitions), headers: [] };
    const log = rawLog(urls.KAFKA_BROKERS, topics.commands);
    try {
      await log.append([remake(record)], compression);
    } finally {
      await log.close();
    }
    await eventually('the team waits', async () => {
      const { body } = await app.call('GET', `/restaurants/${restaurantId}/queue`);
      return JSON.stringify(body?.['items']).includes('"userId":7,');
    });
  });
});

test('what unpacks to more than a record may be is refused by the broker', async () => {
  const { urls } = shared();
  const log = rawLog(urls.KAFKA_BROKERS, topics.commands);
  const bomb = { key: null, value: Buffer.alloc(20_000_000), partition: 0, headers: [] };
  try {
    await expect(log.append([bomb], 'gzip')).rejects.toThrow();
  } finally {
    await log.close();
  }
});

test('nothing of all this was an error of the application', () => {
  expect(complaints(shared().app.server.log ?? '')).toEqual([]);
});
