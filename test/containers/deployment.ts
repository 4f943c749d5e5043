/** The product as compose.yaml deploys it, from an image built of this checkout; on free ports, and gone when the tests are over. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from '@jest/globals';
import { freePorts } from '../../infra/stack/ports.ts';
import { type Client, eventually, httpClient } from '../http.ts';

const root = join(import.meta.dirname, '..', '..');
const infra = join(root, 'infra');
const run = promisify(execFile);
const image = `restaurant-waiting-test:${process.pid}`;

/** Packages are fetched twice for the image, and a busy machine compiles for minutes. */
const buildMillis = 900_000;
/** Kafka, then the registry, then the application. */
const upMillis = 300_000;

export interface Deployment {
  /** Asks as the service of all restaurants, behind the gateway. */
  readonly service: Client;
  /** Asks as somebody whom the gateway names. */
  readonly as: (role: string, user: string, restaurants?: string) => Client;
  /** Runs `docker`; answers what it says. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  /** Runs `docker compose` on the deployment; answers what it prints. */
  readonly compose: (...args: readonly string[]) => Promise<string>;
  /** The application's container. */
  readonly app: () => Promise<string>;
  readonly isReady: () => Promise<boolean>;
}

const docker = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await run('docker', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
};

async function build(): Promise<void> {
  const began = Date.now();
  await docker('build', '--network=host', '--file', join(infra, 'Dockerfile'), '--tag', image, root);
  const [bytes, ours] = await Promise.all([
    docker('image', 'inspect', '--format', '{{.Size}}', image),
    docker('run', '--rm', '--network=none', image, 'du', '-sm', '/app'),
  ]);
  const seconds = ((Date.now() - began) / 1_000).toFixed(0);
  console.log(
    `built in ${seconds} s: ${(Number(bytes) / 1e6).toFixed(0)} MB, ${parseInt(ours, 10)} MiB of them ours`,
  );
}

/** The program and its first arguments; Compose before version 2 is a program of its own, and knows no name of a project. */
function composeProgram(folder: string): readonly [string, ...string[]] {
  const file = join(infra, 'compose.yaml');
  if (spawnSync('docker', ['compose', 'version']).status === 0) return ['docker', 'compose', '-f', file];
  const unnamed = join(folder, 'compose.yaml');
  writeFileSync(unnamed, readFileSync(file, 'utf8').replace(/^name: .*$/m, ''));
  return ['docker-compose', '--project-directory', infra, '-f', unnamed];
}

/** One for all tests of a file. What it answers may be called inside tests only. */
export function sharedDeployment(): () => Deployment {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-compose-'));
  const [program, ...first] = composeProgram(folder);
  const env: NodeJS.ProcessEnv = { ...process.env, IMAGE: image };
  const compose = async (...args: readonly string[]): Promise<string> => {
    const all = [...first, '--project-name', `waiting-${process.pid}`, ...args];
    return (await run(program, all, { env })).stdout;
  };
  let url = '';

  const as = (role: string, user: string, restaurants?: string): Client => {
    const { call } = httpClient(url);
    const said = {
      'X-Gateway-Secret': 'for-this-machine-only-and-known-to-everybody',
      'X-Waiting-Role': role,
      'X-Waiting-User': user,
      ...(restaurants !== undefined && { 'X-Waiting-Restaurants': restaurants }),
    };
    return { url, call: (method, path, body, headers) => call(method, path, body, { ...said, ...headers }) };
  };
  const deployment: Omit<Deployment, 'service'> = {
    as,
    docker,
    compose,
    app: async () => (await compose('ps', '--quiet', 'app')).trim(),
    isReady: async () => {
      const answer = await fetch(`${url}/health/ready`).catch(() => null);
      return answer?.status === 200;
    },
  };

  beforeAll(async () => {
    const ports = await freePorts();
    for (const [name, port] of Object.entries(ports)) env[`${name.toUpperCase()}_PORT`] = String(port);
    url = `http://127.0.0.1:${ports.http}`;
    await build();
    const began = Date.now();
    await compose('up', '--detach', '--no-build', 'app');
    await eventually('the application is ready', deployment.isReady, upMillis);
    console.log(`servers and application ready in ${((Date.now() - began) / 1_000).toFixed(0)} s`);
  }, buildMillis + upMillis);

  afterAll(async () => {
    await compose('down', '--volumes', '--timeout', '20');
    await docker('image', 'rm', '--force', image);
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  return () => ({ ...deployment, service: as('service', 'test', '*') });
}
