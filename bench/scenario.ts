/** What a bench is made of: scenarios, each with its figures, and how large it is in the quick and in the full form. */
import type { Figure, Run } from './figures.ts';

/** A few minutes for all scenarios together, or as long as it takes. */
type Form = 'quick' | 'full';

/** Says how far a scenario has come; `share` of it, 0 to 1, where that is known. */
export type Say = (text: string, share?: number) => void;

/** What can be given on the command line instead, by name. */
export type Size = Readonly<Record<string, number | string | boolean | readonly number[]>>;

interface Definition<S extends Size> {
  /** A line of `--help`. */
  readonly about: string;
  readonly sizes: Readonly<Record<Form, S>>;
  readonly figures: (size: S) => readonly Figure[];
  /** Measures `runs` times; peers are measured in turns with the product, in the same run. */
  readonly measure: (size: S, runs: number, say: Say) => Promise<readonly Run[]>;
}

export interface Scenario {
  readonly about: string;
  /** Measures it in that form, but for what `given` says otherwise of a size that it has. */
  readonly start: (
    form: Form,
    given: Partial<Size>,
    runs: number,
    say: Say,
  ) => { readonly figures: readonly Figure[]; readonly runs: Promise<readonly Run[]> };
}

export const scenario = <S extends Size>({ about, sizes, figures, measure }: Definition<S>): Scenario => ({
  about,
  start: (form, given, runs, say) => {
    const own = Object.entries(given).filter(([name, value]) => value !== undefined && name in sizes[form]);
    const size = { ...sizes[form], ...Object.fromEntries(own) };
    return { figures: figures(size), runs: measure(size, runs, say) };
  },
});

/** For a scenario whose runs have nothing in common, not even their servers. */
export const eachRun =
  <S>(run: (size: S, say: Say) => Promise<Run>) =>
  async (size: S, runs: number, say: Say): Promise<readonly Run[]> => {
    const all: Run[] = [];
    for (let done = 0; done < runs; done += 1) all.push(await run(size, part(say, done, runs)));
    return all;
  };

/** Says of the part `index` of `count` equal ones what it says of the whole. */
export const part =
  (say: Say, index: number, count: number): Say =>
  (text, share = 0) =>
    say(`${index + 1} of ${count}: ${text}`, (index + share) / count);
