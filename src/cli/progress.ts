/** How far something long has come: a bar that moves on a terminal, a line now and then elsewhere. */

/** Characters of the bar: what the line leaves it, within these. */
const barWidth = { least: 10, most: 30 };
const drawMillis = 200;
const lineMillis = 5_000;

export interface Progress {
  /** 0 to 1. */
  readonly share: number;
  readonly text: string;
}

/** Shows it until the function that this answers is called. */
export function showProgress(out: NodeJS.WriteStream, progress: () => Progress): () => void {
  const draw = (): void => {
    const { share, text } = progress();
    if (!out.isTTY) {
      out.write(`  ${text}\n`);
      return;
    }
    const columns = (out.columns || 80) - 1;
    const width = Math.max(barWidth.least, Math.min(barWidth.most, columns - text.length - 1));
    const done = Math.floor(Math.min(1, share) * width);
    const line = `${'█'.repeat(done)}${'░'.repeat(width - done)} ${text}`;
    out.write(`\r\u001b[K${line.slice(0, columns)}`);
  };
  const timer = setInterval(draw, out.isTTY ? drawMillis : lineMillis);
  return () => {
    clearInterval(timer);
    draw();
    if (out.isTTY) out.write('\n');
  };
}
