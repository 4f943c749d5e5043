import { readFileSync } from 'node:fs';

/** pino's level of errors. */
const errorLevel = 50;

/** Lines of a log that say what should not happen, and those that are not the application's own. */
export function complaints(log: string): string[] {
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .filter((line) => {
      try {
        return ((JSON.parse(line) as { level?: number }).level ?? errorLevel) >= errorLevel;
      } catch {
        return true;
      }
    })
    .map((line) => `the log says ${line.slice(0, 1_000)}`);
}
