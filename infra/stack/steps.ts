/**
 * What a start shows: a line for each step, with how long it took. Steps run side by side, so on a terminal one line at
 * the bottom says what is under way and for how long; elsewhere each step is announced and then concluded.
 */
export interface Steps {
  /** Runs `work`, whose result is what the step's line says in the end. Rejects as `work` does. */
  readonly step: (title: string, doing: string, work: () => Promise<string>) => Promise<void>;
  /** A line of its own. */
  readonly say: (text: string) => void;
}

export const silent: Steps = {
  step: async (_title, _doing, work) => {
    await work();
  },
  say: () => undefined,
};

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

export function steps(out: NodeJS.WriteStream): Steps {
  const underWay = new Map<string, { readonly doing: string; readonly since: number }>();
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;

  const clear = () => {
    if (out.isTTY) out.write('\r\u001b[K');
  };
  const draw = () => {
    if (!out.isTTY || underWay.size === 0) return;
    const parts = [...underWay].map(([title, { doing, since }]) => `${title}: ${doing} ${seconds(since)}`);
    const line = `${frames[frame++ % frames.length] ?? ''} ${parts.join(' · ')}`;
    out.write(`\r\u001b[K${line.slice(0, (out.columns || 80) - 1)}`);
  };
  const say = (text: string) => {
    clear();
    out.write(`${text}\n`);
    draw();
  };

  return {
    say,
    step: async (title, doing, work) => {
      const since = Date.now();
      underWay.set(title, { doing, since });
      if (out.isTTY) timer ??= setInterval(draw, 100).unref();
      else say(`… ${title}: ${doing}`);
      try {
        const done = await work();
        underWay.delete(title);
        say(`✔ ${title}: ${done} (${seconds(since)})`);
      } catch (error) {
        underWay.delete(title);
        say(`✗ ${title}: not done after ${seconds(since)}`);
        throw error;
      } finally {
        if (underWay.size === 0) {
          clearInterval(timer);
          timer = undefined;
          clear();
        }
      }
    },
  };
}
