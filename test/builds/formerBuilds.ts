/**
 * Builds of before, as they were committed, to be run beside this one: the compatibility of two builds is only shown by
 * the former one itself. Their sources come out of the history of the repository, which has to be there.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setUp } from '../../infra/application/application.ts';
import type { Urls } from '../../infra/stack/urls.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** The last builds with some rules, and from before there were format levels. Oldest first. */
export const formerBuilds = {
  rules1: '5ae53be',
  rules2: 'f637860',
  rules2d: 'cf73542',
  rules3: '6edfc6b',
} as const;
export type FormerBuild = keyof typeof formerBuilds;

/** Runs the callback with the folder of each build, which has its sources; they are gone afterwards. */
export async function withBuilds(
  names: readonly FormerBuild[],
  callback: (rootOf: (name: FormerBuild) => string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-builds-'));
  const rootOf = (name: FormerBuild): string => join(folder, name);
  try {
    for (const name of names) await checkOut(formerBuilds[name], rootOf(name));
    await callback(rootOf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkOut(commit: string, into: string): Promise<void> {
  const archive = `${into}.tar`;
  const git = ['-C', root, 'archive', '--output', archive, commit];
  try {
    await run('git', [...git, 'src', 'infra/migrations', 'package.json']);
  } catch (error) {
    throw new Error(
      `the build of commit ${commit} is needed, and git does not give it: run this in a clone with its whole history (git fetch --unshallow)`,
      { cause: error },
    );
  }
  mkdirSync(into);
  await run('tar', ['-x', '-f', archive, '-C', into]);
  symlinkSync(join(root, 'node_modules'), join(into, 'node_modules'));
}

/** Runs the `setup` of a build. */
export async function setUpBy(root: string, urls: Urls): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-setup-'));
  await setUp({ root, urls, port: 0, places: { logDir: folder, runDir: folder, onDeath: () => undefined } });
  rmSync(folder, { recursive: true, force: true });
}
