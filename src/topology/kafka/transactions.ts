import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  addPartitionsToTxnV3,
  type Broker,
  type ConnectionOptions,
  ConnectionPool,
  createAPI,
  endTxnV3,
  findCoordinatorV4,
  GenericError,
  initProducerIdV4,
  metadataV11,
  MultipleErrors,
  produceV9,
  Writer,
} from '@platformatic/kafka';
import { FencedError, type OutputRecord, type Transactions } from '../ports.ts';
import { isFencing, type KafkaAddress, partitionOf } from './client.ts';
import { type RecordBatch, recordBatch } from './recordBatch.ts';

/** How a process reaches the cluster. */
export interface Bootstrap extends KafkaAddress {
  readonly clientId: string;
}

const connectTimeoutMillis = 3_000;
const requestTimeoutMillis = 15_000;
const transactionTimeoutMillis = 15_000;

/** What is sent together; the broker takes 1 MiB a batch by default. */
const maxRequestBytes = 512 * 1024;

const transactionKey = 1;
const allReplicas = -1;

/** How long an answer that passes may take to: the markers of the last transaction, a coordinator that starts. */
const patience = { firstMillis: 1, mostMillis: 100, inAllMillis: 15_000 };

interface Identity {
  readonly coordinator: Broker;
  readonly id: bigint;
  readonly epoch: number;
}

/** A batch, and the partition that it goes to. */
interface Entry {
  readonly topic: string;
  readonly partition: number;
  readonly batch: RecordBatch;
}

/** What goes into one request; the first entry is that of its first record. */
type Piece = readonly [Entry, ...Entry[]];

/**
 * One transactional producer of one task: its id is what fences the task's former owner. The library gives the
 * connections and the protocol's requests; which of them make a transaction is a page, and here every error ends it.
 */
export function transactions(bootstrap: Bootstrap, transactionalId: string): Transactions {
  const brokers = bootstrap.brokers.map(addressOf);
  const pool = new ConnectionPool(bootstrap.clientId, {
    connectTimeout: connectTimeoutMillis,
    requestTimeout: requestTimeoutMillis,
    context: transactionalId,
    ...credentials(bootstrap),
  });
  // Whoever waits for an answer is told of it; told to nobody, it would end the process.
  pool.on('connecting', ({ connection }) => void connection.on('error', () => undefined));
  const layout = clusterLayout(pool, brokers);
  /** Records sent so far, by partition. */
  const sequences = new Map<string, number>();
  let identity: Promise<Identity> | null = null;

  /** Fences every earlier producer of the task. */
  async function claim(): Promise<Identity> {
    return patiently(['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'], async () => {
      const { coordinators } = await findCoordinatorV4.api.async(
        await pool.getFirstAvailable(brokers),
        transactionKey,
        [transactionalId],
      );
      const [coordinator] = coordinators;
      if (!coordinator) throw new Error(`no broker coordinates ${transactionalId}`);
      const connection = await pool.get(coordinator);
      const { producerId, producerEpoch } = await patiently([], () =>
        initProducerIdV4.api.async(
          connection,
          transactionalId,
          transactionTimeoutMillis,
          undefined,
          undefined,
        ),
      );
      return { coordinator, id: producerId, epoch: producerEpoch };
    });
  }

  /** The coordinator is told every partition of the transaction before the first record. */
  async function begin({ coordinator, id, epoch }: Identity, entries: readonly Entry[]): Promise<void> {
    const connection = await pool.get(coordinator);
    const topics = [...Map.groupBy(entries, ({ topic }) => topic)].map(([name, own]) => ({
      name,
      partitions: [...new Set(own.map(({ partition }) => partition))],
    }));
    const transaction = { transactionalId, producerId: id, producerEpoch: epoch, verifyOnly: false, topics };
    await patiently([], () => addPartitionsToTxnV3.api.async(connection, [transaction]));
  }

  async function end({ coordinator, id, epoch }: Identity, committed: boolean): Promise<void> {
    const connection = await pool.get(coordinator);
    await patiently([], () => endTxnV3.api.async(connection, transactionalId, id, epoch, committed));
  }

  /** Sends a piece to the leaders of its partitions; answers where its first record is. */
  async function produce(identity: Identity, piece: Piece): Promise<number> {
    const byLeader = Map.groupBy(
      piece.map((entry) => ({ ...entry, bytes: encode(identity, entry) })),
      ({ topic, partition }) => layout.leader(topic, partition),
    );
    const answers = await Promise.all(
      [...byLeader].map(async ([leader, entries]) =>
        produceApi.async(await pool.get(leader), transactionalId, entries),
      ),
    );
    const offsets = answers
      .flatMap(({ responses }) => responses)
      .flatMap(({ name, partitionResponses }) => partitionResponses.map((each) => ({ name, ...each })));
    const [{ topic, partition }] = piece;
    const first = offsets.find(({ name, index }) => name === topic && index === partition);
    if (!first) throw new Error(`the broker did not say where in ${topic} the records are`);
    return Number(first.baseOffset);
  }

  function encode({ id, epoch }: Identity, { topic, partition, batch }: Entry): Buffer {
    const name = `${topic}-${partition}`;
    const sequence = sequences.get(name) ?? 0;
    sequences.set(name, (sequence + batch.count()) & 0x7fffffff);
    return batch.encode({ id, epoch, sequence }, Date.now());
  }

  return {
    open: async () => {
      await pool.getFirstAvailable(brokers);
    },
    commit: async (records) => {
      await layout.learn(records);
      const owner = await (identity ??= claim());
      try {
        const all = [...pieces(records, layout)];
        await begin(owner, all.flat());
        let first: number | undefined;
        for (const piece of all) {
          // In a statement of its own: behind `??=` only the first piece would be sent.
          const offset = await produce(owner, piece);
          first ??= offset;
        }
        await end(owner, true);
        return first ?? Number.NaN;
      } catch (error) {
        // The producer is thrown away; the abort only spares readers the wait for the transaction's timeout.
        await end(owner, false).catch(() => undefined);
        throw isFencing(answerOf(error)) ? new FencedError(error) : error;
      }
    },
    close: () => pool.close(),
  };
}

/** Consecutive runs of records, each small enough for one request. */
function* pieces(records: readonly OutputRecord[], layout: Layout): Generator<Piece> {
  let entries: Entry[] = [];
  let bytes = 0;
  for (const record of records) {
    const { topic } = record;
    const partition = record.partition ?? partitionOf(record.key, layout.count(topic));
    let entry = entries.find((each) => each.topic === topic && each.partition === partition);
    if (!entry) entries.push((entry = { topic, partition, batch: recordBatch() }));
    const before = entry.batch.size();
    entry.batch.append(record);
    bytes += entry.batch.size() - before;
    if (bytes < maxRequestBytes) continue;
    yield entries as [Entry, ...Entry[]];
    entries = [];
    bytes = 0;
  }
  if (entries.length > 0) yield entries as [Entry, ...Entry[]];
}

interface Encoded {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** The library's own takes records, and encodes them one field at a time. */
const produceApi = createAPI<
  [transactionalId: string, entries: readonly Encoded[]],
  ReturnType<typeof produceV9.parseResponse>
>(
  produceV9.api.key,
  produceV9.api.version,
  (transactionalId: string, entries: readonly Encoded[]) =>
    Writer.create()
      .appendString(transactionalId)
      .appendInt16(allReplicas)
      .appendInt32(requestTimeoutMillis)
      .appendArray([...Map.groupBy(entries, ({ topic }) => topic)], (topics, [topic, partitions]) => {
        topics.appendString(topic).appendArray(partitions, (each, { partition, bytes }) => {
          each.appendInt32(partition).appendBytes(bytes);
        });
      })
      .appendTaggedFields(),
  produceV9.parseResponse,
);

/** Who leads which partition. Good for a producer's life: the first error it meets with a leader ends that. */
interface Layout {
  /** Asks for the topics of these records that are not known yet. */
  readonly learn: (records: readonly OutputRecord[]) => Promise<void>;
  readonly leader: (topic: string, partition: number) => Broker;
  readonly count: (topic: string) => number;
}

function clusterLayout(pool: ConnectionPool, bootstrap: Broker[]): Layout {
  /** The same object for the same broker: entries are grouped by it. */
  const brokers = new Map<number, Broker>();
  const topics = new Map<string, ReadonlyMap<number, number>>();
  const partitionsOf = (topic: string): ReadonlyMap<number, number> => {
    const partitions = topics.get(topic);
    if (!partitions) throw new Error(`the partitions of ${topic} are not known`);
    return partitions;
  };
  return {
    learn: async (records) => {
      const unknown = new Set<string>();
      for (const { topic } of records) if (!topics.has(topic)) unknown.add(topic);
      if (unknown.size === 0) return;
      const connection = await pool.getFirstAvailable(bootstrap);
      const found = await metadataV11.api.async(connection, [...unknown], false);
      for (const { nodeId, host, port } of found.brokers) {
        if (!brokers.has(nodeId)) brokers.set(nodeId, { host, port });
      }
      for (const { name, partitions } of found.topics) {
        topics.set(name ?? '', new Map(partitions.map((each) => [each.partitionIndex, each.leaderId])));
      }
    },
    leader: (topic, partition) => {
      const broker = brokers.get(partitionsOf(topic).get(partition) ?? -1);
      if (!broker) throw new Error(`${topic}-${partition} has no leader`);
      return broker;
    },
    count: (topic) => partitionsOf(topic).size,
  };
}

/** Tries again while the answer is one that passes, those of every request or those named. */
async function patiently<T>(passing: readonly string[], ask: () => Promise<T>): Promise<T> {
  const giveUp = Date.now() + patience.inAllMillis;
  const passes = ['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS', ...passing];
  for (let wait = patience.firstMillis; ; wait = Math.min(2 * wait, patience.mostMillis)) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > giveUp || !passes.includes(answerOf(error))) throw error;
      await sleep(wait);
    }
  }
}

/** The broker's name for what is wrong; empty: it has not said. */
function answerOf(error: unknown): string {
  const [first] = error instanceof MultipleErrors ? (error.errors as unknown[]) : [error];
  return first instanceof GenericError ? String(first['apiId']) : '';
}

function credentials({ brokers, tls, sasl }: KafkaAddress): ConnectionOptions {
  return {
    // A server of several names is asked for the one that was dialled; an address is none (RFC 6066, 3).
    ...(tls && { tls, tlsServerName: brokers.every((broker) => isIP(addressOf(broker).host) === 0) }),
    ...(sasl && {
      sasl: { ...sasl, mechanism: sasl.mechanism.toUpperCase() as Uppercase<typeof sasl.mechanism> },
    }),
  };
}

function addressOf(broker: string): Broker {
  const { hostname, port } = new URL(`kafka://${broker}`);
  return { host: hostname, port: Number(port) };
}
