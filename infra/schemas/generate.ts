/**
 * Writes src/schemas/generated/records.ts from the .avsc files; with --check it only says whether that is up to date.
 * Our own, because the generators on npm emit classes or namespaces, which Node's type stripping does not run.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { loadSchemas } from '../../src/schemas/load.ts';

const target = new URL('../../src/schemas/generated/records.ts', import.meta.url).pathname;

interface Field {
  name: string;
  type: unknown;
  doc?: string;
}
interface Definition {
  type: string;
  name: string;
  doc?: string;
  fields?: Field[];
  symbols?: string[];
  items?: unknown;
}

const primitives: Record<string, string> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Buffer',
};
const written = new Map<string, string>();

/** The TypeScript type of an Avro type; a named one is written once and then referred to. */
function typeOf(schema: unknown): string {
  if (typeof schema === 'string') return primitives[schema] ?? schema.slice(schema.lastIndexOf('.') + 1);
  if (Array.isArray(schema)) return schema.map(typeOf).sort(nullLast).join(' | ');
  const definition = schema as Definition;
  if (definition.type === 'array') return `readonly ${wrap(typeOf(definition.items))}[]`;
  if (definition.type !== 'record' && definition.type !== 'enum') return typeOf(definition.type);
  if (!written.has(definition.name)) {
    written.set(definition.name, '');
    written.set(definition.name, comment(definition.doc) + body(definition));
  }
  return definition.name;
}

const nullLast = (a: string, b: string): number => Number(a === 'null') - Number(b === 'null');
const wrap = (type: string): string => (type.includes('|') ? `(${type})` : type);
const comment = (doc?: string): string => (doc ? `/** ${doc} */\n` : '');

function body({ type, name, symbols = [], fields = [] }: Definition): string {
  if (type === 'enum') return `export type ${name} = ${symbols.map((symbol) => `'${symbol}'`).join(' | ')};`;
  const lines = fields.map((field) => `${comment(field.doc)}readonly ${field.name}: ${typeOf(field.type)};`);
  return `export interface ${name} {\n${lines.join('\n')}\n}`;
}

const schemas = loadSchemas();
schemas.forEach(({ schema }) => typeOf(schema));
const records = schemas
  .filter(({ kind }) => kind !== 'types')
  .map(({ name }) => `readonly ${name}: ${name};`);
const source = await format(
  [
    '// Generated from the .avsc files by `npm run generate`. Do not edit.',
    ...written.values(),
    '/** Every record that travels on a topic, by its name. */',
    `export interface Records {\n${records.join('\n')}\n}`,
    'export type RecordName = keyof Records;',
  ].join('\n\n'),
  { ...(await resolveConfig(target)), parser: 'typescript' },
);

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== source) {
    console.error('src/schemas/generated/records.ts does not match the .avsc files: run `npm run generate`');
    process.exit(1);
  }
  console.log(`generated types match the ${schemas.length} .avsc files`);
} else {
  mkdirSync(new URL('.', `file://${target}`), { recursive: true });
  writeFileSync(target, source);
  console.log(`wrote ${target}`);
}
