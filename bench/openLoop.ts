/**
 * A load that comes at its pace whatever becomes of it. The moment at which each of its parts is due follows from the
 * pace alone, and latencies count from there: while the product stands still, what would have come meanwhile waits, and
 * its waiting is seen (a loop that sent only once it was answered would leave it out: coordinated omission).
 */
import { Worker } from 'node:worker_threads';
import { type Latencies, latencies } from './latency.ts';
import { now } from './monotonic.ts';

export interface Pace {
  /** How often a second, and how often in all. */
  readonly rate: number;
  readonly count: number;
}

export interface OpenLoop {
  /** When a part was or will be due, on the clock of `now`. */
  readonly dueAt: (index: number) => number;
  /** To be called when the parts [from, to) leave. */
  readonly left: (from: number, to: number) => void;
  /** By how much each part left late: what the generator, and not the product, adds to a latency. */
  readonly late: Latencies;
  /** Nothing more becomes due. */
  readonly stop: () => void;
  /** Resolves when the last was due, or at a stop; rejects with the first error of `due`. */
  readonly over: Promise<void>;
}

/** Time for the ticker to start (ms). */
const startMillis = 300;
/** More often, the ticks themselves would be a load. */
const leastTickMillis = 1;

/** Calls `due` with the parts [from, to) that are due, as soon as they are. */
export function openLoop({ rate, count }: Pace, due: (from: number, to: number) => void): OpenLoop {
  const between = 1_000 / rate;
  const startAt = now() + startMillis;
  const dueAt = (index: number): number => startAt + index * between;
  const late = latencies(count);
  const ticks = { startAt, everyMillis: Math.max(leastTickMillis, between), until: dueAt(count) };
  const ticker = new Worker(new URL('./ticker.ts', import.meta.url), { workerData: ticks });
  let next = 0;
  const stopped = Promise.withResolvers<undefined>();
  let stopping = false;

  const over = new Promise<void>((resolve, reject) => {
    ticker.on('error', reject);
    ticker.on('message', () => {
      if (stopping) return;
      const at = now();
      const from = next;
      while (next < count && dueAt(next) <= at) next += 1;
      try {
        if (next > from) due(from, next);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
      if (next === count) resolve();
    });
  });
  const left = (from: number, to: number): void => {
    const at = now();
    for (let index = from; index < to; index += 1) late.told(index, at - dueAt(index));
  };
  return {
    dueAt,
    left,
    late,
    stop: () => {
      stopping = true;
      stopped.resolve(undefined);
    },
    over: Promise.race([over, stopped.promise]).finally(() => ticker.terminate()),
  };
}
