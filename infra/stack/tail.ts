/** The end of a log: what somebody needs to see when a server does not come up. */
import { readFileSync } from 'node:fs';

/** The last lines, indented. */
export function tail(log: string, lines = 15): string {
  try {
    const text = readFileSync(log, 'utf8').trimEnd();
    return text === ''
      ? '    (empty)'
      : text
          .split('\n')
          .slice(-lines)
          .map((line) => `    ${line}`)
          .join('\n');
  } catch {
    return '    (no log was written)';
  }
}
