/** A broker that has not answered by then may be frozen (ms): the next one is asked beside it. */
export const slowMillis = 1_000;

interface Options<B> {
  /** How many are asked from the beginning. */
  readonly atOnce?: number;
  /** Whether an error is an answer: no other broker is asked then. */
  readonly isAnswer?: (error: unknown) => boolean;
  /** Called for a broker that has not answered in time. */
  readonly slow?: (broker: B) => void;
}

/** Asks brokers one after the other until one answers. Rejects with the last error when none does. */
export async function firstAnswer<B extends object | string, T>(
  brokers: Iterable<B>,
  ask: (broker: B) => Promise<T>,
  { atOnce = 1, isAnswer = () => false, slow }: Options<B> = {},
): Promise<T> {
  const left = [...brokers];
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timers = new Set<NodeJS.Timeout>();
  let open = 0;
  let over = false;

  function next(last: unknown): void {
    const broker = left.shift();
    if (over || broker === undefined) {
      if (open === 0) reject(last instanceof Error ? last : new Error(String(last)));
      return;
    }
    open += 1;
    const timer = setTimeout(() => {
      slow?.(broker);
      next(null);
    }, slowMillis);
    timers.add(timer);
    ask(broker).then(resolve, (error: unknown) => {
      clearTimeout(timer);
      open -= 1;
      if (isAnswer(error)) reject(error);
      else next(error);
    });
  }

  for (let n = 0; n < atOnce; n += 1) next(new Error('there is no broker to ask'));
  try {
    return await promise;
  } finally {
    over = true;
    for (const timer of timers) clearTimeout(timer);
  }
}
