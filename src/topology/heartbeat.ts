/**
 * Proof, in the broker's time alone, that a partition is well: a beat is a command of ours without effect that is
 * logged, decided and published, and the next one is sent when it was. So what was appended between two beats was
 * published before the next one was appended: the time over two beats bounds how long anybody waited, whatever the clocks
 * of the workers say, and whoever owned the partition.
 */
import { type Clock, wakeup } from './clock.ts';
import type { Measured } from './emission.ts';
import type { Projected } from './graph.ts';
import type { Appended } from './ports.ts';

/** From a beat that was published to the next one. What is kept with E is at most two beats old. */
const pauseMillis = 500;
/**
 * Two beats that take longer than this make a stall. Whoever looks from outside sees it up to a second longer, and stalls
 * of 5 s are to be found.
 */
const stallMillis = 4_000;
/** A timer that is appended later than this after the last beat is void: nobody knows whether a stall lies between. */
const validMillis = 5_000;
/** A beat that the log has not answered by then may be lost: it is sent again, so that it is not taken for a stall. */
const answerMillis = 1_000;
/** From an excuse that was not taken to its repetition. */
const againMillis = 1_000;

export interface HeartbeatDeps {
  readonly clock: Clock;
  readonly append: (record: Projected) => Promise<Appended>;
  /** A command without effect; null: nobody needs to know. */
  readonly beat: () => Projected | null;
  /** When the first deadline began to run in which a stall must not count (broker time); null: none runs. */
  readonly guardedSince: () => number | null;
  /** Whether every owner so far has sent beats. Then nothing was well since that deadline began, where none was kept. */
  readonly wasMeasured: () => boolean;
  /** What tells the log of a stall; it takes effect once, however often it is appended. */
  readonly excuses: (from: number, until: number) => readonly Projected[];
  /** A stall has ended that has to be excused (broker time). */
  readonly stalled: (from: number, until: number) => void;
  /** Nothing can be appended for now, said once; it is tried again. */
  readonly failed: (error: unknown) => void;
}

export interface Heartbeat {
  /** What to keep with E at `next`. */
  readonly measured: (next: number) => Measured;
  /** E has moved to `next`. */
  readonly published: (next: number) => void;
  /** The broker's clock now (whole ms), behind it by as long as an append takes to be answered. null: not known. */
  readonly now: () => number | null;
  /** A timer appended up to here counts no stall (broker time); null: none may be sent now. */
  readonly validUntil: () => number | null;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** @param kept what the former owner kept with E */
export function heartbeat(deps: HeartbeatDeps, kept: Measured): Heartbeat {
  const { clock } = deps;
  const moved = wakeup();
  let position = 0;
  let wellAt = kept.wellAt;
  /** When the last beat that was published was appended, whoever sent it. */
  let last = kept.beatAt;
  /** Whether that one was this owner's, and nothing is left to excuse. */
  let isWell = false;
  /** Appended, and not known to be published. */
  let underWay: Appended | null = null;
  let heard: { readonly at: number; readonly monotonic: number } | null = null;
  /** Where the stall began that is not excused yet. */
  let stalledFrom: number | null = null;
  let failing = false;

  /** How long anybody's deadline ran since an instant (ms); null: since it began. */
  function ranSince(from: number | null, { at }: Appended): number {
    const since = deps.guardedSince();
    return since === null ? 0 : at - Math.max(since, from ?? since);
  }

  /** Whether nobody waited too long before this beat. */
  const provesWell = (appended: Appended): boolean =>
    (wellAt === null && !deps.wasMeasured()) || ranSince(wellAt, appended) <= stallMillis;

  async function append(record: Projected): Promise<Appended | null> {
    try {
      const appended = await deps.append(record);
      failing = false;
      return appended;
    } catch (error) {
      if (!failing) deps.failed(error);
      failing = true;
      return null;
    }
  }

  const publishedAll = (appended: readonly Appended[], signal: AbortSignal): Promise<void> =>
    moved.until(() => appended.every(({ offset }) => offset < position), signal);

  /** Sends it again and again until one of them is answered; null: the answer is a refusal. */
  async function appendSoon(record: Projected, signal: AbortSignal): Promise<Appended | null> {
    const sent: Promise<Appended | null>[] = [];
    while (!signal.aborted) {
      sent.push(append(record));
      const answered = new AbortController();
      const late = clock
        .sleep(answerMillis, AbortSignal.any([signal, answered.signal]))
        .then(() => 'late' as const);
      const first = await Promise.race([...sent, late]);
      answered.abort();
      if (first === 'late') continue;
      if (first) heard = { at: first.at, monotonic: clock.monotonic() };
      return first;
    }
    return null;
  }

  async function beat(record: Projected, signal: AbortSignal): Promise<void> {
    const over = (): boolean => signal.aborted;
    const appended = await appendSoon(record, signal);
    if (!appended) return;
    underWay = appended;
    await publishedAll([appended], signal);
    if (over()) return;
    underWay = null;
    if (stalledFrom === null) {
      if (provesWell(appended)) wellAt = last ?? wellAt;
      else stalledFrom = wellAt ?? deps.guardedSince();
    } else if (ranSince(last, appended) <= stallMillis) {
      // Everything that was appended before this beat has been published, and the partition is well again.
      await excuse(stalledFrom, appended.at, signal);
      if (over()) return;
      wellAt = appended.at;
      stalledFrom = null;
    }
    last = appended.at;
    isWell = stalledFrom === null;
  }

  /** Resolves once every queue that it concerns has decided on it. */
  async function excuse(from: number, until: number, signal: AbortSignal): Promise<void> {
    deps.stalled(from, until);
    for (let left = deps.excuses(from, until); left.length > 0 && !signal.aborted;) {
      const tried = await Promise.all(left.map(append));
      await publishedAll(
        tried.filter((appended) => appended !== null),
        signal,
      );
      left = left.filter((_, i) => tried[i] === null);
      if (left.length > 0) await clock.sleep(againMillis, signal);
    }
  }

  return {
    measured: (next) => {
      if (underWay === null || underWay.offset >= next) return { wellAt, beatAt: last };
      const proves = stalledFrom === null && provesWell(underWay);
      return { wellAt: proves ? (last ?? wellAt) : wellAt, beatAt: underWay.at };
    },
    published: (next) => {
      position = next;
      moved.wake();
    },
    now: () => heard && Math.floor(heard.at + clock.monotonic() - heard.monotonic),
    validUntil: () => (last !== null && isWell ? last + validMillis : null),
    run: async (signal) => {
      while (!signal.aborted) {
        const record = deps.beat();
        if (record) await beat(record, signal);
        await clock.sleep(pauseMillis, signal);
      }
    },
  };
}
