import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Told of each variable that is not as it should be. */
export type Complain = (variable: string, message: string) => void;

/**
 * The values of the named variables. Each may be in a file instead, whose path `<NAME>_FILE` gives, as secrets are
 * mounted: then neither a list of processes nor a dump of the environment shows it. One newline at the file's end is
 * not part of the value. A variable that is set to nothing is not set: compose files and shells pass on empty ones.
 */
export function withFiles(env: Environment, names: readonly string[], complain: Complain): Environment {
  const given = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  return Object.fromEntries(
    names.flatMap((name) => {
      const [value, path] = [given(name), given(`${name}_FILE`)];
      if (value !== undefined && path !== undefined) {
        complain(name, `and ${name}_FILE are both given: which is meant?`);
        return [];
      }
      const found = path === undefined ? value : contentOf(name, path, complain);
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

function contentOf(name: string, path: string, complain: Complain): string | undefined {
  try {
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (value !== '') return value;
    complain(name, `the file ${path} (${name}_FILE) is empty`);
  } catch (error) {
    complain(name, `${name}_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}
