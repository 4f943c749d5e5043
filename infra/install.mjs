/**
 * The first step of `npm start`, `npm test` and CI. Plain JavaScript for Node 20 and later, because it runs before
 * anything is installed: it brings node_modules up to the lock file. Node 24 is among them, which runs TypeScript as
 * it is; so a machine needs no particular Node, only a recent one.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const node = join(root, 'node_modules', '.bin', 'node');
/** Inside node_modules, so that whoever removes that folder removes the stamp with it. */
const stamp = join(root, 'node_modules', '.installed-lock');

/** Installs when the lock file is not the one last installed. Ends the process with npm's code when npm fails. */
export function install() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    console.error(`Node ${process.versions.node} is too old: please install Node 20 or later.`);
    process.exit(1);
  }
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (installed === wanted && existsSync(node)) return;

  const started = Date.now();
  console.log('… Dependencies: npm ci, as package-lock.json says (about half a minute)');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: plainEnvironment(),
  });
  if (npm.status !== 0 || !existsSync(node)) {
    const cause = npm.error ? npm.error.message : `npm ended with ${npm.status ?? npm.signal}`;
    console.error(`✗ Dependencies: ${cause}. If it is not the network, remove node_modules and try again.`);
    process.exit(npm.status || 1);
  }
  writeFileSync(stamp, wanted);
  console.log(`✔ Dependencies: installed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

/** npm's own variables must not leak from `npm start` into `npm ci`, and NODE_ENV=production would leave tools out. */
export function plainEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !name.startsWith('npm_package_')),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install();
