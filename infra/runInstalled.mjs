/**
 * `npm start`, `npm test`, `npm run clean` and `npx waiting` are TypeScript, and may be called by a Node that does not run it: this
 * installs the one that does, hands over to it, and ends as it ends.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { install, node, plainEnvironment, root } from './install.mjs';

/** What Node remarks on: that it strips types, and timers that kafkajs sets for moments that are past. Both harmless. */
const quietly = ['ExperimentalWarning', 'TimeoutNegativeWarning'].map((name) => `--disable-warning=${name}`);

/** `script` is a file URL. */
export function runInstalled(script) {
  install();
  const child = spawn(node, [...quietly, fileURLToPath(script), ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
    env: plainEnvironment(),
  });
  // The child decides when to end, and this process stays for its exit code. A terminal sends Ctrl-C to both of us, a
  // supervisor signals only this one; that the child may hear it twice, it knows.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`could not run ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
