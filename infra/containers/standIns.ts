/**
 * Images that stand for the official ones where no registry can be reached: Debian as the machine's own mirror has it,
 * and on it the Node, Kafka, registry and PostgreSQL that the local stack runs as well (stand-ins/Containerfile).
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { download, downloaded } from '../stack/downloads.ts';
import { nodeImage, serverImage } from '../stack/images.ts';
import { postgresPrograms } from '../stack/postgres.ts';
import { runToEnd } from '../stack/run.ts';
import type { ServerName } from '../stack/server.ts';
import { sharedCache } from '../stack/stack.ts';

const root = join(import.meta.dirname, '..', '..');
/** What the servers need beside our payload, and what compose.yaml asks about their health with. */
const serverPackages = ['curl', 'default-jre-headless', 'postgresql-client', 'redis-server'];
const certificates = '/etc/ssl/certs/ca-certificates.crt';
const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];

/** `folder` takes logs and temporary files. Rejects with the end of a log. */
export async function buildStandIns(folder: string, signal?: AbortSignal): Promise<void> {
  const log = join(folder, 'stand-ins.log');
  const bash = (what: string, script: string, ...args: readonly string[]): Promise<void> =>
    runToEnd(what, { file: 'bash', args: ['-o', 'pipefail', '-c', script, 'bash', ...args] }, log, signal);

  const mirrors = sources.filter((file) => existsSync(file)).slice(0, 1);
  const debian = (image: string, packages: readonly string[]): Promise<void> =>
    bash(
      'mmdebstrap',
      'image=$1; shift; mmdebstrap "$@" | docker import - "$image"',
      image,
      '--variant=minbase',
      '--mode=root',
      // Nobody's disk is to outlive a power cut with it.
      '--dpkgopt=force-unsafe-io',
      ...(packages.length > 0 ? [`--include=${packages.join(',')}`] : []),
      suite(),
      '-',
      ...mirrors,
    );
  await debian('stand-in/base', []);
  await debian('stand-in/servers', serverPackages);

  const jars = downloaded(sharedCache) ?? (await download(sharedCache, join(folder, 'maven.log'), signal));
  const { postgres } = await postgresPrograms();
  const parts = join(folder, 'payload');
  writeSettings(parts);
  const npm = `npm@${ask('npm', '--version')}`;
  const install = ['install', '--prefix', parts, '--no-save', '--no-audit', '--no-fund', npm];
  await runToEnd('npm', { file: 'npm', args: install }, log, signal);
  const payload = [
    ['-C', dirname(jars.kafka), 'kafka', 'registry'],
    ['-C', dirname(dirname(dirname(postgres))), 'native'],
    ['-C', join(root, 'node_modules'), 'node/bin/node'],
    ['-C', join(parts, 'node_modules'), 'npm', '-C', parts, 'npmrc', 'ca-certificates.crt'],
  ];
  await bash('tar', 'tar -c "$@" | docker import - stand-in/payload', ...payload.flat());

  const names: readonly ServerName[] = ['kafka', 'registry', 'redis', 'postgres'];
  const targets = [
    ['node', nodeImage()] as const,
    ...names.map((name) => [name, serverImage(name)] as const),
  ];
  for (const [target, image] of targets) {
    const context = join(import.meta.dirname, 'stand-ins');
    const args = ['build', '--network', 'none', '--target', target, '--tag', image];
    const file = join(context, 'Containerfile');
    await runToEnd('docker build', { file: 'docker', args: [...args, '--file', file, context] }, log, signal);
  }
}

/** What npm of the image needs to reach the registry that this machine's npm reaches. */
function writeSettings(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'npmrc'), `registry=${ask('npm', 'config', 'get', 'registry')}\n`);
  const trusted = join(folder, 'ca-certificates.crt');
  if (existsSync(certificates)) copyFileSync(certificates, trusted);
  else writeFileSync(trusted, '');
}

const ask = (file: string, ...args: readonly string[]): string =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** Of this machine's Debian, such as `bookworm`. */
function suite(): string {
  const [, name] = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  if (name === undefined) throw new Error('/etc/os-release names no release of Debian');
  return name;
}
