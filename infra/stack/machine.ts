/** What the machine has of what a stack can be made of. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface Java {
  readonly file: string;
  /** Such as 17.0.15. */
  readonly version: string;
}

let found: { readonly java: Java | undefined } | undefined;

/** A java of version 17 or later: of JAVA_HOME, else of the PATH. Asked once: each asking starts a JVM. */
export function findJava(): Java | undefined {
  return (found ??= { java: lookForJava(process.env['JAVA_HOME']) }).java;
}

function lookForJava(home: string | undefined): Java | undefined {
  const files = home === undefined || home === '' ? ['java'] : [join(home, 'bin', 'java'), 'java'];
  for (const file of files) {
    const asked = spawnSync(file, ['-version'], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
    if (asked.error) continue; // not there
    const version = /version "([^"]+)"/.exec(asked.stderr)?.[1] ?? '';
    if (Number.parseInt(version, 10) >= 17) return { file, version };
  }
  return undefined;
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
