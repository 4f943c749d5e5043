/**
 * What any broker can answer, kafkajs asks of one, and waits for it until the request times out: who leads what, who
 * coordinates a group, and in the beginning, which brokers there are (cluster/brokerPool.js). Here the next one is asked
 * beside it when it does not answer in a second.
 */
import { firstAnswer } from '../firstAnswer.ts';
import {
  type Broker,
  type BrokerPool,
  brokerPools,
  type ConnectionPool,
  type Seed,
  shuffle,
} from './internals.ts';

/** How long a broker that was slow is asked after the others (ms). */
const lastMillis = 10_000;
const slowAt = new WeakMap<Broker, number>();

/** In any order, so that one that is cut off from the others, and tells what was, is not believed for ever. */
function inTurn({ brokers }: BrokerPool): string[] {
  const isLast = (id: string): boolean => {
    const broker = brokers[id];
    return !broker?.isConnected() || Date.now() - (slowAt.get(broker) ?? 0) < lastMillis;
  };
  const ids = shuffle(Object.keys(brokers));
  return [...ids.filter((id) => !isLast(id)), ...ids.filter(isLast)];
}

const askAny = <T>(pool: BrokerPool, ask: (nodeId: string) => Promise<T>): Promise<T> =>
  firstAnswer(inTurn(pool), ask, {
    slow: (nodeId) => {
      const broker = pool.brokers[nodeId];
      if (broker) slowAt.set(broker, Date.now());
    },
  });

/** `refreshMetadata` asks the answer to this, and nothing else does. */
brokerPools.findConnectedBroker = async function () {
  if (!this.seedBroker) await this.connect();
  return {
    metadata: async (topics) => {
      const asked = askAny(this, async (nodeId) => (await this.findBroker({ nodeId })).metadata(topics));
      const found = await asked.catch(() => null);
      if (found) return found;
      // Nobody who is known: it is the first question, or all have moved.
      return askSeeds(this, (broker) => broker.metadata(topics));
    },
  };
};

const { withBroker } = brokerPools;
brokerPools.withBroker = function (callback) {
  if (Object.keys(this.brokers).length === 0) return withBroker.call(this, callback);
  return askAny(this, async (nodeId) => callback({ nodeId, broker: await this.findBroker({ nodeId }) }));
};

brokerPools.connect = async function () {
  if (this.hasConnectedBrokers()) return;
  await this.retrier(async (bail) => {
    try {
      await askSeeds(this, () => Promise.resolve());
    } catch (error) {
      this.logger.error(`no broker of the list answers: ${String(error)}`);
      if (error instanceof Error && 'retriable' in error && error.retriable === true) throw error;
      bail(error);
    }
  });
};

/** Asks the brokers of the list; whoever answers is the one that the library calls its seed. */
async function askSeeds<T>(pool: BrokerPool, ask: (broker: Seed) => Promise<T>): Promise<T> {
  const former = pool.seedBroker;
  const made: Seed[] = [];
  const ways = (await seedsOf(pool)).map((connectionPool) => async () => {
    const broker = pool.createBroker({ connectionPool, logger: pool.rootLogger });
    made.push(broker);
    await broker.connect();
    return broker;
  });
  // A connection that is there is one that a broker may have frozen behind.
  if (former?.isConnected()) ways.unshift(() => Promise.resolve(former));
  try {
    const { seed, answer } = await firstAnswer(ways, async (reach) => {
      const broker = await reach();
      return { seed: broker, answer: await ask(broker) };
    });
    pool.seedBroker = seed;
    pool.versions = seed.versions;
    return answer;
  } finally {
    for (const each of new Set([...made, former])) if (each !== pool.seedBroker) void each?.disconnect();
  }
}

/** Every broker of the list that the client was given, from where the last time ended. */
async function seedsOf({ connectionPoolBuilder }: BrokerPool): Promise<ConnectionPool[]> {
  const seeds: ConnectionPool[] = [];
  const known = new Set<string>();
  for (;;) {
    const next = await connectionPoolBuilder.build();
    const address = `${next.host}:${next.port}`;
    if (known.has(address)) return seeds;
    known.add(address);
    seeds.push(next);
  }
}

/**
 * kafkajs forgets a broker whose connection closed, with the connections to it, and every fetcher of a consumer starts
 * anew. The broker is where it was, or another one leads by now: to ask who leads what is enough.
 */
brokerPools.removeBroker = function () {
  this.metadataExpireAt = null;
};
