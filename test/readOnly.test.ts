/** The image runs with a read-only root file system: Node itself refuses every file here that would be written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { application } from '../infra/application/application.ts';
import { freePort } from '../infra/stack/ports.ts';
import { servers, withSetting } from './application.ts';
import { httpClient, newRestaurant, openRestaurant } from './http.ts';

/** Reads files, and neither writes them nor starts other programs. */
const readOnly = ['--permission', '--allow-fs-read=*'];

test('a process that may write no file starts, decides, reads and stops', async () => {
  await withSetting(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waiting-read-only-'));
    const ends: string[] = [];
    const places = {
      logDir: folder,
      runDir: folder,
      onDeath: (_name: string, how: string) => void ends.push(how),
    };
    const server = application({
      urls: servers(),
      port: await freePort(),
      nodeOptions: readOnly,
      places,
    });
    try {
      await server.start();
      const client = httpClient(server.url);
      const restaurantId = newRestaurant();
      await openRestaurant(client, restaurantId);
      const team = { datesId: 1, userId: 1, userCount: 2, restaurantId };
      expect(await client.call('POST', '/waitings', team)).toMatchObject({ status: 201 });
      expect(await client.call('GET', '/docs')).toMatchObject({ status: 200 });
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
    expect(ends).toEqual([]);
  });
});
