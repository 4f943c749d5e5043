import type { OutputRecord } from '../../src/topology/ports.ts';
import type { Timeline } from './link.ts';
import type { PartitionLog, Transaction } from './partitionLog.ts';

/** What the broker answers to a producer; `type` as the client library has it, which the engine's metrics look at. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError';
  readonly type: 'PRODUCER_FENCED' | 'CONCURRENT_TRANSACTIONS' | 'INVALID_TXN_STATE';
  constructor(type: TransactionError['type']) {
    super(`the broker answered ${type}`);
    this.type = type;
  }
}

/** A producer as `init` made it. */
export interface Session {
  readonly producer: string;
  readonly epoch: number;
}

/** The requests of a transactional producer, in the order it sends them. All throw TransactionError. */
export interface TransactionCoordinator {
  /** Fences every earlier session of the id, and aborts what it had begun; until that is done CONCURRENT_TRANSACTIONS. */
  readonly init: (transactionalId: string) => Session;
  /** Begins a transaction with the first partition. CONCURRENT_TRANSACTIONS while the one before is being completed. */
  readonly add: (session: Session, log: PartitionLog) => void;
  /** Answers the offset of the first record. */
  readonly produce: (session: Session, log: PartitionLog, records: readonly OutputRecord[]) => number;
  /** Decides the transaction; the markers follow by themselves. The same again is answered the same. */
  readonly finish: (session: Session, outcome: 'committed' | 'aborted') => void;
}

interface Producer {
  epoch: number;
  transaction: Transaction | null;
  readonly partitions: Set<PartitionLog>;
  /** Markers still to be written. */
  completing: number;
  last: Transaction | null;
}

export interface CoordinatorOptions {
  readonly timeline: Timeline;
  readonly isUp: () => boolean;
  /** After this the broker aborts what nobody ends, and fences who began it. */
  readonly timeoutMillis: number;
  /** How long after the decision a partition gets its marker. */
  readonly markerDelay: () => number;
  readonly timedOut?: () => void;
}

/** A broker that is away writes its markers, and aborts, when it is back. */
const retryMillis = 100;

export function transactionCoordinator(options: CoordinatorOptions): TransactionCoordinator {
  const { timeline, isUp } = options;
  const producers = new Map<string, Producer>();

  const whenUp = (millis: number, action: () => void): void =>
    timeline.after(millis, () => {
      if (isUp()) action();
      else whenUp(retryMillis, action);
    });

  function complete(producer: Producer, outcome: 'committed' | 'aborted'): void {
    const { transaction } = producer;
    if (!transaction) return;
    transaction.outcome = outcome;
    producer.last = transaction;
    producer.transaction = null;
    producer.completing = producer.partitions.size;
    for (const log of producer.partitions) {
      whenUp(options.markerDelay(), () => {
        log.mark(transaction);
        producer.completing -= 1;
      });
    }
    producer.partitions.clear();
  }

  function current({ producer: id, epoch }: Session): Producer {
    const producer = producers.get(id);
    if (producer?.epoch !== epoch) throw new TransactionError('PRODUCER_FENCED');
    return producer;
  }

  function expire(producer: Producer, transaction: Transaction): void {
    if (producer.transaction !== transaction) return;
    options.timedOut?.();
    producer.epoch += 1;
    complete(producer, 'aborted');
  }

  return {
    init: (transactionalId) => {
      const producer = producers.get(transactionalId) ?? {
        epoch: -1,
        transaction: null,
        partitions: new Set(),
        completing: 0,
        last: null,
      };
      producers.set(transactionalId, producer);
      if (producer.transaction) {
        producer.epoch += 1;
        complete(producer, 'aborted');
      }
      if (producer.completing > 0) throw new TransactionError('CONCURRENT_TRANSACTIONS');
      producer.epoch += 1;
      return { producer: transactionalId, epoch: producer.epoch };
    },
    add: (session, log) => {
      const producer = current(session);
      if (producer.completing > 0) throw new TransactionError('CONCURRENT_TRANSACTIONS');
      if (!producer.transaction) {
        const begun: Transaction = { ...session, outcome: 'open' };
        producer.transaction = begun;
        whenUp(options.timeoutMillis, () => expire(producer, begun));
      }
      producer.partitions.add(log);
    },
    produce: (session, log, records) => {
      const { transaction, partitions } = current(session);
      if (!transaction || !partitions.has(log)) throw new TransactionError('INVALID_TXN_STATE');
      const offsets = records.map((record) => log.append(record, transaction));
      return offsets[0] ?? log.end();
    },
    finish: (session, outcome) => {
      const producer = current(session);
      if (producer.transaction) complete(producer, outcome);
      else if (producer.last?.epoch !== session.epoch || producer.last.outcome !== outcome)
        throw new TransactionError('INVALID_TXN_STATE');
    },
  };
}
