import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { withIngress } from '../../test/httpIngress.ts';
import { inMemoryWorker } from '../../test/httpInMemoryWorker.ts';
import { ingressDeps } from '../../test/ingressDeps.ts';
import { checkAnswer, document } from '../../test/openApiCheck.ts';
import { createApp } from './ingress.ts';

/** As Express has them. */
function served(): string[] {
  const { app } = createApp(ingressDeps(inMemoryWorker()));
  return app.router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : route.stack
          // A handler of all methods has none; a body's readers have the method of their handler.
          .flatMap(({ method }: { readonly method?: string }) =>
            method === undefined ? [] : [`${method} ${route.path}`],
          ),
  );
}

describe('the OpenAPI document', () => {
  test('is one of version 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('has every route of the router, and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(described.sort()).toEqual([...new Set(served())].sort());
  });

  test('names every operation, every parameter of its path, and every schema that it refers to', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const named = operation.parameters.filter((each) => each['in'] === 'path').map((each) => each['name']);
      expect([path, named.sort()]).toEqual([
        path,
        [...path.matchAll(/\{(\w+)\}/g)].map((each) => each[1]).sort(),
      ]);
    }
    for (const [, kind = '', name = ''] of JSON.stringify(document).matchAll(
      /"#\/components\/(\w+)\/([\w-]+)"/g,
    )) {
      expect(document.components[kind]).toHaveProperty([name]);
    }
  });

  test('is served beside the one of the topics, and both as pages that load nothing from elsewhere', async () => {
    await withIngress(async ({ call }) => {
      const openapi = await call('GET', '/openapi.json');
      expect(openapi.body).toEqual(JSON.parse(JSON.stringify(document)));
      expect((await call('GET', '/asyncapi.json')).body).toMatchObject({ asyncapi: '3.0.0' });
      for (const [path, found] of [
        ['/docs', '<section id="registerWaiting">'],
        ['/docs/events', '<b>WaitingRegistered</b>'],
      ] as const) {
        const page = await call('GET', path);
        expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
        expect(page.text).toContain(found);
        expect(page.text).not.toMatch(/<script|style=|(src|href)="(?![/#])/);
        const ids = [...page.text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
        expect(ids).toEqual([...new Set(ids)]);
        const links = [...page.text.matchAll(/ href="#([^"]*)"/g)].map(([, id]) => id);
        expect(links.length).toBeGreaterThan(5);
        expect(links.filter((link) => !ids.includes(link))).toEqual([]);
      }
      expect((await call('GET', '/docs/style.css')).headers.get('content-type')).toContain('text/css');
    });
  });

  test('a process without the ingress has no documents', async () => {
    await withIngress(
      async ({ url }) => {
        const { status } = await fetch(`${url}/openapi.json`);
        expect(status).toBe(404);
      },
      { open: false },
    );
  });
});

describe('the check of answers', () => {
  const headers = new Headers({ 'content-type': 'application/json', 'x-request-id': '1', etag: '"1"' });
  const order = {
    waitingId: 10_000_001,
    restaurantId: 1,
    ticketNo: 1,
    status: 'WAITING',
    position: 1,
    teamsAhead: 0,
    estimatedWaitMinutes: 0,
  };
  const check = (status: number, body: object): void =>
    checkAnswer('GET', '/waitings/order/1/10000001', { status, headers, text: JSON.stringify(body) });

  test('takes an answer as it is described, and no other', () => {
    expect(() => check(200, order)).not.toThrow();
    expect(() => check(200, { ...order, position: 'first' })).toThrow('position must be');
    expect(() => check(200, { ...order, phone: '010' })).toThrow('must NOT have additional properties');
    expect(() => check(201, order)).toThrow('not described');
  });
});
