import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withIngress } from '../../../test/httpIngress.ts';

const folder = join(import.meta.dirname, 'public');
const pages = ['/w/10000001', '/r/1', '/o/1'];

test.each(pages)('%s is in the language that the browser prefers', (path) =>
  withIngress(async ({ url }) => {
    const lang = async (preferred: string): Promise<string | undefined> => {
      const page = await fetch(`${url}${path}`, { headers: { 'accept-language': preferred } });
      expect(page.status).toBe(200);
      expect(page.headers.get('vary')).toContain('Accept-Language');
      return /<html lang="(\w+)"/.exec(await page.text())?.[1];
    };
    expect(await lang('ko-KR,ko;q=0.9')).toBe('ko');
    expect(await lang('en-GB,en;q=0.9,ko;q=0.8')).toBe('en');
    expect(await lang('fr')).toBe('ko');
  }),
);

test.each(pages)('%s has no script or style of its own, and everything that it names is there', (path) =>
  withIngress(async ({ url }) => {
    const page = await fetch(`${url}${path}`);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
    const html = await page.text();
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)| style=| on\w+=/i);
    const named = [...html.matchAll(/(?:src|href)="(\/[^"#]+)"/g)].map(([, each]) => String(each));
    expect(named.length).toBeGreaterThan(1);
    for (const each of named) expect([each, (await fetch(`${url}${each}`)).status]).toEqual([each, 200]);
  }),
);

test('every module that a page imports is served', () =>
  withIngress(async ({ url }) => {
    const modules = readdirSync(folder).filter((name) => name.endsWith('.js'));
    for (const name of modules) {
      const imported = readFileSync(join(folder, name), 'utf8').matchAll(
        /^(?:import|export) .*?from '([^']+)';$/gms,
      );
      for (const [, from] of imported) {
        const served = await fetch(new URL(String(from), `${url}/pages/${name}`));
        expect([name, from, served.status, served.headers.get('content-type')]).toEqual([
          name,
          from,
          200,
          'text/javascript; charset=utf-8',
        ]);
      }
    }
  }));

test('a file is asked for again each time, and sent when it changed', () =>
  withIngress(async ({ url }) => {
    const first = await fetch(`${url}/pages/page.css`);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const again = await fetch(`${url}/pages/page.css`, {
      headers: { 'if-none-match': String(first.headers.get('etag')) },
    });
    expect(again.status).toBe(304);
  }));

test.each(['tsconfig.json', 'customer.html', 'pages.ts', '..%2Fpages.ts', 'none.js'])(
  'there is no file %s',
  (name) =>
    withIngress(async ({ call }) => {
      const { status, body } = await call('GET', `/pages/${name}`);
      expect([status, body?.['code']]).toEqual([404, 'NOT_FOUND']);
    }),
);
