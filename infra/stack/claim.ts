/**
 * One start a data folder. A start writes itself down; the next one finds it running, or finds what it left: servers of
 * a start that was killed, or a start that goes on although the npm above it was killed. Those are ended, by pid.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CannotStart } from './cannotStart.ts';
import { identify, identity, isRunning, type Identity } from './identity.ts';
import { launchers } from './launchers.ts';
import { endByPid, endLeftovers, listPidFiles, readPidFile, removePidFile } from './leftovers.ts';

const self = 'start';
const claimed = identity.extend({ launchers: z.array(identity) });

/** Answers what it had to end. Throws when another start is at work there. */
export async function claim(runDir: string, dataDir: string): Promise<string[]> {
  mkdirSync(runDir, { recursive: true });
  const ended: string[] = [];
  const other = readPidFile(runDir, self);
  if (other && other.pid !== process.pid) {
    if (launchersOf(runDir).every(isRunning)) {
      throw new CannotStart(
        `another start is running on ${dataDir} (pid ${other.pid}): end it with Ctrl-C or \`kill ${other.pid}\`,` +
          ' or choose another folder with DATA_DIR and other ports',
      );
    }
    // It stops its own servers in order, given the time.
    await endByPid(other, 60_000);
    ended.push(`start (pid ${other.pid})`);
  }
  const me = identify(process.pid);
  writeFileSync(join(runDir, `${self}.pid.json`), JSON.stringify({ ...me, launchers: launchers() }));

  const names = listPidFiles(runDir).filter((name) => name !== self);
  // The application first: it must not see its servers go.
  const isApplication = (name: string) => ['app', 'ingress', 'worker', 'history', 'push'].includes(name);
  ended.push(...(await endLeftovers(runDir, names.filter(isApplication))));
  ended.push(
    ...(await endLeftovers(
      runDir,
      names.filter((name) => !isApplication(name)),
    )),
  );
  return ended;
}

export function release(runDir: string): void {
  removePidFile(runDir, self);
}

function launchersOf(runDir: string): Identity[] {
  const text = readFileSync(join(runDir, `${self}.pid.json`), 'utf8');
  const { success, data } = claimed.safeParse(JSON.parse(text));
  return success ? data.launchers : [];
}
