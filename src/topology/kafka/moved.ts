import { setTimeout as sleep } from 'node:timers/promises';
import { slowMillis } from './firstAnswer.ts';

/** Whoever was asked is no longer the one to ask; what became of the request is not known. */
export class MovedError extends Error {
  override readonly name = 'MovedError';
}

/** How often it is asked whether somebody else has taken over from a broker that does not answer (ms). */
export const lookAgainMillis = 250;

/**
 * An answer, unless somebody else takes over from the broker that owes it: one that is frozen, or cut off, would keep us
 * until the request times out. `moved` is asked `after` so long (ms), again and again; where it rejects, nothing is known.
 */
export async function unlessMoved<T>(
  answer: Promise<T>,
  moved: () => Promise<boolean>,
  after = slowMillis,
): Promise<T> {
  const over = new AbortController();
  const watch = async (): Promise<never> => {
    await sleep(after, undefined, { signal: over.signal });
    while (!(await moved().catch(() => false)))
      await sleep(lookAgainMillis, undefined, { signal: over.signal });
    throw new MovedError('another broker has taken over from the one that does not answer');
  };
  const watching = watch();
  for (const each of [answer, watching]) each.catch(() => undefined);
  try {
    return await Promise.race([answer, watching]);
  } finally {
    over.abort();
  }
}
