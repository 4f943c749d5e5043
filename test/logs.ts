/** Topics as a consumer of them sees them: read committed, to their end. */
import { randomUUID } from 'node:crypto';
import type { Batch, Kafka } from 'kafkajs';
import type { Codec, Decoded } from '../src/schemas/codec.ts';
import { toRecord } from '../src/topology/kafka/client.ts';

/** A record as it was read, with the broker's append time in ms. */
export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly key: string; readonly value: Buffer }[];
}

/** An open transaction of a killed process holds readers up until its successor has begun. */
const patienceMillis = 40_000;

/** Every committed record of the topics up to their present end, by topic and partition in offset order. */
export const readTopics = <T extends string>(
  kafka: Kafka,
  ...topics: readonly T[]
): Promise<Record<T, ReadRecord[]>> => readWhere(kafka, topics, () => true);

/** Those alone that `kept` says yes to: the others are not held in memory. */
export async function readWhere<T extends string>(
  kafka: Kafka,
  topics: readonly T[],
  kept: (record: ReadRecord) => boolean,
): Promise<Record<T, ReadRecord[]>> {
  const records = Object.fromEntries(topics.map((topic) => [topic, []])) as unknown as Record<
    T,
    ReadRecord[]
  >;
  const left = await ends(kafka, topics);
  if (left.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 50 });
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  // Comes for batches of control markers, too, which a batch handler never sees.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) => {
    const place = `${topic}-${partition}`;
    if (Number(lastOffset) + 1 >= (left.get(place) ?? Infinity)) left.delete(place);
    if (left.size === 0) finish();
  });
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not read to its end: ${[...left.keys()].join(', ')}`));
    }, patienceMillis);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        records[batch.topic as T].push(...recordsOf(batch).filter(kept));
        return Promise.resolve();
      },
    });
    await Promise.race([finished, overdue]);
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
  for (const topic of topics) {
    records[topic].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  }
  return records;
}

const recordsOf = ({ topic, partition, messages }: Batch): ReadRecord[] =>
  messages.map((message) => toRecord(topic, partition, message));

/** The end of every partition that has something. */
async function ends(kafka: Kafka, topics: readonly string[]): Promise<Map<string, number>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const found = new Map<string, number>();
    for (const topic of topics) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        if (Number(low) < Number(high)) found.set(`${topic}-${partition}`, Number(high));
      }
    }
    return found;
  } finally {
    await admin.disconnect();
  }
}

/** A record with what is in it. */
export type Opened = ReadRecord & { readonly decoded: Decoded };

export const decodeAll = (codec: Codec, records: readonly ReadRecord[]): Opened[] =>
  records.map((record) => ({ ...record, decoded: codec.decode(record.value) }));

/** The value of a header; null: it has none. */
export const header = ({ headers }: ReadRecord, name: string): string | null =>
  headers.find(({ key }) => key === name)?.value.toString() ?? null;

/** Records of one restaurant. */
export const of =
  (restaurantId: number) =>
  ({ key }: Pick<ReadRecord, 'key'>): boolean =>
    key?.toString() === String(restaurantId);
