/** What a process takes of the machine, as Linux counts it. */
import { readFileSync } from 'node:fs';
import type { Server } from '../infra/stack/server.ts';

/** The memory that a process has now, and the most that it has had so far, in MB. */
export const memory = (pid: number): number => megabytes(pid, 'VmRSS');
export const peakMemory = (pid: number): number => megabytes(pid, 'VmHWM');

function megabytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kilobytes) / 1_000;
}

/** Time a process has had on a processor so far, in seconds. Linux counts it in hundredths. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Throws for one that does not run, and for a container: its processes are its engine's. */
export function pidOf(server: Server<string> | undefined): number {
  if (server?.pid === undefined) throw new Error(`${server?.name ?? 'the server'} is no process of ours`);
  return server.pid;
}
