/** Appends records that no client's types allow: to any partition, with any key and headers, compressed or not. */
import {
  type CompressionAlgorithmValue,
  ConnectionPool,
  type MessageRecord,
  produceV9,
} from '@platformatic/kafka';

/** A record as it is to stand in the log. A header may be there several times, and without a value. */
export interface RawRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: Buffer, value: Buffer | null])[];
}

export interface RawLog {
  /** One request; answers the offsets, in the order of the records. Rejects when the broker refuses any of them. */
  readonly append: (
    records: readonly RawRecord[],
    compression?: CompressionAlgorithmValue,
  ) => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
}

const allReplicas = -1;
const timeoutMillis = 15_000;

/** Of one broker that leads every partition. */
export function rawLog(broker: string, topic: string): RawLog {
  const { hostname: host, port } = new URL(`kafka://${broker}`);
  const pool = new ConnectionPool('fuzz', { requestTimeout: timeoutMillis });
  return {
    append: async (records, compression = 'none') => {
      const connection = await pool.getFirstAvailable([{ host, port: Number(port) }]);
      const messages = records.map((record) => toMessage(topic, record));
      const answer = await produceV9.api.async(connection, allReplicas, timeoutMillis, messages, {
        compression,
      });
      if (typeof answer === 'boolean') throw new Error('the broker was not to answer');
      const next = new Map(
        answer.responses
          .flatMap(({ partitionResponses }) => partitionResponses)
          .map(({ index, baseOffset }) => [index, Number(baseOffset)]),
      );
      return records.map(({ partition }) => {
        const offset = next.get(partition) ?? Number.NaN;
        next.set(partition, offset + 1);
        return offset;
      });
    },
    close: () => pool.close(),
  };
}

/** The types know no header without a value, and the protocol does. Names are told apart by identity. */
const toMessage = (topic: string, { partition, key, value, headers }: RawRecord): MessageRecord =>
  ({
    topic,
    partition,
    key: key ?? undefined,
    value: value ?? undefined,
    headers: new Map(headers.map(([name, each]) => [Buffer.from(name), each])),
  }) as unknown as MessageRecord;
