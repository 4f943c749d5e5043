/** What links are signed with on this machine: made once and kept, so that they hold after a restart. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The key of a data folder, which has to exist. */
export function linkKeysOf(dataDir: string): string {
  const file = join(dataDir, 'link-keys');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
