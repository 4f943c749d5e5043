/**
 * `npm run bench:document`: puts the figures of docs/benchmarks/full.json, which a run with `--full --json` wrote, into
 * docs/benchmarks.md and draws them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './figures.ts';
import { withFigures } from './page.ts';

const docs = join(import.meta.dirname, '..', 'docs');
const file = join(docs, 'benchmarks.md');
const rows = JSON.parse(readFileSync(join(docs, 'benchmarks', 'full.json'), 'utf8')) as readonly Row[];
const { page, pictures } = await withFigures(readFileSync(file, 'utf8'), rows);
writeFileSync(file, page);
for (const [name, svg] of pictures) writeFileSync(join(docs, 'benchmarks', name), svg);
