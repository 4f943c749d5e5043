/** What the machine has of what a stack can be made of. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A java of version 17 or later: of JAVA_HOME, else of the PATH. */
export function findJava(env: NodeJS.ProcessEnv): string | undefined {
  const home = env['JAVA_HOME'];
  const candidates = home === undefined || home === '' ? ['java'] : [join(home, 'bin', 'java'), 'java'];
  return candidates.find((file) => {
    const asked = spawnSync(file, ['-version'], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
    if (asked.error) return false; // not there
    return Number(/version "(\d+)/.exec(asked.stderr)?.[1] ?? 0) >= 17;
  });
}

export function hasMaven(): boolean {
  return succeeds('mvn', ['--version']);
}

/** The client alone is not enough: `info` asks the engine. */
export function hasDocker(): boolean {
  return succeeds('docker', ['info']);
}

function succeeds(file: string, args: readonly string[]): boolean {
  return spawnSync(file, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}
