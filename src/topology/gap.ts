import { type Followed, rangeHolding } from './logHolding.ts';
import type { InputRecord } from './ports.ts';

/**
 * Throws LogTruncatedError when records after `from` were deleted before they were read: the client resets to what is
 * left of the log without a word. Every gap in the offsets counts, whatever its width. It is either a control marker, or
 * such records, and only where the log starts now tells which. Where there is no gap, nobody is asked. Another error says
 * that a broker was wrong about it: the records may have come after such a reset, and are to be read again.
 */
export async function requireWhole(
  followed: Followed,
  from: number,
  records: readonly InputRecord[],
): Promise<void> {
  const missing = firstMissing(from, records);
  if (missing === null) return;
  const { asked } = await rangeHolding(followed, missing);
  if (asked === 1) return;
  const { topic, partition } = followed;
  throw new Error(
    `${topic}-${partition} has ${missing}, though a broker said that it does not: reading again`,
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
