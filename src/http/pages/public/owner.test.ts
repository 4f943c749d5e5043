import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { statusOfProblem } from '../../problems.ts';
import { words } from './owner.words.js';

const html = readFileSync(join(import.meta.dirname, 'owner.html'), 'utf8');
const named = [...html.matchAll(/data-(?:word|name|alt)="([^"]+)"/g)].map(([, path]) => String(path));

const at = (language: object, path: string): unknown =>
  path.split('.').reduce<unknown>((found, step) => (found as Record<string, unknown>)[step], language);

it.each(Object.entries(words))('the page finds all of its words in %s', (_, language) => {
  expect(named.length).toBeGreaterThan(20);
  for (const path of named) expect([path, at(language, path)]).toEqual([path, expect.stringMatching(/\S/)]);
});

it('explains refusals that there are', () => {
  for (const code of Object.keys(words.ko.refusals)) expect(statusOfProblem).toHaveProperty(code);
});

it.each(Object.entries(words))(
  'names every control of a team by its ticket, and by what it shows, in %s',
  (_, its) => {
    for (const [name, text] of [
      [its.firstCallTeam(12), its.firstCall],
      [its.finalCallTeam(12), its.finalCall],
      [its.enterTeam(12), its.enter],
      [its.cancelTeam(12), its.cancel],
    ] as const) {
      expect(name).toContain('12');
      expect(name).toContain(text);
    }
  },
);
