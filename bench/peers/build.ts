/** The Kafka Streams application, built once for each state of its sources into a folder that is not theirs. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../../infra/stack/run.ts';

const here = import.meta.dirname;
const cache = join(here, '..', '..', 'node_modules', '.cache', 'peers');

/** Answers Java's class path of it. Rejects with the end of Maven's log. */
export async function buildPeers(): Promise<string> {
  const built = join(cache, version());
  if (!existsSync(built)) {
    const fresh = `${built}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    const args = [
      '--batch-mode',
      '--no-transfer-progress',
      '-f',
      join(here, 'pom.xml'),
      `-Dout=${fresh}`,
      'package',
    ];
    try {
      await runToEnd('Maven', { file: 'mvn', args }, join(cache, 'maven.log'));
      if (!existsSync(built)) renameSync(fresh, built);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return [join(built, 'classes'), join(built, 'jars', '*')].join(':');
}

function version(): string {
  const files = ['pom.xml', ...readdirSync(join(here, 'src'), { recursive: true, encoding: 'utf8' })]
    .filter((name) => /\.(java|xml)$/.test(name))
    .sort();
  const hash = createHash('sha256');
  for (const name of files) {
    const path = name === 'pom.xml' ? join(here, name) : join(here, 'src', name);
    hash.update(name).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 12);
}
