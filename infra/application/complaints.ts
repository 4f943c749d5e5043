/**
 * The application logs JSON into a file; this reads along and passes on what somebody at the terminal should see:
 * warnings and errors as a line, and whatever is not JSON, which is Node's own last words.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** pino's levels. */
const warning = 40;
const error = 50;

const entry = z.object({
  level: z.number(),
  msg: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
});

/** The same complaint again within this time (ms) is not news; the log has them all. */
const quiet = 5000;

/** Reads until `signal`; looks a few times a second. */
export async function followComplaints(
  name: string,
  log: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const file = openSync(log, 'r');
  const said = new Map<string, number>();
  const buffer = Buffer.alloc(64 * 1024);
  let rest = '';
  try {
    for (;;) {
      const length = readSync(file, buffer);
      if (length === 0) {
        if (signal.aborted) return;
        await sleep(250);
        continue;
      }
      // Latin-1 keeps a character cut in two by the buffer whole until its line is complete.
      const lines = (rest + buffer.toString('latin1', 0, length)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const text = complaint(name, Buffer.from(line, 'latin1').toString());
        if (text === undefined || Date.now() - (said.get(text) ?? 0) < quiet) continue;
        said.set(text, Date.now());
        say(text);
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Undefined for what is no complaint. */
function complaint(name: string, line: string): string | undefined {
  if (line.trim() === '') return undefined;
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return `  ${name}: ${line}`;
  }
  const { success, data } = entry.safeParse(json);
  if (!success || data.level < warning) return undefined;
  const message = data.msg ?? data.err?.message ?? 'no message';
  const cause = data.err && data.err.message !== message ? `: ${data.err.message}` : '';
  return `${data.level >= error ? '✗' : '!'} ${name}: ${message}${cause}`;
}
