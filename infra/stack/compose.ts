/**
 * The servers as containers of infra/compose.yaml, for `npm start` where there is Docker but no Java. The data is in
 * the volumes of the compose project; `npm run clean` removes them. Unproven: Docker Compose 2 was not at hand.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Making } from './making.ts';
import { variables, type Ports } from './ports.ts';
import type { Server, ServerName } from './server.ts';

const run = promisify(execFile);
const file = join(import.meta.dirname, '..', 'compose.yaml');
/** Says that DATA_DIR has volumes, for `npm run clean` on a machine that may have no Docker by then. */
const marker = (dataDir: string) => join(dataDir, 'compose');

/** A project of its own for every DATA_DIR, as a folder of its own would be. */
function project(dataDir: string): string {
  return `waiting-${createHash('sha256').update(dataDir).digest('hex').slice(0, 8)}`;
}

async function compose(dataDir: string, ports: Ports | undefined, ...args: string[]): Promise<void> {
  const names = Object.keys(variables) as (keyof Ports)[];
  const moved = ports ? names.map((name): [string, string] => [variables[name], String(ports[name])]) : [];
  await run('docker', ['compose', '-p', project(dataDir), '-f', file, ...args], {
    env: { ...process.env, ...Object.fromEntries(moved) },
  });
}

export function composeServers({ needed, ports, dataDir }: Making): Server[] {
  writeFileSync(marker(dataDir), project(dataDir));
  return needed.map((name) => server(name, ports, dataDir));
}

function server(name: ServerName, ports: Ports, dataDir: string): Server {
  let running = false;
  const end = async (command: string) => {
    await compose(dataDir, ports, command, name);
    running = false;
  };
  const start = async () => {
    // Before it is up: a start that was ended half way must still be stopped.
    running = true;
    await compose(dataDir, ports, 'up', '--detach', '--wait', name);
  };
  const stop = () => end('stop');
  return {
    name,
    port: ports[name],
    url: containerUrls(ports)[name],
    log: undefined,
    pid: undefined,
    get running() {
      return running;
    },
    start,
    stop,
    kill: () => end('kill'),
    restart: async () => {
      await stop();
      await start();
    },
  };
}

export function containerUrls(ports: Ports): Readonly<Record<ServerName, string>> {
  return {
    kafka: `127.0.0.1:${ports.kafka}`,
    registry: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`,
    redis: `redis://127.0.0.1:${ports.redis}`,
    postgres: `postgres://postgres:postgres@127.0.0.1:${ports.postgres}/waiting`,
  };
}

/** Removes the volumes, if there are any. */
export async function removeVolumes(dataDir: string): Promise<void> {
  if (!existsSync(marker(dataDir))) return;
  await compose(dataDir, undefined, 'down', '--volumes');
  rmSync(marker(dataDir));
}
