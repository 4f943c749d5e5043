/** Two Redis servers of a test's own, of which one follows the other, and a sentinel that looks after them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../infra/stack/ports.ts';
import { createServer, type Server } from '../infra/stack/server.ts';
import { startStack } from '../infra/stack/stack.ts';
import { eventually } from './http.ts';

export interface Node {
  readonly server: Server;
  readonly client: Redis;
}

export interface Pair {
  readonly first: Node;
  /** Follows the first, and has all that the first has. */
  readonly second: Node;
  /** Starts a sentinel of the first and all that follow it; answers its port. */
  readonly watch: (name: string) => Promise<number>;
}

/** Runs the callback; no server is left afterwards, nor is their data. */
export async function withRedisPair(callback: (pair: Pair) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-pair-'));
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const node = async (name: string): Promise<Node> => {
    const stack = await startStack({
      dataDir: join(folder, name),
      only: ['redis'],
      how: 'local',
      keep: true,
    });
    ends.push(() => stack.stop());
    const server = stack.servers.redis;
    if (!server) throw new Error('Redis was asked for');
    const client = new Redis(server.url);
    // It comes back by itself when its server does.
    client.on('error', () => undefined);
    ends.push(() => client.disconnect());
    return { server, client };
  };
  try {
    const [first, second] = [await node('first'), await node('second')];
    await follow(second, first);
    await callback({
      first,
      second,
      watch: async (name) => {
        const sentinel = await sentinelOf(join(folder, 'sentinel'), name, first);
        ends.push(() => sentinel.stop());
        await sentinel.start();
        return sentinel.port;
      },
    });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

async function follow(follower: Node, primary: Node): Promise<void> {
  await follower.client.replicaof('127.0.0.1', primary.server.port);
  await eventually('it has all that the primary has', async () =>
    (await follower.client.info('replication')).includes('master_link_status:up'),
  );
}

/** One alone decides: it takes a server that says nothing for a second for lost. */
async function sentinelOf(folder: string, name: string, primary: Node): Promise<Server<'sentinel'>> {
  const executable = /^executable:(.*)$/m.exec(await primary.client.info('server'))?.[1]?.trim() ?? '';
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${primary.server.port} 1`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 4000`,
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`);
  return createServer(
    {
      name: 'sentinel',
      port,
      url: `redis://127.0.0.1:${port}`,
      prepare: () => Promise.resolve({ file: executable, args: [configuration, '--sentinel'] }),
      // It knows who follows: else there would be nobody to be made the primary.
      ready: (log) => Promise.resolve(readFileSync(log, 'utf8').includes('+slave')),
      stop: { signal: 'SIGTERM', patience: 10_000 },
    },
    { logDir: folder, runDir: folder, onDeath: () => undefined },
  );
}
