/**
 * Holds the schemas against every version ever released, which are kept in infra/schemas/versions/: both directions,
 * because upstreams deploy on their own and old commands are replayed (FULL_TRANSITIVE).
 * `check` fails on an incompatible or unrecorded change, `record` writes the current schemas as new versions.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import avsc from 'avsc';
import { loadSchemas } from '../../src/schemas/load.ts';

const root = new URL('./versions/', import.meta.url).pathname;
const recording = process.argv[2] === 'record';
const problems: string[] = [];
const current = loadSchemas().filter(({ kind }) => kind !== 'types');

/** The text that decides whether two versions are the same: without docs. */
const canonical = (schema: unknown): string =>
  JSON.stringify(schema, (key, value: unknown) => (key === 'doc' ? undefined : value));
const typeOf = (schema: unknown): avsc.Type => avsc.Type.forSchema(schema as avsc.Schema);

function released(fullName: string): { file: string; schema: unknown }[] {
  const folder = `${root}${fullName}`;
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
  return files.map((file) => ({
    file,
    schema: JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as unknown,
  }));
}

for (const { fullName, schema } of current) {
  const versions = released(fullName);
  for (const version of versions) {
    try {
      typeOf(schema).createResolver(typeOf(version.schema));
      typeOf(version.schema).createResolver(typeOf(schema));
    } catch (error) {
      problems.push(`${fullName} is not compatible with its version ${version.file}: ${String(error)}`);
    }
  }
  const latest = versions.at(-1);
  if (latest && canonical(latest.schema) === canonical(schema)) continue;
  if (recording) {
    mkdirSync(`${root}${fullName}`, { recursive: true });
    writeFileSync(`${root}${fullName}/${versions.length + 1}.json`, `${JSON.stringify(schema, null, 2)}\n`);
  } else {
    problems.push(`${fullName} changed and is not recorded: run \`npm run schemas:record\``);
  }
}
const names = new Set(current.map(({ fullName }) => fullName));
const folders = existsSync(root) ? readdirSync(root) : [];
for (const gone of folders.filter((name) => !names.has(name))) {
  problems.push(`${gone} was released and is gone: records of it are still in the log`);
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${current.length} records, each compatible both ways with every released version`);
