/** The names of the images that run in containers; each stands in one file of infra/ alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerName } from './server.ts';

const read = (file: string): string => readFileSync(join(import.meta.dirname, '..', file), 'utf8');

/** A server's, as compose.yaml has it. Throws when it has none. */
export const serverImage = (name: ServerName): string =>
  found(
    new RegExp(`^  ${name}:\\n    image: (\\S+)$`, 'm').exec(read('compose.yaml')),
    `${name} of compose.yaml`,
  );

/** What the application's own image is built on. */
export const nodeImage = (): string =>
  found(/^ARG NODE_IMAGE=(\S+)$/m.exec(read('Dockerfile')), 'infra/Dockerfile');

function found(match: RegExpExecArray | null, where: string): string {
  const name = match?.[1];
  if (name === undefined) throw new Error(`there is no image for ${where}`);
  return name;
}
