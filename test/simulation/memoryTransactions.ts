import { FencedError, type OutputRecord, type Transactions } from '../../src/topology/ports.ts';
import { type Link, LinkError } from './link.ts';
import type { PartitionLog } from './partitionLog.ts';
import { type Session, type TransactionCoordinator, TransactionError } from './transactionCoordinator.ts';

export interface TransactionsOptions {
  readonly link: Link;
  readonly coordinator: TransactionCoordinator;
  readonly transactionalId: string;
  readonly logOf: (topic: string, partition: number) => PartitionLog;
  readonly random: () => number;
}

/** The client's pause before it tries again what may be tried again. */
const retryMillis = 10;
const mostRetries = 50;

/**
 * A transactional producer as the client library makes one: its epoch comes with the first transaction, a request
 * without an answer is mostly sent again (the broker knows it by its sequence number), and any error that is passed on
 * has been followed by an attempt to abort.
 */
export function memoryTransactions(options: TransactionsOptions): Transactions {
  const { link, coordinator, transactionalId, logOf, random } = options;
  let session: Session | null = null;
  let closed = false;

  /** `effect` must be one that the broker makes once, however often it is asked for. */
  async function request<T>(operation: string, effect: () => T): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      if (closed) throw new Error('the producer is disconnected');
      try {
        return await link.call(operation, effect);
      } catch (error) {
        if (attempt === mostRetries || !isRetriable(error)) throw error;
        await link.pause(retryMillis);
      }
    }
  }
  const isRetriable = (error: unknown): boolean =>
    error instanceof TransactionError
      ? error.type === 'CONCURRENT_TRANSACTIONS'
      : error instanceof LinkError && random() < 0.8;

  async function write(of: Session, records: readonly OutputRecord[]): Promise<number> {
    const byLog = Map.groupBy(records, ({ topic, partition = 0 }) => logOf(topic, partition));
    await request('add partitions', () => {
      for (const log of byLog.keys()) coordinator.add(of, log);
    });
    const pieces = random() < 0.2 ? [...byLog].map((each) => [each]) : [[...byLog]];
    let first: number | undefined;
    for (const piece of pieces) {
      const produced = once(() => piece.map(([log, own]) => coordinator.produce(of, log, own)));
      const offsets = await request('produce', produced);
      first ??= offsets[0];
    }
    return first ?? Number.NaN;
  }

  return {
    open: () => link.call('connect', () => undefined),
    commit: async (records) => {
      const of = (session ??= await request('init producer', () => coordinator.init(transactionalId)));
      try {
        const first = await write(of, records);
        await request('end transaction', () => coordinator.finish(of, 'committed'));
        return first;
      } catch (error) {
        await link.call('abort', () => coordinator.finish(of, 'aborted')).catch(() => undefined);
        throw isFencing(error) ? new FencedError(error) : error;
      }
    },
    close: async () => {
      closed = true;
      await link.call('disconnect', () => undefined).catch(() => undefined);
    },
  };
}

const isFencing = (error: unknown): boolean =>
  error instanceof TransactionError && error.type === 'PRODUCER_FENCED';

/** What was done once is answered again without being done again; what failed is tried again. */
function once<T>(effect: () => T): () => T {
  let done: { readonly result: T } | null = null;
  return () => (done ??= { result: effect() }).result;
}
