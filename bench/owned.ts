/** What a scenario has started: stopped when it ends, the last one first, and on Ctrl-C. */

interface Stoppable {
  readonly stop: () => Promise<void>;
}

export interface Owned {
  readonly owns: <S extends Stoppable>(started: S) => S;
  readonly stopAll: () => Promise<void>;
}

const interrupts = ['SIGINT', 'SIGTERM'] as const;

export function owned(): Owned {
  const all: Stoppable[] = [];
  const stop = async (): Promise<void> => {
    for (const each of all) await each.stop();
  };
  const interrupted = (): void => void stop().finally(() => process.exit(1));
  for (const signal of interrupts) process.once(signal, interrupted);
  return {
    owns: (started) => {
      all.unshift(started);
      return started;
    },
    stopAll: async () => {
      await stop();
      for (const signal of interrupts) process.off(signal, interrupted);
    },
  };
}
