/**
 * A thread that does nothing but wait for the next tick: a timer of the event loop that sends is late by up to a
 * millisecond and more when it is busy, a futex by a tenth.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { now } from './monotonic.ts';

const { startAt, everyMillis, until } = workerData as {
  readonly startAt: number;
  readonly everyMillis: number;
  readonly until: number;
};

const never = new Int32Array(new SharedArrayBuffer(4));
for (let at = startAt; at < until + everyMillis; at += everyMillis) {
  const wait = at - now();
  if (wait > 0) Atomics.wait(never, 0, 0, wait);
  parentPort?.postMessage(at);
}
