/**
 * PostgreSQL refuses to run as root, and CI machines and containers are root. Then it runs as another user, who must
 * be able to reach its programs and its data: a clone in /root or in a folder of mktemp is closed to others, and opening
 * somebody's folders is not ours to do. There the program is given the one capability that walks through.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CannotStart } from './cannotStart.ts';
import type { Program } from './server.ts';

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Whom to become: nobody of ours when we are not root. */
function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      continue; // no such user here
    }
  }
  throw new Error(
    'PostgreSQL cannot run as root, and there is no user "nobody" to run it as: set DATABASE_URL',
  );
}

/** The program as that user. `needs` are the files and folders it must reach, `owns` is the folder it must own. */
export function asUnprivileged(program: Program, needs: readonly string[], owns: string): Program {
  const user = unprivilegedUser();
  if (!user) return program;
  chownSync(owns, user.uid, user.gid);
  if (needs.every(isReachable)) return { ...program, user };
  if (spawnSync('setpriv', ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new CannotStart(
      `PostgreSQL cannot run as root, and no other user can reach ${needs.join(' and ')}:\n` +
        '  install setpriv (Debian: util-linux), move the project to an open folder, or set DATABASE_URL',
    );
  }
  return {
    ...program,
    file: 'setpriv',
    args: [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
      // access(2), with which initdb looks for its programs, otherwise forgets the capability (capabilities(7)).
      '--securebits=+no_setuid_fixup',
      program.file,
      ...program.args,
    ],
  };
}

/** Whether everybody may walk down to it. */
function isReachable(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
