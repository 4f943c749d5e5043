/** One thing that was looked at, and what to do about it where it is not as it should be. */
export interface Check {
  readonly name: string;
  /** `warning`: the service runs, and somebody should look. `wrong`: it does not, or may lose something. */
  readonly state: 'ok' | 'warning' | 'wrong';
  readonly found: string;
  /** null where all is well. */
  readonly remedy: string | null;
}

export const ok = (name: string, found: string): Check => ({ name, state: 'ok', found, remedy: null });

export const warning = (name: string, found: string, remedy: string): Check => ({
  name,
  state: 'warning',
  found,
  remedy,
});

export const wrong = (name: string, found: string, remedy: string): Check => ({
  name,
  state: 'wrong',
  found,
  remedy,
});
