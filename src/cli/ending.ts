/** How a command ends: what it says, and the code it leaves. */

/** 0: all is well; 1: something differs, or is not as it should be; 2: bad usage, or a server is out of reach. */
export const exitCodes = { well: 0, differs: 1, failed: 2 } as const;

/** What the user can do something about: told in one line. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

export interface Output {
  readonly json?: true;
}

export const jsonOption = ['--json', 'print one JSON value instead of text for people'] as const;

/** Prints a result, as JSON or as the lines that `text` makes of it. */
export function print<T>(options: Output, result: T, text: (result: T) => string): void {
  process.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : text(result)}\n`);
}

/** Rejects with a ToolError that names what was waited for when there is no answer in time (ms). */
export async function within<T>(millis: number, what: string, asked: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new ToolError(`${what} did not answer within ${millis / 1000} s`)),
    millis,
  );
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Columns as wide as their widest cell, the last one as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    [],
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ');
  return rows.map(line).join('\n');
}
