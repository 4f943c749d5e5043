/** Questions to any broker while one of several is frozen. */
import { describe, expect, it } from '@jest/globals';
import { type BrokerPool, brokerPools, type ConnectionPool, type Seed } from './internals.ts';
import './repairs.ts';

const never = new Promise<never>(() => undefined);
const broker = (nodeId: string, isFrozen: boolean) =>
  ({
    nodeId,
    versions: 1,
    isConnected: () => true,
    connect: () => (isFrozen ? never : Promise.resolve()),
    disconnect: () => Promise.resolve(),
    metadata: () => (isFrozen ? never : Promise.resolve({ brokers: [], topicMetadata: [] })),
  }) as unknown as Seed;

const logger = { debug: () => undefined, error: () => undefined };

/** Three brokers, of which one answers: the others are frozen. */
function pool(): BrokerPool {
  let built = 0;
  const all = ['1', '2', '3'].map((id) => broker(id, id !== '3'));
  return Object.assign(Object.create(brokerPools) as BrokerPool, {
    brokers: Object.fromEntries(all.map((each) => [each.nodeId, each])),
    seedBroker: all[0],
    logger,
    rootLogger: logger,
    retrier: (attempt: (bail: () => void) => Promise<unknown>) => attempt(() => undefined),
    connectionPoolBuilder: {
      build: () => Promise.resolve({ host: 'broker', port: 1 + (built++ % 3) } as ConnectionPool),
    },
    createBroker: ({ connectionPool }: { readonly connectionPool: ConnectionPool }) =>
      broker(String(connectionPool.port), connectionPool.port !== 3),
  });
}

async function within(millis: number, action: Promise<unknown>): Promise<void> {
  const started = performance.now();
  await action;
  expect(performance.now() - started).toBeLessThan(millis);
}

describe('while two of three brokers are frozen', () => {
  it('it is soon known who leads what, however often it is asked', async () => {
    const one = pool();
    for (let n = 0; n < 10; n += 1)
      await within(5_000, (await one.findConnectedBroker()).metadata(['topic']));
  });

  it('it is known from the list, when the connection from the beginning is to a frozen one', async () => {
    const fresh = Object.assign(pool(), { brokers: {} });
    await within(5_000, (await fresh.findConnectedBroker()).metadata(['topic']));
    expect(fresh.seedBroker?.nodeId).toBe('3');
  });

  it('one that answers is found for any other question', async () => {
    for (let n = 0; n < 3; n += 1)
      await within(
        5_000,
        pool().withBroker(({ broker: one }) => one.metadata([])),
      );
  });

  it('a client finds the one that answers in the list that it was given', async () => {
    const fresh: BrokerPool = Object.assign(pool(), { brokers: {}, seedBroker: undefined });
    await within(5_000, fresh.connect());
    expect(fresh.seedBroker?.nodeId).toBe('3');
  });

  it('one whose connection was closed is still one of them', () => {
    const one = pool();
    Object.assign(one.brokers['1'] as object, { connectionPool: { host: 'broker', port: 1 } });
    one.removeBroker({ host: 'broker', port: 1 });
    expect(Object.keys(one.brokers)).toEqual(['1', '2', '3']);
    expect(one.metadataExpireAt).toBeNull();
  });
});
