import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Row } from './figures.ts';
import { withFigures } from './page.ts';

const docs = join(import.meta.dirname, '..', 'docs');
const read = (file: string): string => readFileSync(join(docs, file), 'utf8');

test('docs/benchmarks.md and its pictures have the figures of docs/benchmarks/full.json', async () => {
  const rows = JSON.parse(read('benchmarks/full.json')) as readonly Row[];
  const { page, pictures } = await withFigures(read('benchmarks.md'), rows);
  expect(page).toBe(read('benchmarks.md'));
  for (const [name, svg] of pictures) expect(svg).toBe(read(join('benchmarks', name)));
});

test('a scenario has its picture and its table, in the place of what was there', async () => {
  const row = (figure: string, median: number): Row => ({
    scenario: 'growth',
    figure: `start to ready, ${figure}`,
    unit: 's',
    min: median,
    median,
    max: median,
    target: null,
    met: null,
  });
  const rows = [row('1,000 restaurants', 1.5), row('10,000 restaurants', 1.75)];
  const { page, pictures } = await withFigures(
    '# Before\n\n<!-- figures -->\nold\n<!-- /figures -->\n',
    rows,
  );
  expect(page).toContain('![growth](benchmarks/growth.svg)');
  expect(page).toMatch(/\| growth +\| start to ready, 10,000 restaurants +\| s +\| +1.75 \|/);
  expect(page).not.toContain('old');
  expect([...pictures.keys()]).toEqual(['growth.svg']);
  expect(pictures.get('growth.svg')).toMatch(/^<svg [^]*start to ready, s[^]*<\/svg>\n$/);
});
