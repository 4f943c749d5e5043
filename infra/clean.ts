/** `npm run clean`: removes the data folder, unless a start is using it. */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { removeVolumes } from './stack/compose.ts';
import { endLeftovers, listPidFiles, readPidFile } from './stack/leftovers.ts';

const dataDir = resolve(process.env['DATA_DIR'] ?? join(import.meta.dirname, '..', '.data'));
/** A hardened start keeps its data apart, in the same folder. */
const runDirs = [dataDir, join(dataDir, 'hardened')].map((folder) => join(folder, 'run'));

const start = runDirs.map((runDir) => readPidFile(runDir, 'start')).find(Boolean);
if (start) {
  console.error(
    `npm start is running on ${dataDir} (pid ${start.pid}): end it first, with Ctrl-C or \`kill ${start.pid}\``,
  );
  process.exitCode = 1;
} else if (existsSync(dataDir)) {
  // A killed start may have left servers behind, which would go on writing.
  for (const runDir of runDirs) await endLeftovers(runDir, listPidFiles(runDir));
  await removeVolumes(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
  console.log(`removed ${dataDir}`);
} else {
  console.log(`nothing to remove: there is no ${dataDir}`);
}
