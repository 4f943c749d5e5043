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
