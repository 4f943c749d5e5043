/**
 * schemathesis over `/openapi.json`: requests that fit the document and requests that do not, each answer held against
 * it. It is Python; this brings it, as pinned, into a folder of its own.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CannotStart } from '../../infra/stack/cannotStart.ts';
import { runToEnd } from '../../infra/stack/run.ts';
import type { Fuzzed, Size } from './records.ts';

const requirements = join(import.meta.dirname, 'requirements.txt');
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'fuzz');
const oldest = [3, 10] as const;
/** It goes through every operation in several ways. */
const casesAnExample = 3;

/** Who asks. */
export interface Caller {
  /** For the report. */
  readonly name: string;
  /** null: nobody is asked for one. */
  readonly token: string | null;
  /** Of a customer. */
  readonly userId?: number;
}

/** Brings the tool up to requirements.txt; answers its program. Throws CannotStart where there is no Python for it. */
async function installed(log: string): Promise<string> {
  const python = findPython();
  const wanted = createHash('sha256').update(readFileSync(requirements)).update(python.version).digest('hex');
  const folder = join(cache, `python-${wanted.slice(0, 12)}`);
  const program = join(folder, 'bin', 'schemathesis');
  if (existsSync(join(folder, 'complete'))) return program;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  await runToEnd('venv', { file: python.file, args: ['-m', 'venv', folder] }, log);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
  await runToEnd('pip', { file: join(folder, 'bin', 'python'), args: [...pip, '-r', requirements] }, log);
  mkdirSync(join(folder, 'complete'));
  return program;
}

function findPython(): { readonly file: string; readonly version: string } {
  for (const file of ['python3', 'python']) {
    try {
      const version = execFileSync(file, ['-c', 'import platform; print(platform.python_version())'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return { file, version };
    } catch {
      continue; // not there
    }
  }
  throw new CannotStart(
    `to try the API as its document has it, please install Python ${oldest.join('.')} or later with venv ` +
      '(Debian: python3-venv), or leave that part out with --only records sockets',
  );
}

const report = z.object({
  exit_code: z.number(),
  test_cases: z.object({ generated: z.number(), errored: z.number() }),
  failures: z.array(
    z.object({ title: z.string(), count: z.number(), operations: z.array(z.unknown()) }).loose(),
  ),
  errors: z.array(z.object({ title: z.string(), count: z.number() })),
  operations: z.object({ tested: z.number(), total: z.number() }).nullable(),
});

/** `folder` is where its report and its log go. `cases` is what it may come near to, not what it keeps to. */
export async function fuzzApi(
  url: string,
  restaurants: readonly number[],
  { cases, seed }: Size,
  { name, token, userId }: Caller,
  folder: string,
): Promise<Fuzzed> {
  const started = performance.now();
  const log = join(folder, `schemathesis-${name}.log`);
  const found = join(folder, `schemathesis-${name}.json`);
  const operations = await operationsOf(url);
  const args = [
    '--config-file',
    join(import.meta.dirname, 'schemathesis.toml'),
    'run',
    `${url}/openapi.json`,
    ...['--seed', String(seed)],
    ...['--max-examples', String(Math.max(1, Math.round(cases / operations / casesAnExample)))],
    ...['--report', 'json', '--report-json-path', found],
    ...(token === null ? [] : ['--header', `Authorization: Bearer ${token}`]),
  ];
  const env = {
    ...process.env,
    PYTHONPATH: import.meta.dirname,
    PYTHONDONTWRITEBYTECODE: '1',
    FUZZ_RESTAURANTS: restaurants.join(),
    FUZZ_USER: String(userId ?? 0),
    FUZZ_OPEN: token === null ? 'yes' : 'no',
  };
  const program = await installed(log);
  // It ends with 1 when it finds something: then its report says what, and its log how to have it again.
  const ended = await runToEnd('schemathesis', { file: program, args, env, cwd: folder }, log).catch(
    (error: unknown) => error,
  );
  if (!existsSync(found)) throw ended;
  const { test_cases, failures, errors } = report.parse(JSON.parse(readFileSync(found, 'utf8')));
  renameSync(found, `${found}.read`);
  const all = [...failures, ...errors];
  return {
    cases: test_cases.generated,
    seconds: (performance.now() - started) / 1_000,
    counts: { operations },
    problems: [
      ...all.map(({ title, count }) => `${name}: ${title}, ${count} times; see ${log}`),
      ...(ended !== undefined && all.length === 0
        ? [`${name}: schemathesis did not end well; see ${log}`]
        : []),
    ],
  };
}

async function operationsOf(url: string): Promise<number> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> };
  return Object.values(paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
}
