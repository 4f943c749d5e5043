import {
  type Change,
  keysOf,
  project,
  read,
  type Readable,
  run,
  type SubTopology,
} from '../../topology/batch.ts';
import { PoisonError } from '../../topology/graph.ts';
import type { InputRecord, OutputRecord } from '../../topology/ports.ts';

/** As many records as a task decides together: the values of a batch are encoded once. */
const batchRecords = 500;

export interface ReplayDeps {
  readonly sub: SubTopology;
  readonly partition: number;
  readonly partitionOf: (key: Buffer) => number;
  /**
   * The offsets that became dead letters. What made them so may have passed, such as a registry that had not heard of
   * a schema yet: that they were not decided counts.
   */
  readonly buried: ReadonlyMap<number, PoisonError>;
  readonly told: (outputs: readonly OutputRecord[]) => void;
}

/** A task once more, in memory: the same steps over the same log, hence the same bytes. */
export interface Replay {
  /** Decides consecutive records. Throws BugError where a rule throws, as the task would. */
  readonly feed: (records: readonly InputRecord[]) => Promise<void>;
  /** All values after what was fed so far. */
  readonly values: ReadonlyMap<string, Change>;
}

export function createReplay(deps: ReplayDeps): Replay {
  const { sub, partition, buried } = deps;
  const values = new Map<string, Change>();

  async function readOne(record: InputRecord): Promise<Readable> {
    const letter = buried.get(record.offset);
    if (letter) return { record, poison: letter };
    if (record.key === null || deps.partitionOf(record.key) === partition) return read(sub, record);
    // Not among the letters: it was decided on so recently that they do not have it yet.
    return { record, poison: new PoisonError('MISROUTED', 'the key belongs to another partition') };
  }

  async function decide(records: readonly InputRecord[]): Promise<void> {
    const readable = await Promise.all(records.map(readOne));
    const asked = keysOf(sub, readable);
    const batch = run(sub, records[0]?.offset ?? 0, readable, (key) =>
      asked.has(key) ? values.get(key)?.value : undefined,
    );
    for (const [key, change] of batch.changes) values.set(key, change);
    deps.told(project(sub, batch.facts));
  }

  return {
    values,
    feed: async (records) => {
      for (let i = 0; i < records.length; i += batchRecords) await decide(records.slice(i, i + batchRecords));
    },
  };
}

/** Something to be done when everything before an offset is decided. */
export interface Stop {
  readonly at: number;
  readonly then: (replay: Replay) => Promise<void>;
}

/** Feeds a replay and halts it at every stop, in order of their offsets. */
export function stopsOf(replay: Replay, stops: readonly Stop[]) {
  const left = stops.toSorted((a, b) => a.at - b.at);

  const halt = async (): Promise<void> => {
    const stop = left.shift();
    await stop?.then(replay);
  };
  return {
    feed: async (records: readonly InputRecord[]): Promise<void> => {
      let rest = records;
      for (let [stop] = left; stop; [stop] = left) {
        const { at } = stop;
        const last = rest.at(-1);
        if (!last || last.offset < at) break;
        await replay.feed(rest.filter(({ offset }) => offset < at));
        rest = rest.filter(({ offset }) => offset >= at);
        await halt();
      }
      await replay.feed(rest);
    },
    /** The log is over: what is left stops at its end. */
    end: async (): Promise<void> => {
      while (left.length > 0) await halt();
    },
  };
}
