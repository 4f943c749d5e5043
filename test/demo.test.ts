/** The lunch rush as a process of its own, against an application that is killed in the middle of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Script } from '../demo/script.ts';
import { withSetting } from './application.ts';
import { eventually } from './http.ts';

const root = join(import.meta.dirname, '..');
const small = ['--restaurants', '3', '--customers', '8', '--seconds', '6', '--minute', '100', '--seed', '11'];

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

test('a rush goes on over a kill of the application, and its check holds, and bites', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'waiting-demo-'));
  const demos: ChildProcess[] = [];
  try {
    await withSetting(async ({ urls, application }) => {
      const app = await application();
      await app.start();
      const demo = (...args: string[]): Promise<Ended> => {
        const file = join(root, 'demo', 'main.ts');
        const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', file, ...args], {
          cwd: root,
          env: { ...process.env, ...urls, HTTP_URL: app.url, DATA_DIR: dataDir },
        });
        demos.push(child);
        return ended(child);
      };
      const record = (): string => {
        const [name] = readdirSync(dataDir).length > 0 ? readdirSync(join(dataDir, 'demo')) : [];
        return name === undefined ? '' : join(dataDir, 'demo', name);
      };
      const lines = (): string[] => (record() === '' ? [] : readFileSync(record(), 'utf8').split('\n'));

      const playing = demo(...small);
      await eventually('the rush is on', () => lines().length > 60, 60_000);
      await app.server.kill();
      const before = lines().length;
      await app.start();
      const played = await playing;
      expect(played).toEqual({ code: 0, said: expect.stringContaining('✔ tickets') });
      expect(lines().length).toBeGreaterThan(before);
      expectNothingPersonal(app.logged(), lines());

      const checked = await demo('--check');
      expect(checked).toEqual({ code: 0, said: expect.stringContaining('✔ tickets') });

      // As if a customer who was seated had been acknowledged another ticket, and a seating was never asked for.
      const recorded = lines();
      const seated = recorded.findIndex((line) => line.includes('"state":"ENTERED"'));
      const answer = recorded[seated] ?? '';
      const key = /"key":"([^"]+)"/.exec(answer)?.[1] ?? '';
      writeFileSync(
        record(),
        recorded.with(seated, answer.replace(/"ticketNo":\d+/, '"ticketNo":99')).join('\n'),
      );
      const altered = await demo('--check', '--patience', '1');
      expect(altered).toEqual({
        code: 1,
        said: expect.stringMatching(/user \d+: ENTER answered .* ticket 99/),
      });

      const without = recorded.filter((line) => !line.includes(key));
      writeFileSync(record(), without.join('\n'));
      const missing = await demo('--check', '--patience', '1');
      const difference = /user \d+: ENTER was acknowledged 0 times, but ENTERED was told 1 times/;
      expect(missing).toEqual({ code: 1, said: expect.stringMatching(difference) });
    });
  } finally {
    for (const child of demos) child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
});

/** No line of the log holds a user's id, a name or a token of the run; users have ids of twelve digits. */
function expectNothingPersonal(log: string, recorded: readonly string[]): void {
  const [begun = ''] = recorded;
  const { script } = JSON.parse(begun) as { readonly script: Script };
  const customers = script.restaurants.flatMap((restaurant) => restaurant.customers);
  const words = [
    ...customers.map(({ userId }) => String(userId)),
    ...script.restaurants.map(({ name }) => name),
  ];
  expect(customers.length).toBeGreaterThan(20);
  expect(words.every((word) => /^(\d{12}|Lunch \d)$/.test(word))).toBe(true);
  const naming = (line: string): boolean =>
    words.some((word) => line.includes(word)) || /eyJ[\w-]{10}|Bearer /.test(line);
  const logged = log.split('\n');
  expect(logged.filter((line) => line.includes('"msg":"request completed"')).length).toBeGreaterThan(50);
  expect(logged.filter(naming)).toEqual([]);
}

async function ended(child: ChildProcess): Promise<Ended> {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, said };
}
