import { createAPI, produceV9, Writer } from '@platformatic/kafka';
import { requestTimeoutMillis } from './connection.ts';

const allReplicas = -1;

/** A record batch as it goes over the wire, and the partition it goes to. */
export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** The library's own takes records, and encodes them one field at a time. */
export const produceApi = createAPI<
  [transactionalId: string, batches: readonly EncodedBatch[]],
  ReturnType<typeof produceV9.parseResponse>
>(
  produceV9.api.key,
  produceV9.api.version,
  (transactionalId: string, batches: readonly EncodedBatch[]) =>
    Writer.create()
      .appendString(transactionalId)
      .appendInt16(allReplicas)
      .appendInt32(requestTimeoutMillis)
      .appendArray([...Map.groupBy(batches, ({ topic }) => topic)], (topics, [topic, partitions]) => {
        topics.appendString(topic).appendArray(partitions, (each, { partition, bytes }) => {
          each.appendInt32(partition).appendBytes(bytes);
        });
      })
      .appendTaggedFields(),
  produceV9.parseResponse,
);
