import type { Kafka, Message, RecordMetadata, Transaction } from 'kafkajs';
import { FencedError, type OutputRecord, type Transactions } from '../ports.ts';
import { isFencing, sizeOf, toMessage } from './client.ts';

const transactionTimeoutMillis = 15_000;

/** The library writes one batch a partition and request, and the broker takes 1 MiB a batch by default. */
const maxBatchBytes = 512 * 1024;

/** Transactions by kafkajs: what `transactions.ts` does, at several times its cost on the processor. */
export function kafkajsTransactions(kafka: Kafka, transactionalId: string): Transactions {
  const producer = kafka.producer({
    transactionalId,
    maxInFlightRequests: 1,
    transactionTimeout: transactionTimeoutMillis,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 8, maxRetryTime: 1_000, retries: 50 },
  });
  return {
    open: () => producer.connect(),
    commit: async (records) => {
      const transaction = await producer.transaction();
      try {
        let first: number | undefined;
        for (const piece of pieces(records)) {
          // Sent in a statement of its own: behind `??=` only the first piece would be.
          const sent = await send(transaction, piece);
          first ??= Number(sent?.baseOffset);
        }
        await transaction.commit();
        return first ?? Number.NaN;
      } catch (error) {
        // The producer is thrown away; the abort only spares readers the wait for the transaction's timeout.
        await transaction.abort().catch(() => undefined);
        throw isFenced(error) ? new FencedError(error) : error;
      }
    },
    close: () => producer.disconnect(),
  };
}

/** Sends records of several topics in one request; answers the metadata of the first record's topic. */
async function send(
  transaction: Transaction,
  records: readonly OutputRecord[],
): Promise<RecordMetadata | undefined> {
  const byTopic = new Map<string, Message[]>();
  for (const record of records) {
    const messages = byTopic.get(record.topic) ?? [];
    messages.push(toMessage(record));
    byTopic.set(record.topic, messages);
  }
  const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
  const metadata = await transaction.sendBatch({ topicMessages, acks: -1 });
  // A retry of the library can leave out a topic whose leader moved to a broker that has answered already, or send one
  // again: each has one partition here, so each is answered once.
  const answered = new Set(metadata.map(({ topicName }) => topicName));
  if (metadata.length !== byTopic.size || answered.size !== byTopic.size) {
    throw new Error(
      `the client sent ${[...answered].join(', ')} instead of ${[...byTopic.keys()].join(', ')}`,
    );
  }
  // The broker answers for the topics in an order of its own.
  return metadata.find(({ topicName }) => topicName === records[0]?.topic);
}

/** Consecutive runs of records, each small enough for one request. */
function* pieces(records: readonly OutputRecord[]): Generator<readonly OutputRecord[]> {
  let piece: OutputRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (piece.length > 0 && bytes + size > maxBatchBytes) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(record);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}

/** The library wraps what the broker has answered in errors of its own. */
function isFenced(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('type' in error && isFencing(String(error.type))) || isFenced(error.cause);
}
