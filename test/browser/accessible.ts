/** What everybody needs of a page, whatever state it is in: axe's rules, nothing beyond the edge, targets for a thumb. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { AxeResults, run } from 'axe-core';
import { expect } from '@jest/globals';
import type { Person } from './person.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 AA, and what axe thinks good besides; of the latter only what is serious counts. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const serious: readonly unknown[] = ['serious', 'critical'];

/** In pixels of CSS, across and down. */
const thumb = 44;

/** Fails with what is wrong on the page as it is now; answers what is not serious, a line each. */
export async function expectAccessible({ page }: Person, state: string): Promise<readonly string[]> {
  const found = await violations(page);
  const told = found.map(({ impact, id, help, nodes }) => ({
    isSerious: serious.includes(impact),
    line: `${id}, ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join(' | ')}`,
  }));
  const wrong = {
    axe: told.filter(({ isSerious }) => isSerious).map(({ line }) => line),
    beyondTheEdge: await page.evaluate(beyondTheEdge),
    tooSmall: await page.evaluate(tooSmall, thumb),
  };
  expect({ state, ...wrong }).toEqual({ state, axe: [], beyondTheEdge: [], tooSmall: [] });
  return told.filter(({ isSerious }) => !isSerious).map(({ line }) => `${state}: ${line}`);
}

async function violations(page: Person['page']): Promise<AxeResults['violations']> {
  // The page's policy lets no script of others in; the debugger's own it does not concern.
  await page.evaluate(axe);
  const results = await page.evaluate(async (values) => {
    const { axe } = window as unknown as { readonly axe: { readonly run: typeof run } };
    return axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
  }, tags);
  return results.violations;
}

/** What makes the page scroll sideways. */
function beyondTheEdge(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const out = [...document.body.querySelectorAll('*')].filter(
    (element) => element.checkVisibility() && element.getBoundingClientRect().right > clientWidth + 1,
  );
  return [`${scrollWidth} > ${clientWidth}`, ...out.map((element) => element.outerHTML.slice(0, 100))];
}

/** Controls that a thumb would miss. A control's label is part of it. */
function tooSmall(least: number): string[] {
  const controls = document.querySelectorAll<HTMLElement>(
    'a[href], button, input, select, textarea, summary, [role=button], [tabindex="0"]',
  );
  const isLarge = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    // What was laid out at a fraction of a pixel is drawn whole.
    return Math.round(width) >= least && Math.round(height) >= least;
  };
  const small = [...controls].filter((element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
    return ![element, ...labels].some(isLarge);
  });
  return small.map((element) => {
    const { width, height } = element.getBoundingClientRect();
    return `${width}×${height}: ${element.outerHTML.slice(0, 120)}`;
  });
}
