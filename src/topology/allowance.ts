/**
 * What the tasks of a process have decided and not published yet: what a new owner may have to emit, what the outbox may
 * hold in Redis, and memory here. Each task has a part of its own. Beyond that all share, in turns, so that a few large
 * batches are under way at a time.
 */
import { type Size, type Unemitted, unemitted } from './bounds.ts';
import { type Clock, wakeup } from './clock.ts';

/** What a task has held for so long without getting rid of any of it (ms) is not waited for. */
const lastingMillis = 1_000;

/** The share of one task. */
export interface Account {
  /**
   * Resolves with how many records more the task may hold, which it holds from then on: as many as asked for, or fewer
   * where others do not get rid of theirs. 0: the signal has aborted.
   */
  readonly reserve: (records: number, signal: AbortSignal) => Promise<number>;
  /** What was reserved takes so many bytes. */
  readonly grow: (bytes: number) => void;
  readonly release: (size: Size) => void;
  /** Releases what is left. */
  readonly close: () => void;
}

export interface Allowance {
  readonly open: () => Account;
}

interface Held {
  records: number;
  bytes: number;
  /** When it last got rid of something, or began to hold. */
  movedAt: number;
}

export function allowance(
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  { shared, parts }: Unemitted = unemitted,
): Allowance {
  const changed = wakeup();
  const accounts = new Set<Held>();
  const turns: symbol[] = [];

  const part = (): Size => ({
    records: Math.ceil(parts.records / accounts.size),
    bytes: parts.bytes / accounts.size,
  });
  /** What the shared part has left beside what these take of it. */
  function roomBeside(some: Iterable<Held>): number {
    const own = part();
    let [records, bytes] = [0, 0];
    for (const each of some) {
      records += Math.max(0, each.records - own.records);
      bytes += Math.max(0, each.bytes - own.bytes);
    }
    return bytes < shared.bytes ? Math.max(0, shared.records - records) : 0;
  }

  /** How many of the records may be held now; 0: none yet. */
  function grantable(mine: Held, records: number, isFirst: boolean): number {
    const own = part();
    const alone = mine.bytes < own.bytes ? Math.max(0, own.records - mine.records) : 0;
    // It takes nothing that somebody waits for.
    if (records <= alone) return records;
    const lasting = [...accounts].filter(({ movedAt }) => clock.monotonic() - movedAt >= lastingMillis);
    const wanted = Math.min(records, alone + roomBeside(lasting));
    if (wanted <= alone) return wanted;
    return isFirst && wanted <= alone + roomBeside(accounts) ? wanted : 0;
  }

  /** That others move no more shows only in time. */
  async function lookAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(lastingMillis, signal);
      changed.wake();
    }
  }

  function open(): Account {
    const mine: Held = { records: 0, bytes: 0, movedAt: clock.monotonic() };
    accounts.add(mine);
    const release = (size: Size): void => {
      mine.records -= size.records;
      mine.bytes -= size.bytes;
      mine.movedAt = clock.monotonic();
      changed.wake();
    };

    /** Waits for its turn, or until there is no need to. */
    async function turnFor(records: number, signal: AbortSignal): Promise<number> {
      const turn = Symbol();
      const over = new AbortController();
      let granted = 0;
      turns.push(turn);
      const isGranted = (): boolean => {
        granted = grantable(mine, records, turns[0] === turn);
        return granted > 0;
      };
      if (!isGranted()) void lookAgain(over.signal);
      await changed.until(isGranted, signal);
      over.abort();
      turns.splice(turns.indexOf(turn), 1);
      return signal.aborted ? 0 : granted;
    }

    return {
      reserve: async (records, signal) => {
        // A task whose batches stay leaves room for the others.
        const mayAsk = (): boolean => mine.records === 0 || mine.records + records <= shared.records / 2;
        await changed.until(mayAsk, signal);
        const granted = await turnFor(records, signal);
        if (mine.records === 0) mine.movedAt = clock.monotonic();
        mine.records += granted;
        changed.wake();
        return granted;
      },
      grow: (bytes) => {
        mine.bytes += bytes;
      },
      release,
      close: () => {
        accounts.delete(mine);
        changed.wake();
      },
    };
  }

  return { open };
}
