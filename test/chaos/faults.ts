/** What each kind of fault does to the running system, and how it is known that it really happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { accepts } from '../../infra/stack/ports.ts';
import type { Server, ServerName } from '../../infra/stack/server.ts';
import type { Stack } from '../../infra/stack/stack.ts';
import { brokerFaults } from './brokerFaults.ts';
import { type Fault, type Field, type Seen, stateOf } from './field.ts';
import type { Fleet, Worker } from './fleet.ts';
import type { FaultKind, PlannedFault } from './plan.ts';

/** Begins the fault, lasts as long as planned, and ends it; a killed process is left to its supervisor. */
export function inflict(field: Field, { kind, target, lastsMillis }: PlannedFault): Promise<Seen> {
  return faults[kind](field, { lastsMillis, worker: anyUp(field.fleet, target), target });
}

const faults: Readonly<Record<FaultKind, Fault>> = {
  ...brokerFaults,

  kill9: async (_, { worker, lastsMillis }) => {
    const pid = worker.pid();
    const how = await worker.end('SIGKILL', lastsMillis);
    const gone = pid !== undefined && stateOf(pid) === null;
    return { fired: gone, what: `${worker.name} ${how}` };
  },

  freeze: async (_, { worker, lastsMillis }) => {
    const pid = worker.pid() ?? 0;
    worker.freeze();
    try {
      await sleep(lastsMillis);
      return { fired: stateOf(pid) === 'T', what: `${worker.name} was stopped for ${lastsMillis} ms` };
    } finally {
      worker.thaw();
    }
  },

  deploy: async (_, { worker, lastsMillis }) => {
    const how = await worker.end('SIGTERM', lastsMillis);
    return { fired: how === 'ended with code 0', what: `${worker.name} ${how}` };
  },

  redisKill: ({ stack }, { lastsMillis }) => killServer(serverOf(stack, 'redis'), lastsMillis),

  flushall: async ({ redis }) => {
    const results = await redis.multi().dbsize().flushall().dbsize().exec();
    const [before, , after] = (results ?? []).map(([, value]) => Number(value));
    return {
      fired: Number(before) > 0 && after === 0,
      what: `${Number(before)} keys before, ${Number(after)} after`,
    };
  },

  redisRollback: async ({ stack, fleet, snapshots }, { lastsMillis }) => {
    const proxies = fleet.workers.map((worker) => worker.redis);
    for (const proxy of proxies) proxy.refuse(true);
    try {
      const killed = await killServer(serverOf(stack, 'redis'), lastsMillis);
      const lower = await snapshots.bringBack();
      return {
        fired: killed.fired && lower > 0,
        what: `S went back on ${lower} partitions, to ${snapshots.age()} ms before`,
      };
    } finally {
      for (const proxy of proxies) proxy.refuse(false);
    }
  },

  brokerKill: ({ stack }, { lastsMillis }) => killServer(serverOf(stack, 'kafka'), lastsMillis),

  postgresStop: async ({ stack }, { lastsMillis }) => {
    const server = serverOf(stack, 'postgres');
    await server.stop();
    const away = !(await accepts('127.0.0.1', server.port));
    await sleep(lastsMillis);
    await server.start();
    return { fired: away, what: `away for ${lastsMillis} ms` };
  },

  postgresTerminate: async ({ stack }) => {
    const client = new Client({ connectionString: stack.urls.DATABASE_URL });
    await client.connect();
    try {
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      return { fired: (rowCount ?? 0) > 0, what: `${rowCount ?? 0} backends` };
    } finally {
      await client.end();
    }
  },

  // Of one process, or of all at once.
  cut: ({ fleet }, { worker, target }) => {
    const cut = (target < 0.5 ? [worker] : fleet.workers).flatMap((each) => [
      each.redis.cut(),
      each.postgres.cut(),
    ]);
    const count = cut.reduce((sum, each) => sum + each, 0);
    return Promise.resolve({ fired: count > 0, what: `${count} connections` });
  },

  delay: async ({ fleet }, { worker, target, lastsMillis }) => {
    const proxies = (target < 0.5 ? [worker] : fleet.workers).flatMap((each) => [each.redis, each.postgres]);
    const pieces = (): number => proxies.reduce((sum, proxy) => sum + proxy.delayed(), 0);
    const before = pieces();
    const millis = Math.round(200 + 1_800 * ((target * 2) % 1));
    for (const proxy of proxies) proxy.delay(millis);
    await sleep(lastsMillis);
    for (const proxy of proxies) proxy.delay(0);
    const count = pieces() - before;
    return { fired: count > 0, what: `${count} pieces by ${millis} ms for ${lastsMillis} ms` };
  },
};

async function killServer(server: Server, downMillis: number): Promise<Seen> {
  const pid = server.pid;
  await server.kill();
  const gone = pid !== undefined && stateOf(pid) === null && !(await accepts('127.0.0.1', server.port));
  await sleep(downMillis);
  await server.start();
  return { fired: gone, what: `pid ${pid ?? 0} was killed` };
}

function serverOf({ servers }: Stack, name: ServerName): Server {
  const server = servers[name];
  if (!server) throw new Error(`${name} is not a server of this run`);
  return server;
}

function anyUp({ workers }: Fleet, target: number): Worker {
  const up = workers.filter((worker) => worker.isUp());
  const chosen = up[Math.floor(target * up.length)] ?? workers[0];
  if (!chosen) throw new Error('there are no processes');
  return chosen;
}
