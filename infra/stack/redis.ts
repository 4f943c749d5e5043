/** Redis as a process, with the settings the application insists on: an append-only file, and no eviction ever. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { CannotStart } from './cannotStart.ts';
import type { ServerSpec } from './server.ts';

export interface RedisPlace {
  readonly program: string;
  readonly data: string;
  readonly port: number;
}

export function redis(place: RedisPlace): ServerSpec {
  return {
    name: 'redis',
    port: place.port,
    url: `redis://127.0.0.1:${place.port}`,
    prepare: () => {
      mkdirSync(place.data, { recursive: true });
      const settings = {
        bind: '127.0.0.1',
        port: String(place.port),
        dir: place.data,
        appendonly: 'yes',
        appendfsync: 'everysec',
        'maxmemory-policy': 'noeviction',
        save: '',
      };
      const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
      return Promise.resolve({ file: place.program, args });
    },
    ready: () => answersPing(place.port),
    stop: { signal: 'SIGTERM', patience: 10_000 },
  };
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
