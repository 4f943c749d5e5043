/** Every command of the README is run as it stands there, but for the ports; what it prints is what comes. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { freePorts } from '../infra/stack/ports.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text]) => text ?? '',
  );

const shell = async (command: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
  const { stdout } = await promisify(execFile)('bash', ['-c', command], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  return stdout;
};

/** `npm start` of a newcomer: nothing is given but ports that are free here, and a folder that goes again. */
async function withStart(work: (url: string, restart: () => Promise<void>) => Promise<void>): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'waiting-readme-'));
  const ports = await freePorts();
  const env: NodeJS.ProcessEnv = { ...process.env, DATA_DIR: data };
  for (const name of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'REDIS_URL', 'DATABASE_URL'])
    env[name] = undefined;
  for (const [name, port] of Object.entries(ports)) env[`${name.toUpperCase()}_PORT`] = String(port);
  let running = await start(env);
  try {
    await work(`http://127.0.0.1:${ports.http}`, async () => {
      await stop(running);
      running = await start(env);
    });
    await stop(running);
  } finally {
    running.kill('SIGTERM');
    rmSync(data, { recursive: true, force: true });
  }
}

/** Resolves when it says that it is ready. */
async function start(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/Ready after/.test(said)) resolve();
    });
    child.once('exit', () => {
      reject(new Error(`npm start ended: ${said}`));
    });
  });
  return child;
}

/** Ctrl-C; it ends in order and says so by its exit code. */
async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
}

describe('the README', () => {
  it('names no command that is not run: by this test, or by .ci/run', () => {
    const commands = blocks('sh').map((block) => block.trim().split('\n')[0]);
    expect(commands).toEqual(['npm start', "curl -X POST 'http://127.0.0.1:8080/waitings' \\", 'npm test']);
    expect(readFileSync(join(root, '.ci', 'run'), 'utf8')).toContain('npm test');
  });

  it('shows the topology as it is', async () => {
    expect(blocks('mermaid')).toEqual([await shell('npm run --silent cli -- describe --mermaid')]);
    expect(await shell('npm run --silent cli -- describe')).toContain('processor  decide <- commands');
  });

  it('starts, answers the curl as printed, and goes on where it was after a second start', async () => {
    const curl = blocks('sh')[1] ?? '';
    const printed = JSON.parse(blocks('json')[0] ?? '') as object;
    await withStart(async (url, restart) => {
      const command = curl.trim().replace('http://127.0.0.1:8080', url);
      const answer = async (text: string): Promise<[number, unknown]> => {
        const [body = '', code] = (await shell(text.replace('curl', "curl -s -w '\\n%{http_code}'"))).split(
          '\n',
        );
        return [Number(code), JSON.parse(body)];
      };
      const first = await answer(command);
      expect(first).toEqual([
        201,
        {
          ...printed,
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\S+\+09:00$/),
          token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
        },
      ]);
      expect(await answer(command)).toEqual(first);

      await restart();
      expect(await answer(command)).toEqual(first);
      const withoutKey = command.replace(/ +-H 'Idempotency-Key[^\n]*\n/, '');
      expect(await answer(withoutKey)).toEqual([409, expect.objectContaining({ code: 'ALREADY_WAITING' })]);
    });
  });
});
