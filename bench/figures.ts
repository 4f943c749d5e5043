/** What a scenario measured, over all its runs, and how that is shown. */

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

/** A row a figure. Targets hold for the median. Throws when a run lacks a figure. */
export function rowsOf(scenario: string, figures: readonly Figure[], runs: readonly Run[]): Row[] {
  return figures.map(({ name, unit, target }) => {
    const values = runs.map((run) => run[name] ?? Number.NaN).toSorted((a, b) => a - b);
    if (values.length === 0 || !values.every(Number.isFinite))
      throw new Error(`${scenario} did not measure its ${name}: ${values.join(', ')}`);
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

const headings = ['scenario', 'figure', 'unit', 'min', 'median', 'max', 'target', 'verdict'] as const;
const isNumber = (column: number): boolean => column >= 3 && column <= 6;

const cellsOf = (row: Row): string[] => [
  row.scenario,
  row.figure,
  row.unit,
  ...[row.min, row.median, row.max].map((value) => value.toLocaleString('en', { maximumFractionDigits: 3 })),
  row.target ?? '',
  row.met === null ? '' : row.met ? 'met' : 'not met',
];

/** For a terminal: columns under their headings. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [[...headings], ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** For a document, before it is formatted. */
export const markdownOf = (rows: readonly Row[]): string =>
  [[...headings], headings.map((_, column) => (isNumber(column) ? '--:' : '---')), ...rows.map(cellsOf)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
