/** Local processes or containers: what was asked for, else what the machine has, else one message of what to install. */
import { CannotStart } from './cannotStart.ts';
import { downloaded } from './downloads.ts';
import { findJava, hasDocker, hasMaven } from './machine.ts';
import { redisOnPath } from './redis.ts';
import type { ServerName } from './server.ts';

export type How = 'local' | 'containers';

/** The variable STACK. */
export function howFrom(env: NodeJS.ProcessEnv): How | undefined {
  const wish = env['STACK'] ?? '';
  if (wish === '') return undefined;
  if (wish === 'local' || wish === 'containers') return wish;
  throw new CannotStart(`STACK=${wish} is neither "local" nor "containers"`);
}

interface Wanted {
  readonly needed: readonly ServerName[];
  readonly cacheDir: string;
  readonly wish: How | undefined;
}

export function chooseHow({ needed, cacheDir, wish }: Wanted): How {
  if (needed.length === 0) return 'local';
  const missing = wish === 'containers' ? [] : missingForLocal(needed, cacheDir);
  if (wish !== 'containers' && missing.length === 0) return 'local';
  if (wish !== 'local' && hasDocker()) return 'containers';
  const lacks =
    wish === 'containers'
      ? ['  Docker: its engine must answer `docker info`']
      : [
          ...missing,
          ...(wish === 'local'
            ? []
            : ['or, instead of all that,', '  Docker: its engine must answer `docker info`']),
        ];
  throw new CannotStart(
    `to run ${needed.join(', ')} here, please install\n${lacks.join('\n')}\n` +
      'or give the URLs of running ones: KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL, DATABASE_URL',
  );
}

function missingForLocal(needed: readonly ServerName[], cacheDir: string): string[] {
  const java = needed.includes('kafka') || needed.includes('registry');
  const jars = java || (needed.includes('redis') && redisOnPath() === undefined);
  const missing: string[] = [];
  if (java && findJava() === undefined) {
    missing.push('  Java 17 or later (Debian: openjdk-17-jre-headless; or set JAVA_HOME)');
  }
  if (jars && !downloaded(cacheDir) && !hasMaven()) missing.push('  Maven 3.6 or later (Debian: maven)');
  return missing;
}
