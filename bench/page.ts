/** docs/benchmarks.md and its pictures, as the figures of a run have them. */
import { format, resolveConfig } from 'prettier';
import { chartsOf } from './charts.ts';
import { markdownOf, type Row } from './figures.ts';

const [begin, end] = ['<!-- figures -->', '<!-- /figures -->'];

/** The page with these figures in the place of those that it had, and its pictures by file. Throws when it has no place. */
export async function withFigures(
  page: string,
  rows: readonly Row[],
): Promise<{ readonly page: string; readonly pictures: ReadonlyMap<string, string> }> {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the page lacks ${begin} or ${end}`);
  const pictures = chartsOf(rows);
  const text = `${before}${begin}\n\n${sections(rows, [...pictures.keys()])}\n\n${end}${after}`;
  const style = await resolveConfig(new URL('../docs/benchmarks.md', import.meta.url).pathname);
  return { page: await format(text, { ...style, parser: 'markdown' }), pictures };
}

/** A table a scenario, under its pictures if it has some. */
const sections = (rows: readonly Row[], pictures: readonly string[]): string =>
  [...new Set(rows.map(({ scenario }) => scenario))]
    .map((scenario) => {
      const images = pictures
        .filter((file) => file.startsWith(scenario))
        .map((file) => `![${file.replace('.svg', '')}](benchmarks/${file})\n\n`);
      const table = markdownOf(rows.filter((row) => row.scenario === scenario));
      return `### ${scenario}\n\n${images.join('')}${table}`;
    })
    .join('\n\n');
