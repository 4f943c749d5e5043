import { type IHeaders, type Kafka, Partitioners } from 'kafkajs';
import type { InputRecord } from '../ports.ts';

export interface Resender {
  readonly open: () => Promise<void>;
  /** Writes a record again, as it is in every byte, to the partition of its key; answers where it stands now. */
  readonly send: (
    topic: string,
    record: Pick<InputRecord, 'key' | 'value' | 'headers'>,
  ) => Promise<{ readonly partition: number; readonly offset: number }>;
  readonly close: () => Promise<void>;
}

/** For tools: one record at a time, each acknowledged by all replicas. One whose answer was lost may be there twice. */
export function resender(kafka: Kafka): Resender {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  return {
    open: () => producer.connect(),
    send: async (topic, { key, value, headers }) => {
      const messages = [{ key, value, headers: toHeaders(headers) }];
      const [sent] = await producer.send({ topic, acks: -1, messages });
      if (!sent) throw new Error('the broker did not say where the record is');
      return { partition: sent.partition, offset: Number(sent.baseOffset) };
    },
    close: () => producer.disconnect(),
  };
}

/** A name that comes several times has several values. */
function toHeaders(headers: InputRecord['headers']): IHeaders {
  const byName = Map.groupBy(headers, ({ key }) => key);
  return Object.fromEntries([...byName].map(([name, all]) => [name, all.map(({ value }) => value)]));
}
