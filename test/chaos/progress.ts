/** What a run shows: one line that moves on a terminal, elsewhere a line now and then. */
import type { Progress } from './run.ts';

const drawMillis = 200;
const lineMillis = 10_000;

export function showProgress(out: NodeJS.WriteStream, seconds: number): Progress & { end: () => void } {
  const since = Date.now();
  let what: string | null = null;
  let count = (): number => 0;

  const text = (): string => {
    const elapsed = Math.round((Date.now() - since) / 1000);
    return `${elapsed} s, faults for ${seconds} s, ${count()} commands answered, ${what ?? 'all is well'}`;
  };
  const draw = (): void => {
    if (out.isTTY) out.write(`\r\u001b[K${text().slice(0, (out.columns || 80) - 1)}`);
    else out.write(`  ${text()}\n`);
  };
  const timer = setInterval(draw, out.isTTY ? drawMillis : lineMillis);
  return {
    say: (line) => {
      const elapsed = ((Date.now() - since) / 1000).toFixed(1).padStart(6);
      out.write(`${out.isTTY ? '\r\u001b[K' : ''}${elapsed} s  ${line}\n`);
      if (out.isTTY) draw();
    },
    now: (now) => {
      what = now;
      if (out.isTTY) draw();
    },
    commands: (counted) => {
      count = counted;
    },
    end: () => {
      clearInterval(timer);
      if (out.isTTY) out.write('\n');
    },
  };
}
