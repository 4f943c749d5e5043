/** Wall-clock time for the engine, so that tests and simulations can have another. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since some instant, never set back or forward: for durations. */
  readonly monotonic: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
    }),
};

/** Lets one loop wait until another has changed something it looks at. */
export interface Wakeup {
  readonly wake: () => void;
  /** Resolves when `ready` holds or the signal aborts; looks again at every wake. */
  readonly until: (ready: () => boolean, signal: AbortSignal) => Promise<void>;
}

export function wakeup(): Wakeup {
  let next = Promise.withResolvers<undefined>();
  const wake = (): void => {
    next.resolve(undefined);
    next = Promise.withResolvers();
  };
  return {
    wake,
    until: async (ready, signal) => {
      signal.addEventListener('abort', wake);
      try {
        while (!signal.aborted && !ready()) await next.promise;
      } finally {
        signal.removeEventListener('abort', wake);
      }
    },
  };
}
