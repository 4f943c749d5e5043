/**
 * The jars of Kafka and the registry, and Redis, from Maven Central. Fetched once for each version of pom.xml into a
 * folder that starts and tests share; two at the same moment do not disturb each other.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from './run.ts';

const pom = join(import.meta.dirname, 'pom.xml');

export interface Downloads {
  readonly kafka: string;
  readonly registry: string;
  readonly redis: string;
}

function folders(cache: string): { root: string; at: Downloads } {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const root = join(cache, `jars-${version}`);
  return {
    root,
    at: { kafka: join(root, 'kafka'), registry: join(root, 'registry'), redis: join(root, 'redis') },
  };
}

/** What is there already; undefined when it has to be fetched. */
export function downloaded(cache: string): Downloads | undefined {
  const { root, at } = folders(cache);
  return existsSync(root) ? at : undefined;
}

/** Fetches with Maven. Rejects with the end of its log. */
export async function download(cache: string, log: string, signal?: AbortSignal): Promise<Downloads> {
  const { root, at } = folders(cache);
  const fresh = `${root}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    const args = ['--batch-mode', '--no-transfer-progress', '-f', pom, `-Djars=${fresh}`, 'package'];
    await runToEnd('Maven', { file: 'mvn', args }, log, signal);
    if (!existsSync(root)) renameSync(fresh, root);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  // An older version's folder may be in use by another run just now, so only folders of unfinished fetches go.
  for (const name of readdirSync(cache)) {
    const pid = /^jars-[0-9a-f]+\.(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(cache, name), { recursive: true, force: true });
  }
  return at;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // gone; EPERM cannot be, the folder is ours
  }
}
