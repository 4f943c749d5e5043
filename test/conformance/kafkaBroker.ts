/** Kafka, as the cases want it: topics of their own, and connections that can be cut. */
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, Socket } from 'node:net';
import { Admin, Connection } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { createTopics } from '../../src/topology/kafka/admin.ts';
import { appender } from '../../src/topology/kafka/appender.ts';
import { type Brokers, brokersOf } from '../../src/topology/kafka/brokers.ts';
import { changelogReader } from '../../src/topology/kafka/changelogReader.ts';
import { kafkaClient } from '../../src/topology/kafka/client.ts';
import { logRanges } from '../../src/topology/kafka/logRanges.ts';
import { partitionSource } from '../../src/topology/kafka/source.ts';
import { transactions } from '../../src/topology/kafka/transactions.ts';
import { kafkajsTransactions } from '../../src/topology/kafka/kafkajsTransactions.ts';
import type { ChangelogReader, Transactions } from '../../src/topology/ports.ts';
import { servers } from '../application.ts';
import { eventually } from '../http.ts';
import { heldAnswers } from './heldAnswers.ts';
import {
  type Begun,
  type Broker,
  type Cuttable,
  filler,
  readRange,
  record,
  type WithBroker,
} from './broker.ts';

const maxValueBytes = 1024 * 1024;
const partitions = 2;
/** After this an append begins a new segment; only what is in older ones is compacted. */
const segmentMillis = 100;

const config = { 'max.message.bytes': String(maxValueBytes) };
const compacted = {
  ...config,
  'cleanup.policy': 'compact',
  'segment.ms': String(segmentMillis),
  'min.cleanable.dirty.ratio': '0.01',
};

/** Which client writes the transactions. */
export type TransactionsBy = 'platformatic' | 'kafkajs';

/** Two topics that are gone afterwards, as are all clients. */
const withTopics =
  (by: TransactionsBy, configOfTopic: Readonly<Record<string, string>>): WithBroker =>
  async (callback) => {
    const kafka = kafkaClient({ brokers: servers().KAFKA_BROKERS.split(',') }, 'test', () => undefined);
    const [topic, other] = [`test-${randomUUID()}`, `test-${randomUUID()}`] as const;
    const specs = [
      { topic, config: configOfTopic },
      { topic: other, config },
    ];
    await createTopics(kafka, specs, { partitions, replication: 1, minIsr: 1 });
    const ends: (() => Promise<void>)[] = [];
    try {
      await callback(await connected(by, kafka, topic, other, (end) => ends.push(end)));
    } finally {
      await Promise.all(ends.map((end) => end()));
      const admin = kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [topic, other] });
      await admin.disconnect();
    }
  };

export const withKafka = (by: TransactionsBy): WithBroker => withTopics(by, config);
export const withCompactingKafka = withTopics('platformatic', compacted);

async function connected(
  by: TransactionsBy,
  kafka: Kafka,
  topic: string,
  other: string,
  atEnd: (end: () => Promise<void>) => void,
): Promise<Broker> {
  const run = randomUUID();
  const counts = new Map([topic, other].map((name) => [name, partitions]));
  const ranges = logRanges(kafka);
  const own = appender(kafka, counts);
  await Promise.all([ranges.open(), own.open()]);
  atEnd(ranges.close);
  atEnd(own.close);
  let reader: ReturnType<typeof openReader> | null = null;
  const brokers = servers().KAFKA_BROKERS.split(',');
  const reach = (clientId: string): Brokers => {
    const made = brokersOf({ brokers, clientId });
    atEnd(made.close);
    return made;
  };
  const direct = reach('test');
  const held = heldAnswers();
  const group = `${run}-source`;
  const members = new Kafka({
    clientId: 'test',
    brokers,
    logLevel: logLevel.NOTHING,
    socketFactory: held.sockets,
  });

  function producer(over: Brokers, client: Kafka, id: string): Transactions {
    const name = `${run}-${id}`;
    const made = by === 'kafkajs' ? kafkajsTransactions(client, name) : transactions(over, name);
    atEnd(made.close);
    return made;
  }
  async function openReader(): Promise<ChangelogReader> {
    const opened = changelogReader(kafka, topic, `${run}-reader`, (error) => {
      throw error;
    });
    atEnd(opened.close);
    await opened.open();
    return opened;
  }

  const broker: Broker = {
    topic,
    other,
    maxValueBytes,
    transactions: (id) => producer(direct, kafka, id),
    begin: (id, records) => begin(kafka, `${run}-${id}`, records, atEnd),
    append: own.append,
    cuttable: async () => {
      const { sockets, follow, lose, setAway } = cuttableSockets();
      const name = `cut-${run}`;
      const onInstance = (message: unknown): void => {
        const { instance } = message as { instance: unknown };
        if (!(instance instanceof Connection && String(instance.context).startsWith(name))) return;
        instance.prependListener('connect', () => follow(instance.socket));
      };
      subscribe('plt:kafka:instances', onInstance);
      atEnd(() => {
        unsubscribe('plt:kafka:instances', onInstance);
        return Promise.resolve();
      });
      const client = new Kafka({
        clientId: 'test',
        brokers,
        logLevel: logLevel.NOTHING,
        socketFactory: sockets,
        retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 8 },
      });
      const over = reach(name);
      const cut = appender(client, counts);
      await cut.open();
      atEnd(cut.close);
      return {
        appender: cut,
        transactions: (id) => producer(over, client, id),
        lose,
        setAway,
      };
    },
    changelogReader: () => (reader ??= openReader()),
    logRange: ranges.of,
    source: () => {
      const source = partitionSource(members, topic, group, () => undefined);
      atEnd(source.stop);
      return source;
    },
    holdHeartbeat: held.holdHeartbeat,
    expel: async () => {
      const admin = new Admin({ clientId: 'test', bootstrapBrokers: brokers });
      atEnd(() => admin.close());
      await admin.removeMembersFromConsumerGroup({ groupId: group });
    },
    truncate: async (before) => {
      const admin = kafka.admin();
      await admin.connect();
      atEnd(() => admin.disconnect());
      // The library deletes of topics only that it has been asked about.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
    },
    compact: () => compact(broker),
  };
  return broker;
}

async function begin(
  kafka: Kafka,
  transactionalId: string,
  records: Parameters<Broker['begin']>[1],
  atEnd: (end: () => Promise<void>) => void,
): Promise<Begun> {
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  atEnd(() => producer.disconnect());
  const transaction = await producer.transaction();
  for (const { topic, partition = 0, key, value } of records) {
    await transaction.send({ topic, messages: [{ partition, key, value }] });
  }
  return { commit: () => transaction.commit(), abort: () => transaction.abort() };
}

/** The broker looks for what can be compacted every so often, 15 s unless configured; a new segment is for us to begin. */
async function compact(broker: Broker): Promise<void> {
  const { topic, append, logRange } = broker;
  const reader = await broker.changelogReader();
  await new Promise((resolve) => setTimeout(resolve, 2 * segmentMillis));
  await append(record(topic, filler));
  await eventually(
    'the log is compacted',
    async () => {
      const { start, end } = await logRange(topic, 0);
      const left = await readRange(reader, 0, start, end - 1);
      const keys = left.map(({ key }) => String(key)).filter((key) => key !== filler);
      return new Set(keys).size === keys.length;
    },
    40_000,
  );
}

/** Numbers of requests in Kafka's protocol. */
const requestOf = { records: 0, 'end of transaction': 26 } as const;

/** Sockets for the library that lose what they are told to. It writes a request in one piece: size, then its number. */
function cuttableSockets() {
  const open = new Set<Socket>();
  let away = false;
  let lost: Parameters<Cuttable['lose']> | null = null;

  /** Breaks the connection instead of the request, or instead of the next answer. */
  function cut(socket: Socket, send: () => boolean): boolean {
    const [what] = lost ?? [];
    lost = null;
    if (what === 'request') {
      socket.destroy(new Error('cut before the request'));
      return false;
    }
    socket.removeAllListeners('data');
    socket.once('data', () => socket.destroy(new Error('cut before the answer')));
    return send();
  }

  function follow(socket: Socket): Socket {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (away) socket.destroy(new Error('the broker is away'));
    const write = (request: Buffer): boolean => Socket.prototype.write.call(socket, request);
    socket.write = (data: string | Uint8Array): boolean => {
      const request = Buffer.from(data as Uint8Array);
      const meant = lost !== null && request.readInt16BE(4) === requestOf[lost[1]];
      return meant ? cut(socket, () => write(request)) : write(request);
    };
    return socket;
  }

  return {
    sockets: ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) =>
      follow(connect({ host, port: away ? 1 : port }, onConnect)),
    follow,
    lose: (...given: Parameters<Cuttable['lose']>) => void (lost = given),
    setAway: (now: boolean): void => {
      away = now;
      if (away) for (const socket of open) socket.destroy(new Error('the broker is away'));
    },
  };
}
