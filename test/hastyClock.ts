import { type Clock, systemClock } from '../src/topology/clock.ts';

/** The clock on the wall, on which nobody sleeps for long. */
export const hastyClock: Clock = {
  ...systemClock,
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
};
