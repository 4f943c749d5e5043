/**
 * `npm run audit`: are the locked packages those that their registry signed, and is anything known against them? Ends
 * with 1 on a finding that accepted.json does not accept. A registry that cannot be asked, as behind a mirror that
 * serves packages alone, is said and is no finding; what is installed is held against the lock file's hashes anyway.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptances, type Verdict, verdictOfAudit, verdictOfSignatures } from './verdict.ts';

const root = join(import.meta.dirname, '..', '..');
/** Without an answer by then there will be none (ms). */
const patience = 120_000;

const accepted = acceptances.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, 'accepted.json'), 'utf8')),
);
const today = new Date().toISOString().slice(0, 10);

show('signatures', verdictOfSignatures(await npm('audit', 'signatures')));
show('known vulnerabilities', verdictOfAudit(await npm('audit'), accepted, today));

/** What it prints: it ends with 1 for findings and for errors alike. */
function npm(...args: readonly string[]): Promise<string> {
  const all = [...args, '--json', '--fetch-retries=0'];
  return new Promise((resolve) => {
    execFile('npm', all, { cwd: root, timeout: patience, maxBuffer: 2 ** 26 }, (_error, out, err) => {
      resolve(out.trim() === '' ? err : out);
    });
  });
}

function show(what: string, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'clean':
      console.log(`✔ ${what}: nothing`);
      for (const each of verdict.accepted) console.log(`    accepted: ${each}`);
      return;
    case 'not asked':
      console.log(`! ${what}: not known, the registry did not tell (${verdict.why})`);
      return;
    case 'findings':
      console.log(`✗ ${what}:`);
      for (const finding of verdict.findings) console.log(`    ${finding}`);
      process.exitCode = 1;
  }
}
