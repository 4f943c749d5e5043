/** What verify finds: values that are not what the logs make of them. */
import { isDeepStrictEqual } from 'node:util';

export interface Difference {
  readonly place: 'changelog' | 'events' | 'redis' | 'postgres';
  readonly partition: number;
  /** The key of the task, the id of the event, or the table and the id of the row. */
  readonly key: string;
  /** null: it is of no single restaurant. */
  readonly restaurantId: number | null;
  /** Where both are objects, their differing parts alone, by name or index. Absent: there should be none, or is none. */
  readonly expected?: unknown;
  readonly found?: unknown;
}

export interface Findings {
  readonly differ: (difference: Difference) => void;
  /** The first ones, in the order of their finding. */
  readonly shown: () => readonly Difference[];
  readonly count: () => number;
}

/** Keeps the first `most` differences and counts the rest; the same key of a place counts once. */
export function findings(most: number): Findings {
  const shown: Difference[] = [];
  const seen = new Set<string>();
  return {
    differ: (difference) => {
      const name = `${difference.partition}/${difference.place}/${difference.key}`;
      if (!seen.has(name) && shown.length < most) shown.push(difference);
      seen.add(name);
    },
    shown: () => shown,
    count: () => seen.size,
  };
}

/** As JSON has it: without prototypes and absent fields, so that what two decoders built can be compared. */
export const plain = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

type Parts = Readonly<Record<string, unknown>>;
const isParts = (value: unknown): value is Parts => typeof value === 'object' && value !== null;

/** The parts of two plain values that differ; null: they are equal. undefined stands for none. */
export function differing(expected: unknown, found: unknown): Pick<Difference, 'expected' | 'found'> | null {
  if (isDeepStrictEqual(expected, found)) return null;
  if (!isParts(expected) || !isParts(found)) {
    return { ...(expected !== undefined && { expected }), ...(found !== undefined && { found }) };
  }
  const parts = { expected: {} as Record<string, unknown>, found: {} as Record<string, unknown> };
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const part = differing(expected[name], found[name]);
    if (part && 'expected' in part) parts.expected[name] = part.expected;
    if (part && 'found' in part) parts.found[name] = part.found;
  }
  return parts;
}

/** What stands for bytes that are no value of ours. */
export const unreadable = (error: unknown, bytes: Buffer): object => ({
  unreadable: error instanceof Error ? error.message : String(error),
  base64: bytes.toString('base64'),
});
