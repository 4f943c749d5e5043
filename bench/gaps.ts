/** How long nothing came where something should have. */

export interface Came {
  readonly partition: number;
  /** Milliseconds. */
  readonly at: number;
}

/** The longest time within [from, to] in which nothing came of a partition, of those of which something ever came (ms). */
export function longestGap(all: readonly Came[], from: number, to: number): number {
  const gaps = [...Map.groupBy(all, ({ partition }) => partition).values()].map((some) => {
    const moments = some.map(({ at }) => at).filter((at) => at > from && at < to);
    const bounds = [from, ...moments.toSorted((a, b) => a - b), to];
    return Math.max(...bounds.slice(1).map((at, index) => at - (bounds[index] ?? from)));
  });
  return Math.max(0, ...gaps);
}
