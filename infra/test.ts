/**
 * `npm test`: the unit tests, then the integration tests against real servers on free ports and temporary data, so that
 * neither a running `npm start` nor an earlier run matters. `npm run test:browser`: on such servers, the tests of the
 * pages. `npm run test:builds`: former builds of this repository beside this one. `npm run test:brokers`: three brokers
 * of which one is lost. `npm run test:containers`: the tests of the image and of compose.yaml, then some of the
 * integration tests with the servers in containers. What follows `--` goes to the jest of those tests.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withEngine } from './containers/engine.ts';
import { CannotStart } from './stack/cannotStart.ts';
import { howFrom } from './stack/how.ts';
import { watchLaunchers } from './stack/launchers.ts';
import { startStack } from './stack/stack.ts';
import { steps } from './stack/steps.ts';
import { givenUrls } from './stack/urls.ts';

const root = join(import.meta.dirname, '..');
/** Of every state that the browser's tests brought a page into, and of what was seen when one failed. */
const pictures = join(root, 'test', 'browser', 'artifacts');
/** What is most different with servers in containers: that they are stopped, killed, and started again. */
const onContainers = 'test/(graceful|history|killAll|life)\\.test';
const show = steps(process.stdout);

const over = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    over.abort();
  });
}

watchLaunchers(() => {
  over.abort();
});

/** jest has said all there is to say. */
class TestsFailed extends Error {
  override readonly name = 'TestsFailed';
}

try {
  const [first, ...others] = process.argv.slice(2);
  if (first === '--browser') {
    rmSync(pictures, { recursive: true, force: true });
    await onServers('browser', others).finally(() => show.say(`Pictures of the pages: ${pictures}`));
  } else if (first === '--builds' || first === '--brokersLost') {
    // Each has servers of its own: what other builds write, and brokers that are killed.
    await jest(first.slice(2), ['--runInBand', ...others]);
  } else if (first === '--containers') {
    process.env['STACK'] = 'containers';
    await withEngine({ steps: show, signal: over.signal, onDeath }, async () => {
      await jest('containers', ['--runInBand', ...others]);
      if (others.length === 0) await onServers('integration', [onContainers]);
    });
  } else {
    await jest('unit');
    await promtool();
    await onServers('integration', process.argv.slice(2));
  }
} catch (error) {
  const expected = error instanceof CannotStart || error instanceof TestsFailed || over.signal.aborted;
  show.say(`✗ ${error instanceof Error ? (!expected && error.stack) || error.message : String(error)}`);
  process.exitCode = 1;
}

/** The test of the metrics needs it; on Debian as root it is installed, elsewhere one message says what to install. */
async function promtool(): Promise<void> {
  const installer = join(root, 'infra', 'prometheus', 'install-promtool.sh');
  await show.step('promtool', 'looking for it', async () => {
    const child = spawn(installer, { stdio: ['ignore', 'inherit', 'inherit'] });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new CannotStart('promtool is missing, see above');
    return 'there';
  });
}

function onDeath(name: string, how: string): void {
  show.say(`! ${name} ${how}`);
}

/** One file after the other: what they time, and the machine, are not made for more. */
async function onServers(project: string, args: readonly string[]): Promise<void> {
  await withStack((env) => jest(project, ['--runInBand', ...args], env));
}

async function withStack(work: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'waiting-test-'));
  try {
    const stack = await startStack({
      dataDir,
      given: givenUrls(process.env),
      how: howFrom(process.env),
      steps: show,
      signal: over.signal,
      onDeath,
    });
    try {
      await work({ ...stack.urls });
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Rejects when a test failed. */
async function jest(
  project: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  over.signal.throwIfAborted();
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=TimeoutNegativeWarning', // kafkajs; harmless
      join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--selectProjects',
      project,
      ...args,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } },
  );
  // A Ctrl-C of the terminal reaches jest by itself; a SIGTERM for us does not.
  over.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  const how = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => {
      resolve(error.message);
    });
    child.on('exit', (code, signal) => {
      resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code ?? 0}`}`);
    });
  });
  if (how !== undefined) throw new TestsFailed(`${project} tests ${how}`);
}
