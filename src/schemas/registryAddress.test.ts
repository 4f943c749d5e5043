import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { inspectRegistry } from './inspection.ts';
import { connectRegistry } from './registry.ts';

/** A registry that knows one schema and one user. */
const server = createServer((request, response) => {
  const known = request.headers.authorization === `Basic ${btoa('reader:secret')}`;
  const found = known && request.url === '/schemas/ids/1';
  response.writeHead(found ? 200 : known ? 404 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(found ? { schema: '"string"' } : {}));
});
let url = '';
beforeAll(
  () =>
    new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', () => {
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        listening();
      });
    }),
);
afterAll(() => new Promise((closed) => server.close(closed)));

it('proves who it is', async () => {
  const auth = { username: 'reader', password: 'secret' };
  expect(await connectRegistry({ url, auth }).find(1)).not.toBeNull();
  const reports = await inspectRegistry({ url, auth }, 5_000);
  expect(reports.length).toBeGreaterThan(0);
  expect(reports.every(({ id, found }) => id === null && !found)).toBe(true);
});

it('is told when it cannot', async () => {
  const auth = { username: 'reader', password: 'wrong' };
  await expect(connectRegistry({ url, auth }).find(1)).rejects.toThrow();
  await expect(inspectRegistry({ url, auth }, 5_000)).rejects.toThrow('answers 401');
  await expect(inspectRegistry({ url }, 5_000)).rejects.toThrow('answers 401');
});
