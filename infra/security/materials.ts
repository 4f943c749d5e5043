/**
 * What a hardened local stack proves itself with: certificates, made anew at every start, and passwords, kept as long as
 * the data whose users have them. All of it in one folder that only its owner can open, and none of it in a clone.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort } from '../stack/ports.ts';
import { clientPair, newAuthority, type Pair, serverPair } from './authority.ts';
import { principals, userOf, usersOfRedis } from './principals.ts';

/** Kafka's super users: the broker itself, by its certificate, and who grants rights, by a password. */
export const kafkaAdministrator = 'administrator';

export interface Materials {
  readonly folder: string;
  /** The path of the authority's certificate. */
  readonly ca: string;
  /** Paths of what a server, or a client by its user's name, proves itself with. */
  readonly pair: (name: string) => Pair;
  readonly password: (user: string) => string;
  /** Where Kafka takes clients that prove themselves by their certificate. */
  readonly mutualPort: number;
}

const servers = ['kafka', 'registry', 'redis', 'postgres'];
const clients = principals.map(userOf);

export async function createMaterials(folder: string): Promise<Materials> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = await newAuthority();
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, authority.cert);
  await Promise.all([
    ...servers.map(async (name) => writePair(folder, name, await serverPair(authority, name))),
    ...clients.map(async (name) => writePair(folder, name, await clientPair(authority, name))),
  ]);
  const passwords = passwordsIn(join(folder, 'passwords.json'));
  return {
    folder,
    ca,
    pair: (name) => pathsOf(folder, name),
    password: (user) => {
      const password = passwords[user];
      if (password === undefined) throw new Error(`nobody is called ${user}`);
      return password;
    },
    mutualPort: await freePort(),
  };
}

const pathsOf = (folder: string, name: string): Pair => ({
  cert: join(folder, `${name}.pem`),
  key: join(folder, `${name}.key`),
});

function writePair(folder: string, name: string, pair: Pair): void {
  const paths = pathsOf(folder, name);
  writeFileSync(paths.cert, pair.cert);
  writeFileSync(paths.key, pair.key, { mode: 0o600 });
}

/** A user that was added since gets one. */
function passwordsIn(file: string): Readonly<Record<string, string>> {
  const known = existsSync(file)
    ? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')))
    : {};
  const users = [kafkaAdministrator, 'postgres', ...clients, ...usersOfRedis.map(userOf)];
  const passwords = Object.fromEntries(
    users.map((user) => [user, known[user] ?? randomBytes(24).toString('base64url')]),
  );
  writeFileSync(file, JSON.stringify(passwords, null, 2), { mode: 0o600 });
  return passwords;
}
