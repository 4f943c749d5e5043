/**
 * A Docker engine for the tests of containers: the machine's own where it answers; else, on Debian as root, one of Debian's
 * package that runs for as long as the tests do. Its images, containers, socket and logs are in one temporary folder, and
 * it changes no firewall: what containers publish goes through Docker's own proxy, to 127.0.0.1.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStart } from '../stack/cannotStart.ts';
import { claim, release } from '../stack/claim.ts';
import { downloaded } from '../stack/downloads.ts';
import { nodeImage, serverImage } from '../stack/images.ts';
import { hasDocker, hasMaven } from '../stack/machine.ts';
import { createServer, type Places } from '../stack/server.ts';
import { sharedCache } from '../stack/stack.ts';
import type { Steps } from '../stack/steps.ts';
import { serverNames } from '../stack/urls.ts';
import { buildStandIns } from './standIns.ts';

interface Options {
  readonly steps: Steps;
  readonly signal: AbortSignal;
  readonly onDeath: Places['onDeath'];
}

/** One for the machine: two engines would both want the bridge. */
const folder = join(tmpdir(), 'restaurant-waiting-engine');
const runDir = join(folder, 'run');
const bridge = '/sys/class/net/docker0';
const run = promisify(execFile);

/** Runs `work` while `docker`, and whatever looks at DOCKER_HOST, reach an engine that has the images. */
export async function withEngine(options: Options, work: () => Promise<void>): Promise<void> {
  if (!hasDocker()) {
    await withOwnEngine(options, work);
    return;
  }
  if (!hasCompose()) throw new CannotStart('missing: Docker Compose, `docker compose version` must answer');
  const missing = missingImage();
  if (missing !== undefined) throw new CannotStart(`missing: the image ${missing}, which Docker cannot pull`);
  await work();
}

async function withOwnEngine({ steps, signal, onDeath }: Options, work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0 || !has('apt-get', '--version')) {
    throw new CannotStart(
      'missing: a Docker engine, `docker info` must answer; on Debian, root gets one for the run',
    );
  }
  await steps.step('Docker', 'what it takes of Debian', () => Promise.resolve(install()));
  await claim(runDir, folder);
  const hadBridge = existsSync(bridge);
  const engine = createServer(daemon, { logDir: join(folder, 'logs'), runDir, signal, onDeath });
  Object.assign(process.env, { DOCKER_HOST: daemon.url, TESTCONTAINERS_RYUK_DISABLED: 'true' });
  try {
    await steps.step('Docker', 'starting an engine', () =>
      engine.start().then(() => `answers on ${daemon.url}`),
    );
    if (missingImage() !== undefined) {
      await steps.step('images', 'stand-ins, since no registry can be reached', () =>
        buildStandIns(folder, signal).then(() => 'Node, Kafka, the registry, Redis and PostgreSQL are here'),
      );
    }
    await work();
  } finally {
    if (engine.running) await removeAll().finally(() => engine.stop());
    // An engine that has ended leaves some, and the folder could not be removed.
    for (const place of mountsIn(folder).toReversed()) await run('umount', [place]);
    if (!hadBridge && existsSync(bridge)) await run('ip', ['link', 'delete', 'docker0']);
    release(runDir);
    rmSync(folder, { recursive: true, force: true });
  }
}

const daemon = {
  name: 'docker',
  port: 0,
  url: `unix://${join(folder, 'docker.sock')}`,
  prepare: () =>
    Promise.resolve({
      file: 'dockerd',
      args: [
        `--host=unix://${join(folder, 'docker.sock')}`,
        `--data-root=${join(folder, 'data')}`,
        `--exec-root=${join(folder, 'exec')}`,
        `--pidfile=${join(folder, 'docker.pid')}`,
        '--iptables=false',
        '--ip6tables=false',
        '--ip-forward=false',
      ],
    }),
  ready: () => Promise.resolve(hasDocker()),
  stop: { signal: 'SIGTERM', patience: 30_000 },
} as const;

/** Answers what was installed. */
function install(): string {
  const wanted = [
    ['docker.io', has('dockerd', '--version')],
    ['docker-compose', hasCompose()],
    ['iproute2', has('ip', '-V')],
    ['mmdebstrap', has('mmdebstrap', '--version')],
    ['maven', downloaded(sharedCache) !== undefined || hasMaven()],
  ] as const;
  const packages = wanted.flatMap(([name, there]) => (there ? [] : [name]));
  if (packages.length === 0) return 'all there';
  const script = join(import.meta.dirname, '..', 'debian', 'install.sh');
  const { status } = spawnSync(script, packages, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new CannotStart(`missing: ${packages.join(', ')}, which apt-get cannot install`);
  return `installed ${packages.join(', ')}`;
}

const has = (file: string, ...args: readonly string[]): boolean =>
  spawnSync(file, args, { stdio: 'ignore' }).status === 0;

const hasCompose = (): boolean => has('docker', 'compose', 'version') || has('docker-compose', 'version');

/** The first image that is neither here nor to be had. */
function missingImage(): string | undefined {
  for (const image of [nodeImage(), ...serverNames.map(serverImage)]) {
    if (has('docker', 'image', 'inspect', image) || has('docker', 'pull', '--quiet', image)) continue;
    return image;
  }
  return undefined;
}

const mountsIn = (place: string): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${place}/`));

/** A test that was ended half way leaves some. */
async function removeAll(): Promise<void> {
  const { stdout } = await run('docker', ['ps', '--all', '--quiet']);
  const containers = stdout.split('\n').filter(Boolean);
  if (containers.length > 0) await run('docker', ['rm', '--force', '--volumes', ...containers]);
  await run('docker', ['network', 'prune', '--force']);
}
