/** Short runs of `npm run chaos`, which has servers of its own: some faults, and no promise broken. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const runs = [
  // Brings the state back from before, has a process stop and start, and cuts connections meanwhile.
  { seed: 301, seconds: 20, brokers: 1, faults: [] },
  // A leader is killed, the first broker is frozen during a takeover, and leaders are elected anew.
  { seed: 23, seconds: 65, brokers: 3, faults: ['leaderKill', 'firstFreeze', 'leadersMoved'] },
];

test.each(runs)(
  'some seconds of faults, $brokers broker(s)',
  async ({ seed, seconds, brokers, faults }) => {
    const main = join(import.meta.dirname, 'chaos', 'main.ts');
    const options = Object.entries({ seed, seconds, brokers }).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]);
    const chosen = faults.length > 0 ? ['--faults', faults.join()] : [];
    const output = await outputOf('--disable-warning=TimeoutNegativeWarning', main, ...options, ...chosen);
    expect(output.filter((line) => /^(✗| {6})/.test(line))).toEqual([]);
    const report = JSON.parse(output.at(-1) ?? '') as Readonly<Record<string, object>>;
    expect(report).toMatchObject({ seed, seconds, brokers });
    expect(Object.values(report['violations'] ?? {})).toEqual(Array(12).fill(0));
    expect(Object.keys(report['faults'] ?? {}).length).toBeGreaterThan(0);
    expect(report['commands']).toBeGreaterThan(300);
  },
  300_000,
);

/** The lines that it printed, whatever it ended with. Rejects when it printed nothing. */
const outputOf = (...args: readonly string[]): Promise<string[]> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout) => {
      if (stdout === '') reject(error ?? new Error('it printed nothing'));
      else resolve(stdout.trimEnd().split('\n'));
    });
  });
