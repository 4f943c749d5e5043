/**
 * What the cases want of a broker: the ports of the engine, and ways to bring about what they are about. The cases are
 * run against Kafka and against the one in memory, so that both mean the same.
 */
import type {
  Appender,
  ChangelogReader,
  InputRecord,
  LogRange,
  OutputRecord,
  PartitionSource,
  Transactions,
} from '../../src/topology/ports.ts';

/** Half a transaction, as a process leaves it that is then killed or frozen: its records are in the log. */
export interface Begun {
  readonly commit: () => Promise<void>;
  readonly abort: () => Promise<void>;
}

/** Clients whose connections can be cut. */
export interface Cuttable {
  readonly transactions: (transactionalId: string) => Transactions;
  readonly appender: Appender;
  /** The next such request does not arrive, or takes effect and is not answered. */
  readonly lose: (what: 'request' | 'answer', of: 'records' | 'end of transaction') => void;
  /** From now on nothing arrives, or everything again. */
  readonly setAway: (away: boolean) => void;
}

/** A broker with two topics that no other case has, each of two partitions. */
export interface Broker {
  readonly topic: string;
  readonly other: string;
  /** Larger values of a record than this are refused. */
  readonly maxValueBytes: number;
  readonly transactions: (transactionalId: string) => Transactions;
  readonly begin: (transactionalId: string, records: readonly OutputRecord[]) => Promise<Begun>;
  readonly append: Appender['append'];
  readonly cuttable: () => Promise<Cuttable>;
  /** Of `topic`. */
  readonly changelogReader: () => Promise<ChangelogReader>;
  readonly logRange: (topic: string, partition: number) => Promise<LogRange>;
  /** One more member of the case's own group on `topic`. */
  readonly source: () => PartitionSource;
  /** The group has the next heartbeat of a member and has answered it; resolves then, with what lets the answer arrive. */
  readonly holdHeartbeat: () => Promise<() => void>;
  /** The group gives up all its members; they are not told. */
  readonly expel: () => Promise<void>;
  /** Drops the records of partition 0 of `topic` before an offset, as retention does. */
  readonly truncate: (before: number) => Promise<void>;
  /** Has partition 0 of `topic` compacted as far as it is written now; may write records of the key `filler`. */
  readonly compact: () => Promise<void>;
}

export type WithBroker = (callback: (broker: Broker) => Promise<void>) => Promise<void>;

export const filler = 'filler';

export const record = (topic: string, key: string, partition = 0): OutputRecord => ({
  topic,
  partition,
  key,
  value: Buffer.from(`value of ${key}`),
});

export const keysOf = (records: readonly InputRecord[]): string[] => records.map(({ key }) => String(key));

/** What a reading of a partition of the changelog gives. */
export async function readRange(
  reader: ChangelogReader,
  partition: number,
  from: number,
  until: number,
): Promise<InputRecord[]> {
  const found: InputRecord[] = [];
  await reader.read(partition, from, until, (records) => {
    found.push(...records);
    return Promise.resolve();
  });
  return found;
}

/** The keys of all committed records of partition 0 of `topic`. Waits for open transactions to end. */
export async function committed(broker: Broker): Promise<string[]> {
  const last = broker.transactions('last of all');
  await last.open();
  const until = await last.commit([record(broker.topic, 'last of all')]);
  const { start } = await broker.logRange(broker.topic, 0);
  return keysOf(await readRange(await broker.changelogReader(), 0, start, until)).slice(0, -1);
}
