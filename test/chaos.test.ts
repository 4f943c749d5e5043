/** A short run of `npm run chaos`, which has servers of its own: some faults, and no promise broken. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

/** Brings the state back from before, has a process stop and start, and cuts connections meanwhile. */
const seed = 301;
const seconds = 20;

test('some seconds of faults', async () => {
  const main = join(import.meta.dirname, 'chaos', 'main.ts');
  const options = ['--seed', String(seed), '--seconds', String(seconds)];
  const output = await outputOf('--disable-warning=TimeoutNegativeWarning', main, ...options);
  expect(output.filter((line) => /^(✗| {6})/.test(line))).toEqual([]);
  const report = JSON.parse(output.at(-1) ?? '') as Readonly<Record<string, object>>;
  expect(report).toMatchObject({ seed, seconds });
  expect(Object.values(report['violations'] ?? {})).toEqual(Array(12).fill(0));
  expect(Object.keys(report['faults'] ?? {}).length).toBeGreaterThan(0);
  expect(report['commands']).toBeGreaterThan(300);
}, 240_000);

/** The lines that it printed, whatever it ended with. Rejects when it printed nothing. */
const outputOf = (...args: readonly string[]): Promise<string[]> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout) => {
      if (stdout === '') reject(error ?? new Error('it printed nothing'));
      else resolve(stdout.trimEnd().split('\n'));
    });
  });
