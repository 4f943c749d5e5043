import { LogTruncatedError } from './errors.ts';
import type { InputRecord, LogRange } from './ports.ts';

/** A partition of a log, and how to ask where it starts and ends now. */
export interface Followed {
  readonly topic: string;
  readonly partition: number;
  readonly logRange: (topic: string, partition: number) => Promise<LogRange>;
}

/**
 * Throws LogTruncatedError when records after `from` were deleted before they were read: the client resets to what is
 * left of the log without a word. Every gap in the offsets counts, whatever its width. It is either a control marker, or
 * such records, and only where the log starts now tells which. Where there is no gap, nobody is asked.
 */
export async function requireWhole(
  { topic, partition, logRange }: Followed,
  from: number,
  records: readonly InputRecord[],
): Promise<void> {
  const missing = firstMissing(from, records);
  if (missing === null) return;
  const { start } = await logRange(topic, partition);
  if (start <= missing) return;
  throw new LogTruncatedError(
    `${topic}-${partition} starts at ${start}: records from ${missing} on were deleted before they were read`,
  );
}

/** The first offset from `from` on that none of the records has, though a later one is there; null: there is no gap. */
function firstMissing(from: number, records: readonly InputRecord[]): number | null {
  let next = from;
  for (const { offset } of records) {
    if (offset !== next) return next;
    next += 1;
  }
  return null;
}
