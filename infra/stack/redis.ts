/** Redis as a process, with the settings the application insists on: an append-only file, and no eviction ever. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { withCredentials } from '../security/environment.ts';
import type { Materials } from '../security/materials.ts';
import { userOf } from '../security/principals.ts';
import { CannotStart } from './cannotStart.ts';
import type { ServerSpec } from './server.ts';

export interface RedisPlace {
  readonly program: string;
  readonly data: string;
  readonly port: number;
  readonly materials: Materials | undefined;
}

export function redis(place: RedisPlace): ServerSpec {
  const { materials, port } = place;
  const overTls = materials !== undefined && knowsTls(place.program);
  const url = `${overTls ? 'rediss' : 'redis'}://127.0.0.1:${port}`;
  return {
    name: 'redis',
    port,
    url,
    prepare: () => {
      mkdirSync(place.data, { recursive: true });
      const settings = {
        bind: '127.0.0.1',
        ...(overTls ? tlsSettings(port, materials) : { port: String(port) }),
        ...(materials && { aclfile: writeAccessList(place.data, materials) }),
        dir: place.data,
        appendonly: 'yes',
        appendfsync: 'everysec',
        'maxmemory-policy': 'noeviction',
        save: '',
      };
      const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
      return Promise.resolve({ file: place.program, args });
    },
    ready: () => (materials ? letsIn(url, materials) : answersPing(port)),
    stop: { signal: 'SIGTERM', patience: 10_000 },
  };
}

/** Whether it was built with TLS: not every distribution's is. */
function knowsTls(program: string): boolean {
  const nowhere = ['--port', '0', '--tls-port', '1', '--tls-cert-file', '/nonexistent'];
  const { stdout, stderr } = spawnSync(program, nowhere, { encoding: 'utf8', timeout: 5_000 });
  return !/bad directive|unknown option/i.test(stdout + stderr);
}

const tlsSettings = (port: number, { ca, pair }: Materials) => ({
  port: '0',
  'tls-port': String(port),
  'tls-ca-cert-file': ca,
  'tls-cert-file': pair('redis').cert,
  'tls-key-file': pair('redis').key,
  // Users prove themselves by their password.
  'tls-auth-clients': 'no',
});

/** The committed access list with hashes of the passwords; answers its path. */
function writeAccessList(folder: string, { password }: Materials): string {
  const rules = readFileSync(join(import.meta.dirname, '..', 'security', 'redis.acl'), 'utf8');
  const withPasswords = rules.replace(/^user (waiting-\S+) on/gm, (line, user: string) => {
    const hash = createHash('sha256').update(password(user)).digest('hex');
    return `${line} #${hash}`;
  });
  const path = join(folder, 'users.acl');
  writeFileSync(path, withPasswords, { mode: 0o600 });
  return path;
}

/** The library's own check of a new connection waits until the file is loaded. */
async function letsIn(url: string, { ca, password }: Materials): Promise<boolean> {
  const user = userOf('operator');
  const redis = new Redis(withCredentials(url, user, password(user)), {
    lazyConnect: true,
    disableClientInfo: true,
    connectTimeout: 1_000,
    retryStrategy: () => null,
    ...(url.startsWith('rediss:') && { tls: { ca: readFileSync(ca) } }),
  });
  redis.on('error', () => undefined); // what fails the connection, which is what is looked at
  try {
    await redis.connect();
    return true;
  } catch {
    return false; // not listening yet
  } finally {
    redis.disconnect();
  }
}

/** redis-server of the PATH, if there is one of version 6 or later. */
export function redisOnPath(): string | undefined {
  return runs('redis-server') ? 'redis-server' : undefined;
}

/** The one for this machine among those that Maven's embedded-redis carries. Throws when there is none that runs. */
export function redisFromJar(folder: string): string {
  const architectures: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', ia32: '386' };
  const ending = `${process.platform}-${architectures[process.arch] ?? process.arch}`;
  const name = readdirSync(folder).find((file) => file.endsWith(ending));
  if (name === undefined)
    throw new CannotStart(`no Redis for ${ending} to download: please install redis-server`);
  const program = join(folder, name);
  chmodSync(program, 0o755);
  if (!runs(program))
    throw new CannotStart('the downloaded Redis does not run here: please install redis-server');
  return program;
}

function runs(program: string): boolean {
  try {
    const text = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(/v=(\d+)/.exec(text)?.[1] ?? 0) >= 6;
  } catch {
    return false; // not there, or a library that it needs is not
  }
}

/** While it loads its file Redis answers -LOADING instead of +PONG. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 }, () => socket.write('PING\r\n'));
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('data', (bytes) => {
      answer(bytes.toString().startsWith('+PONG'));
    });
    socket.once('error', () => {
      answer(false);
    });
    socket.once('timeout', () => {
      answer(false);
    });
  });
}
