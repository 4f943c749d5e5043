import {
  type Batch,
  type Change,
  keysOf,
  project,
  read,
  type Readable,
  run,
  type SubTopology,
} from '../../topology/batch.ts';
import { type Rules, rulesVersion } from '../../domain/rulesVersion.ts';
import { PoisonError } from '../../topology/graph.ts';
import type { InputRecord, OutputRecord } from '../../topology/ports.ts';
import type { Candidates } from './rules.ts';

/** As many records as a task decides together: the values of a batch are encoded once. */
const batchRecords = 500;

export interface ReplayDeps {
  /** What a task runs that decides by these rules. */
  readonly by: (rules: Rules) => SubTopology;
  readonly candidates: Candidates;
  /** Whether this is what was told of the command at an offset. Asked where several rules may have decided it. */
  readonly agrees: (offset: number, outputs: readonly OutputRecord[]) => Promise<boolean>;
  readonly partition: number;
  readonly partitionOf: (key: Buffer) => number;
  /**
   * The offsets that became dead letters. What made them so may have passed, such as a registry that had not heard of
   * a schema yet: that they were not decided counts.
   */
  readonly buried: ReadonlyMap<number, PoisonError>;
  readonly told: (outputs: readonly OutputRecord[]) => void;
}

/** A task once more, in memory: the same steps by the same rules over the same log, hence the same bytes. */
export interface Replay {
  /** Decides consecutive records. Throws BugError where a rule throws, as the task would. */
  readonly feed: (records: readonly InputRecord[]) => Promise<void>;
  /** All values after what was fed so far. */
  readonly values: ReadonlyMap<string, Change>;
}

/** What some consecutive records come to by these rules. */
interface Decision extends Pick<Batch, 'changes'> {
  readonly rules: Rules;
  readonly outputs: readonly OutputRecord[];
}

export function createReplay(deps: ReplayDeps): Replay {
  const { partition, buried } = deps;
  const values = new Map<string, Change>();
  let before: Rules | null = null;

  async function readOne(sub: SubTopology, record: InputRecord): Promise<Readable> {
    const letter = buried.get(record.offset);
    if (letter) return { record, poison: letter };
    if (record.key === null || deps.partitionOf(record.key) === partition) return read(sub, record);
    // Not among the letters: it was decided on so recently that they do not have it yet.
    return { record, poison: new PoisonError('MISROUTED', 'the key belongs to another partition') };
  }

  async function decide(records: readonly InputRecord[], rules: Rules): Promise<Decision> {
    const sub = deps.by(rules);
    const readable = await Promise.all(records.map((record) => readOne(sub, record)));
    const asked = keysOf(sub, readable);
    const { changes, facts } = run(sub, records[0]?.offset ?? 0, readable, (key) =>
      asked.has(key) ? values.get(key)?.value : undefined,
    );
    return { rules, changes, outputs: project(sub, facts) };
  }

  function accept({ rules, changes, outputs }: Decision): void {
    before = rules;
    for (const [key, change] of changes) values.set(key, change);
    deps.told(outputs);
  }

  /** Decides a record by each of the rules, the likeliest first; where none gives what was told, those differ from it. */
  async function decideByOneOf(
    record: InputRecord,
    [likeliest, ...others]: readonly [Rules, ...Rules[]],
  ): Promise<Decision> {
    const decision = await decide([record], likeliest);
    if (await deps.agrees(record.offset, decision.outputs)) return decision;
    for (const rules of others) {
      const other = await decide([record], rules);
      if (await deps.agrees(record.offset, other.outputs)) return other;
    }
    return decision;
  }

  /** Decides the first record or, with it, those after it that no other rules may have decided; answers how many. */
  async function decideFirst(first: InputRecord, records: readonly InputRecord[]): Promise<number> {
    const [likeliest = rulesVersion, ...others] = deps.candidates(first.offset, before);
    if (others.length > 0) {
      accept(await decideByOneOf(first, [likeliest, ...others]));
      return 1;
    }
    const other = records.findIndex(({ offset }) => {
      const [rules, another] = deps.candidates(offset, likeliest);
      return rules !== likeliest || another !== undefined;
    });
    const alike = other < 0 ? records : records.slice(0, other);
    accept(await decide(alike, likeliest));
    return alike.length;
  }

  return {
    values,
    feed: async (records) => {
      for (let i = 0; ;) {
        const [first, ...others] = records.slice(i, i + batchRecords);
        if (!first) return;
        i += await decideFirst(first, [first, ...others]);
      }
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
