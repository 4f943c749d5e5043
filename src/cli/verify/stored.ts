/** What is kept of one task: on the changelog at E, and in Redis at S. */
import type { Codec } from '../../schemas/codec.ts';
import { expect } from '../../schemas/state.ts';
import { topics } from '../../schemas/topics.ts';
import { positionKey } from '../../topology/emission.ts';
import type { LogReader } from '../../topology/kafka/logReader.ts';
import type { InputRecord, LogRange } from '../../topology/ports.ts';
import type { RedisClient } from '../../topology/redis/connections.ts';
import { type Glimpse, glimpses } from '../../topology/redis/inspection.ts';
import { entryOf } from '../../topology/redis/taskStore.ts';
import { decoding } from '../decoding.ts';

export interface ChangelogState {
  /** E; null: nothing was ever told. */
  readonly next: number | null;
  readonly values: ReadonlyMap<string, Buffer>;
}

/** The newest value of every key of a changelog, with E. */
export async function readChangelog(
  reader: LogReader,
  codec: Codec,
  partition: number,
  range: LogRange,
  progress: (records: number) => void,
): Promise<ChangelogState> {
  const values = new Map<string, Buffer>();
  const last: { position: Buffer | null } = { position: null };
  const take = ({ key, value }: InputRecord): void => {
    const name = key?.toString() ?? '';
    if (name === positionKey) last.position = value;
    else if (name.startsWith('__')) return;
    else if (value) values.set(name, value);
    else values.delete(name);
  };
  await reader.read(topics.changelog, partition, range, (records) => {
    records.forEach(take);
    progress(records.length);
    return Promise.resolve();
  });
  const { position } = last;
  const decode = (): number => expect('TaskPosition', codec.decode(position)).next;
  return { next: position && (await decoding(codec, decode)), values };
}

/** A value with the S of the moment it was looked at. */
interface Seen {
  readonly next: number;
  readonly bytes: Buffer;
}

export interface TaskState {
  /** S when the look began; null: there is no state, because Redis was wiped or a task is being restored. */
  readonly next: number | null;
  readonly cluster: string | null;
  readonly application: string | null;
  readonly values: ReadonlyMap<string, Seen>;
  /** What is decided and was not told to Kafka yet, or had just been. */
  readonly outbox: ReadonlyMap<string, Buffer>;
}

const looks = 5;
/** Not of a store. */
const ownFields = /^(S|epoch|cluster|application)$/;
const outboxFields = /^outbox\//;

/**
 * The state of a task while its owner may go on. Looks again when the state was dropped, or put back to an older
 * offset, during the look; throws when it is so every time.
 */
export async function lookAtTask(redis: RedisClient, key: string): Promise<TaskState> {
  for (let look = 0; look < looks; look += 1) {
    const state = await lookOnce(redis, key);
    if (state) return state;
  }
  throw new Error(`the state at ${key} is being restored: run this again when that is over`);
}

/** null: S went back, or came, or went. */
async function lookOnce(redis: RedisClient, key: string): Promise<TaskState | null> {
  const values = new Map<string, Seen>();
  const outbox = new Map<string, Buffer>();
  let first: Glimpse | null = null;
  let last: number | null = null;
  for await (const glimpse of glimpses(redis, key)) {
    const { next, epoch, fields } = glimpse;
    first ??= glimpse;
    // An owner that takes over may drop everything and put it back between two glimpses.
    if (epoch !== first.epoch || (next === null) !== (first.next === null)) return null;
    if (next !== null && last !== null && next < last) return null;
    last = next;
    for (const [field, bytes] of fields) {
      if (outboxFields.test(field)) outbox.set(field, entryOf(bytes));
      else if (!ownFields.test(field)) values.set(field, { next: next ?? 0, bytes });
    }
  }
  return {
    next: first?.next ?? null,
    cluster: first?.cluster ?? null,
    application: first?.application ?? null,
    values,
    outbox,
  };
}
