/** The operators' commands as processes of their own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const program = [
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
  join(root, 'src', 'cli.ts'),
];

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `waiting …` to its end, with the given environment beside the test's own. */
export const waiting = (env: object, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env } };
    execFile(process.execPath, [...program, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });

/** The same with `--json`, read. */
export async function waitingJson(
  env: object,
  ...args: readonly string[]
): Promise<Ended & { readonly json: unknown }> {
  const ended = await waiting(env, ...args, '--json');
  try {
    return { ...ended, json: JSON.parse(ended.out) as unknown };
  } catch {
    throw new Error(`waiting ${args.join(' ')} ended with ${ended.code}: ${ended.out}${ended.err}`);
  }
}
