/** How long things took, each by its index. */

export interface Latencies {
  /** Milliseconds; the first time an index is told counts. Answers whether it was the first. */
  readonly told: (index: number, millis: number) => boolean;
  readonly count: () => number;
  /** Nearest rank over those from `from` on; `share` 0 to 1. Throws when there are none. */
  readonly percentile: (share: number, from?: number) => number;
}

export function latencies(size: number): Latencies {
  const millis = new Float64Array(size).fill(Number.NaN);
  let count = 0;
  return {
    told: (index, value) => {
      if (!Number.isNaN(millis[index])) return false;
      millis[index] = value;
      count += 1;
      return true;
    },
    count: () => count,
    percentile: (share, from = 0) => percentile(millis.subarray(from).filter(Number.isFinite), share),
  };
}

/** Nearest rank; `share` 0 to 1. Throws when there are no values. */
export function percentile(values: Float64Array, share: number): number {
  const value = values.toSorted()[Math.max(0, Math.ceil(share * values.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}
