/**
 * Pid files: what a start has running, written down so that the next one can end what a `kill -9` left behind.
 * One file a process in DATA_DIR/run, with the process's identity.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { identify, identity, isRunning, type Identity } from './identity.ts';
import { until } from './until.ts';

const suffix = '.pid.json';

export function writePidFile(runDir: string, name: string, pid: number): void {
  mkdirSync(runDir, { recursive: true });
  const who = identify(pid);
  // A process that has ended already has nothing to leave behind.
  if (who) writeFileSync(join(runDir, name + suffix), JSON.stringify(who));
}

export function removePidFile(runDir: string, name: string): void {
  rmSync(join(runDir, name + suffix), { force: true });
}

/** The process of that name, if it still runs and still is the one that was written down. */
export function readPidFile(runDir: string, name: string): Identity | undefined {
  try {
    const who = identity.parse(JSON.parse(readFileSync(join(runDir, name + suffix), 'utf8')));
    return isRunning(who) ? who : undefined;
  } catch {
    return undefined; // absent, or cut short by the very kill -9 it is for
  }
}

/** Ends the named processes of an earlier start. They hold ports and files, so this waits until they are gone. */
export async function endLeftovers(runDir: string, names: readonly string[]): Promise<string[]> {
  const ended = await Promise.all(
    names.map(async (name) => {
      const who = readPidFile(runDir, name);
      removePidFile(runDir, name);
      if (!who) return [];
      await endByPid(who, 10_000);
      return [`${name} (pid ${who.pid})`];
    }),
  );
  return ended.flat();
}

/** SIGTERM, and SIGKILL for what has not ended after `patience` (ms): our servers are made to survive it. */
export async function endByPid(who: Identity, patience: number): Promise<void> {
  for (const [signal, time] of [
    ['SIGTERM', patience],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isRunning(who)) return;
    process.kill(who.pid, signal);
    if (await until(() => !isRunning(who), time, 50)) return;
  }
  throw new Error(`process ${who.pid} of an earlier start does not end; please end it by hand`);
}

export function listPidFiles(runDir: string): string[] {
  try {
    return readdirSync(runDir)
      .filter((file) => file.endsWith(suffix))
      .map((file) => basename(file, suffix));
  } catch {
    return []; // no start yet
  }
}
