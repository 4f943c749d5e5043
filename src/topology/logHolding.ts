import type { Clock } from './clock.ts';
import { LogTruncatedError } from './errors.ts';
import type { AskRange, LogRange } from './ports.ts';

/** So many answers in a row, so far apart: longer than brokers take to replace a leader that is cut off (9 s). */
const answers = 10;
const apartMillis = 1_000;

/** A partition of a log, and how to ask where it starts and ends now. */
export interface Followed {
  readonly topic: string;
  readonly partition: number;
  readonly logRange: AskRange;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Nobody needs to know any more. */
  readonly closing: AbortSignal;
}

/**
 * Where the log starts and ends, when that has what comes next at `offset`; `asked` is how often it was asked. A leader
 * that was elected just now, or that does not know yet that another one was, may say otherwise: so it is asked again, and
 * the brokers who leads. Throws LogTruncatedError when all answers for ten seconds say so, and the reason of `closing`.
 */
export async function rangeHolding(
  { topic, partition, logRange, clock, closing }: Followed,
  offset: number,
): Promise<LogRange & { readonly asked: number }> {
  for (let asked = 1; ; asked += 1) {
    const { start, end } = await logRange(topic, partition, asked > 1);
    if (start <= offset && offset <= end) return { start, end, asked };
    if (asked === answers)
      throw new LogTruncatedError(
        `${topic}-${partition} has offsets ${start} to ${end}, and what comes next is ${offset}`,
      );
    await clock.sleep(apartMillis, closing);
    closing.throwIfAborted();
  }
}
