/**
 * The processes above ours that are only there to run it: npm, its shell, start.mjs. When one of them was killed, nobody
 * can reach us any more with Ctrl-C, so a start whose launchers are gone stops, and the next start does not mind it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { identify, isRunning, type Identity } from './identity.ts';

/** npm gives its process the title `npm start`; a shell whose command line speaks of npm is none. */
const isLauncher = /^(npm |\S*node \S*(npm-cli\.js|npm|start\.mjs|test\.mjs)( |$))/;
/** npm, a shell, start.mjs. */
const deepest = 3;

/** From the nearest up; none when we were run by hand. */
export function launchers(): Identity[] {
  const above: Identity[] = [];
  let found = 0;
  for (let pid = process.ppid; pid > 1 && above.length < deepest;) {
    const who = identify(pid);
    const seen = look(pid);
    if (!who || !seen) break;
    above.push(who);
    if (isLauncher.test(seen.command)) found = above.length;
    pid = seen.parent;
  }
  return above.slice(0, found);
}

/** Calls `gone` once when a launcher has ended. Does not keep the process up. */
export function watchLaunchers(gone: () => void): void {
  const all = launchers();
  const timer = setInterval(() => {
    if (all.every(isRunning)) return;
    clearInterval(timer);
    gone();
  }, 1000);
  timer.unref();
}

function look(pid: number): { command: string; parent: number } | undefined {
  try {
    if (process.platform === 'linux') {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S+ (\d+) .*$/s, '$1');
      return { command, parent: Number(parent) };
    }
    const [parent = '', ...command] = execFileSync('ps', ['-o', 'ppid=,command=', '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/ +/);
    return { command: command.join(' '), parent: Number(parent) };
  } catch {
    return undefined; // gone meanwhile
  }
}
