/** What both sides were told: waiting.notifications, read committed, from where it ended when the run began. */
import { randomUUID } from 'node:crypto';
import { type Codec, createCodec, UnseenSchemaError } from '../src/schemas/codec.ts';
import type { Records } from '../src/schemas/generated/records.ts';
import { connectRegistry } from '../src/schemas/registry.ts';
import { topics } from '../src/schemas/topics.ts';
import { kafkaClient, toRecord } from '../src/topology/kafka/client.ts';
import type { InputRecord } from '../src/topology/ports.ts';

export type Notification = Records['Notification'] & {
  /** ce_id: a repeat has the same. */
  readonly id: string;
};

export interface Notifications {
  /** Where the topic ends now, by partition. */
  readonly ends: () => Promise<Map<number, number>>;
  /** Those of the restaurants. Rejects when the end is not reached: a transaction is still open, or Kafka is away. */
  readonly read: (
    from: ReadonlyMap<number, number>,
    restaurants: ReadonlySet<number>,
  ) => Promise<Notification[]>;
}

/** An open transaction of a killed process holds readers up until its successor has begun. */
const patienceMillis = 60_000;

export function notificationsOn(brokers: string, registryUrl: string): Notifications {
  const kafka = kafkaClient({ brokers: brokers.split(',') }, 'demo', () => undefined);
  const registry = connectRegistry({ url: registryUrl });
  const topic = topics.notifications;
  let codec: Promise<Codec> | undefined;

  async function ends(): Promise<Map<number, number>> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    } finally {
      await admin.disconnect();
    }
  }

  async function records(from: ReadonlyMap<number, number>): Promise<InputRecord[]> {
    const end = await ends();
    const start = (partition: number): number => from.get(partition) ?? 0;
    const left = new Map([...end].filter(([partition, offset]) => offset > start(partition)));
    const found: InputRecord[] = [];
    if (left.size === 0) return found;
    const consumer = kafka.consumer({ groupId: `demo-${randomUUID()}`, maxWaitTimeInMs: 100 });
    const read = Promise.withResolvers<undefined>();
    // Comes for batches of control markers, too, which a batch handler never sees.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      if (Number(lastOffset) + 1 >= (left.get(partition) ?? Infinity)) left.delete(partition);
      if (left.size === 0) read.resolve(undefined);
    });
    const timer = setTimeout(() => {
      read.reject(new Error(`${topic} was not read to its end: partitions ${[...left.keys()].join(', ')}`));
    }, patienceMillis);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          found.push(
            ...batch.messages
              .map((message) => toRecord(batch.topic, batch.partition, message))
              .filter(({ offset, partition }) => offset >= start(partition)),
          );
          return Promise.resolve();
        },
      });
      for (const [partition] of left) {
        consumer.seek({ topic, partition, offset: String(start(partition)) });
      }
      await read.promise;
    } finally {
      clearTimeout(timer);
      await consumer.disconnect();
    }
    // A seek may have come after a fetch: the same record is not two.
    return [...new Map(found.map((each) => [`${each.partition}-${each.offset}`, each])).values()];
  }

  async function decode({ value, headers }: InputRecord): Promise<Notification> {
    codec ??= registry.lookUp().then((ids) => createCodec(ids, registry));
    const known = await codec;
    try {
      const decoded = known.decode(value);
      if (decoded.name !== 'Notification') throw new Error(`${topic} has a ${decoded.name}`);
      const id = headers.find(({ key }) => key === 'ce_id')?.value.toString() ?? '';
      return { ...decoded.value, id };
    } catch (error) {
      if (!(error instanceof UnseenSchemaError)) throw error;
      await known.learn(error.schemaId);
      return decode({ value, headers } as InputRecord);
    }
  }

  return {
    ends,
    read: async (from, restaurants) => {
      const all = await records(from);
      return Promise.all(all.filter(({ key }) => restaurants.has(Number(key))).map(decode));
    },
  };
}
