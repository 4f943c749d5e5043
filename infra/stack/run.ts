/** Running a program to its end, its output in a log file. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Program } from './server.ts';
import { tail } from './tail.ts';

export type RunToEnd = (what: string, program: Program, log: string) => Promise<void>;

/** Rejects with the end of the log when the program fails; `signal` ends it early. */
export async function runToEnd(
  what: string,
  program: Program,
  log: string,
  signal?: AbortSignal,
): Promise<void> {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a');
  try {
    const how = await new Promise<string | undefined>((resolve) => {
      const child = spawn(program.file, program.args, {
        stdio: ['ignore', output, output],
        env: program.env ?? process.env,
        ...(signal && { signal }),
        ...(program.cwd !== undefined && { cwd: program.cwd }),
        ...program.user,
      });
      child.on('error', (error) => {
        resolve(error.message);
      });
      child.on('exit', (code, by) => {
        resolve(code === 0 ? undefined : by ? `was ended by ${by}` : `ended with code ${code ?? 'unknown'}`);
      });
    });
    if (how !== undefined) throw new Error(`${what} ${how}. The end of ${log}:\n${tail(log)}`);
  } finally {
    closeSync(output);
  }
}
