import { setTimeout as sleep } from 'node:timers/promises';
import { addPartitionsToTxnV3, type Connection, endTxnV3, initProducerIdV4 } from '@platformatic/kafka';
import { FencedError, type OutputRecord, type Transactions } from '../ports.ts';
import type { Brokers } from './brokers.ts';
import { isFencing, partitionOf } from './client.ts';
import { answerOf, isAnswer } from './connection.ts';
import { type Coordinator, coordinatorMoves } from './coordinators.ts';
import { LeaderlessError, leadersAnswer, type Reached, reachLeader } from './leaderRequests.ts';
import { type EncodedBatch, produceApi } from './produceRequest.ts';
import { type RecordBatch, recordBatch } from './recordBatch.ts';

const transactionTimeoutMillis = 15_000;

/** What is sent together; the broker takes 1 MiB a batch by default. */
const maxRequestBytes = 512 * 1024;

/** How long an answer that passes may take to: the markers of the last transaction, a coordinator or a leader that starts. */
const patience = { firstMillis: 1, mostMillis: 100, inAllMillis: 15_000 };

interface Identity {
  readonly coordinator: Coordinator;
  readonly id: bigint;
  readonly epoch: number;
}

/** A batch, and the partition that it goes to. */
interface Entry {
  readonly topic: string;
  readonly partition: number;
  readonly batch: RecordBatch;
}

type NonEmpty<T> = readonly [T, ...T[]];

/** What goes into one request a leader; the first entry is that of its first record. */
type Piece = NonEmpty<Entry>;

/** A batch on its way to the leader of its partition. */
type Routed = EncodedBatch & Reached;

/**
 * One transactional producer of one task: its id is what fences the task's former owner. The library gives the
 * connections and the protocol's requests; which of them make a transaction is a page, and here every error ends it.
 */
export function transactions(brokers: Brokers, transactionalId: string): Transactions {
  const { leaders, coordinators } = brokers;
  const pool = brokers.pool(transactionalId);
  /** Records sent so far, by partition. */
  const sequences = new Map<string, number>();
  let identity: Promise<Identity> | null = null;
  let closed = false;

  /** What the coordinator answers, unless another one takes over meanwhile. */
  const coordinated = <T>(
    coordinator: Coordinator,
    ask: (connection: Connection) => Promise<T>,
  ): Promise<T> =>
    patiently([], () =>
      coordinators.answer('transaction', transactionalId, coordinator, pool.get(coordinator).then(ask)),
    );

  /** Fences every earlier producer of the task. Nothing was sent yet that it could be about: it may be asked again. */
  const claim = (): Promise<Identity> =>
    patiently([...coordinatorMoves, ''], async () => {
      const coordinator = await coordinators.find('transaction', transactionalId);
      const { producerId: id, producerEpoch: epoch } = await coordinated(coordinator, (connection) =>
        initProducerIdV4.api.async(
          connection,
          transactionalId,
          transactionTimeoutMillis,
          undefined,
          undefined,
        ),
      );
      return { coordinator, id, epoch };
    });

  /** The coordinator is told every partition of the transaction before the first record. */
  async function begin({ coordinator, id, epoch }: Identity, entries: readonly Entry[]): Promise<void> {
    const topics = [...Map.groupBy(entries, ({ topic }) => topic)].map(([name, own]) => ({
      name,
      partitions: [...new Set(own.map(({ partition }) => partition))],
    }));
    const transaction = { transactionalId, producerId: id, producerEpoch: epoch, verifyOnly: false, topics };
    await coordinated(coordinator, (connection) => addPartitionsToTxnV3.api.async(connection, [transaction]));
  }

  const end = ({ coordinator, id, epoch }: Identity, committed: boolean): Promise<unknown> =>
    coordinated(coordinator, (connection) =>
      endTxnV3.api.async(connection, transactionalId, id, epoch, committed),
    );

  /**
   * Sends a piece to the leaders of its partitions; answers where its first record is. Waits for all of them, also when
   * one refuses: what is still on its way could be written behind the end of its transaction.
   */
  async function produce(identity: Identity, piece: Piece): Promise<number> {
    const routes = await Promise.all(piece.map(routeOf));
    const batches: Routed[] = routes.map((route) => ({ ...route, bytes: encode(identity, route) }));
    const byLeader = Map.groupBy(batches, ({ leader }) => leader.node);
    const sent = await Promise.allSettled(
      [...byLeader.values()].map((own) => send(own as [Routed, ...Routed[]])),
    );
    const failures = sent.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
    // One whose records may still come says more than a refusal.
    if (failures.length > 0) throw failures.find((each) => !isAnswer(each)) ?? failures[0];
    const offsets = sent
      .flatMap((each) => (each.status === 'fulfilled' ? each.value.responses : []))
      .flatMap(({ name, partitionResponses }) => partitionResponses.map((each) => ({ name, ...each })));
    const [{ topic, partition }] = piece;
    const first = offsets.find(({ name, index }) => name === topic && index === partition);
    if (!first) throw new Error(`the broker did not say where in ${topic} the records are`);
    return Number(first.baseOffset);
  }

  async function routeOf(entry: Entry): Promise<Entry & Reached> {
    const { topic, partition } = entry;
    return { ...entry, ...(await reachLeader(leaders, pool, topic, partition, patience.inAllMillis)) };
  }

  function send(batches: NonEmpty<Routed>): ReturnType<typeof produceApi.async> {
    const [{ leader, connection, topic, partition }] = batches;
    const answer = produceApi.async(connection, transactionalId, batches);
    return leadersAnswer(leaders, leader, topic, partition, answer);
  }

  function encode({ id, epoch }: Identity, { topic, partition, batch }: Entry): Buffer {
    const name = `${topic}-${partition}`;
    const sequence = sequences.get(name) ?? 0;
    sequences.set(name, (sequence + batch.count()) & 0x7fffffff);
    return batch.encode({ id, epoch, sequence }, Date.now());
  }

  /** Tries again while the answer is one that passes, those of every request or those named. */
  async function patiently<T>(passing: readonly string[], ask: () => Promise<T>): Promise<T> {
    const giveUp = Date.now() + patience.inAllMillis;
    const passes = ['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS', ...passing];
    for (let wait = patience.firstMillis; ; wait = Math.min(2 * wait, patience.mostMillis)) {
      try {
        return await ask();
      } catch (error) {
        if (closed || Date.now() > giveUp || !passes.includes(answerOf(error))) throw error;
        await sleep(wait);
      }
    }
  }

  return {
    open: async () => {
      await leaders.refresh();
    },
    commit: async (records) => {
      await leaders.learn(new Set(records.map(({ topic }) => topic)));
      const owner = await (identity ??= claim());
      try {
        const all = [...pieces(records, leaders.count)];
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
        // The producer is thrown away; the abort only spares readers the wait for the next one. Not where a request is
        // left without an answer: its records may come late, and then have to find a newer epoch, not an end of theirs.
        if (isAnswer(error) || error instanceof LeaderlessError)
          await end(owner, false).catch(() => undefined);
        throw isFencing(answerOf(error)) ? new FencedError(error) : error;
      }
    },
    close: () => {
      closed = true;
      return pool.close();
    },
  };
}

/** Consecutive runs of records, each small enough for one request. */
function* pieces(
  records: readonly OutputRecord[],
  partitionsOf: (topic: string) => number,
): Generator<Piece> {
  let entries: Entry[] = [];
  let bytes = 0;
  for (const record of records) {
    const { topic } = record;
    const partition = record.partition ?? partitionOf(record.key, partitionsOf(topic));
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
