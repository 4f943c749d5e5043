/**
 * Who a process is, beyond its number. Pids are used again, after a reboot from the start: ending a pid that was
 * written down earlier may only happen while it is still the same process.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const identity = z.object({ pid: z.int().positive(), startedAt: z.string() });
export type Identity = z.infer<typeof identity>;

/** Undefined when no such process runs; a zombie does not run. */
export function identify(pid: number): Identity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isRunning(who: Identity): boolean {
  return identify(who.pid)?.startedAt === who.startedAt;
}

function startOnLinux(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // proc(5): the name is in parentheses and may hold spaces; after it state is field 3, start time field 22.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' || fields[19] === undefined ? undefined : `${boot} ${fields[19]}`;
  } catch {
    return undefined; // no such process
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined; // ps fails when there is no such process
  }
}
