/** What a scenario measured, over all its runs. */
import { table } from 'node:console';

/** One run's figures by name. */
export type Run = Readonly<Record<string, number>>;

/** What a figure is, and what it should be; the target is in the same unit. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly target?: { readonly least: number } | { readonly most: number };
}

export interface Row {
  readonly scenario: string;
  readonly figure: string;
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** As text, such as `≤ 500`; null: the figure is only told. */
  readonly target: string | null;
  readonly met: boolean | null;
}

/** A row a figure. Targets hold for the median. */
export function rowsOf(scenario: string, figures: readonly Figure[], runs: readonly Run[]): Row[] {
  return figures.map(({ name, unit, target }) => {
    const values = runs.map((run) => run[name] ?? Number.NaN).toSorted((a, b) => a - b);
    const at = (index: number): number => round(values[index] ?? Number.NaN);
    const median = at(Math.floor((values.length - 1) / 2));
    const row = { scenario, figure: name, unit, min: at(0), median, max: at(values.length - 1) };
    if (!target) return { ...row, target: null, met: null };
    return 'least' in target
      ? { ...row, target: `≥ ${target.least}`, met: median >= target.least }
      : { ...row, target: `≤ ${target.most}`, met: median <= target.most };
  });
}

const round = (value: number): number => Number(value.toPrecision(4));

export const print = (rows: readonly Row[]): void => {
  table(rows);
};
