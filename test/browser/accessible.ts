/** What everybody needs of a page, whatever state it is in: axe's rules, nothing beyond the edge, targets for a thumb. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { AxeResults, run, RunOnly } from 'axe-core';
import { expect } from '@jest/globals';
import { moveTo, settle } from './motion.ts';
import type { Person } from './person.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 AA, and what axe thinks good besides; of the latter only what is serious counts. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const serious: readonly unknown[] = ['serious', 'critical'];

/** In pixels of CSS, across and down. */
const thumb = 44;

/** Shares of the way from one state to the next at which a page is looked at. */
const moments = [0, 0.1, 0.25, 0.5, 0.75, 0.9];

/** Fails with what is wrong on the page in the state that it comes to; answers what is not serious, a line each. */
export async function expectAccessible({ page }: Person, state: string): Promise<readonly string[]> {
  await settle(page);
  const found = await violations(page, { type: 'tag', values: tags });
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

/** Fails with every text whose colours are too near to each other on the way to this state; the page's motion is held. */
export async function expectReadable({ page }: Person, state: string): Promise<void> {
  const unreadable: string[] = [];
  for (const moment of moments) {
    await moveTo(page, moment);
    const found = await violations(page, { type: 'rule', values: ['color-contrast'] });
    const texts = found.flatMap(({ nodes }) => nodes.map(({ target }) => target.join(' ')));
    unreadable.push(...texts.map((text) => `at ${moment}: ${text}`));
  }
  expect({ state, unreadable }).toEqual({ state, unreadable: [] });
  await settle(page);
}

async function violations(page: Person['page'], runOnly: RunOnly): Promise<AxeResults['violations']> {
  // The page's policy lets no script of others in; the debugger's own it does not concern.
  await page.evaluate(axe);
  const results = await page.evaluate(async (rules) => {
    const { axe } = window as unknown as { readonly axe: { readonly run: typeof run } };
    return axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
  }, runOnly);
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
