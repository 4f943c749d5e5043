import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of .avsc files; each but `types` is the vocabulary of one topic. */
export const kinds = ['types', 'commands', 'events', 'notifications', 'timers', 'changelog', 'dlq'] as const;
export type Kind = (typeof kinds)[number];

export interface LoadedSchema {
  readonly kind: Kind;
  readonly name: string;
  /** Namespace and name. */
  readonly fullName: string;
  /** Self-contained: a named type stands in full where it is first used. */
  readonly schema: { readonly [key: string]: unknown };
}

/** Reads every .avsc file beside this module; `schema` of each is what the registry is given. */
export function loadSchemas(root = import.meta.dirname): readonly LoadedSchema[] {
  const files = kinds.flatMap((kind) =>
    readdirSync(join(root, kind))
      .filter((file) => file.endsWith('.avsc'))
      .sort()
      .map((file) => ({ kind, document: parse(join(root, kind, file)) })),
  );
  const byName = new Map(files.map(({ document }) => [fullNameOf(document), document]));
  return files.map(({ kind, document }) => ({
    kind,
    name: String(document['name']),
    fullName: fullNameOf(document),
    schema: inline(document, byName, String(document['namespace']), new Set()) as LoadedSchema['schema'],
  }));
}

type Document = Readonly<Record<string, unknown>>;

function parse(path: string): Document {
  const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (
    !isDocument(document) ||
    typeof document['name'] !== 'string' ||
    typeof document['namespace'] !== 'string'
  ) {
    throw new Error(`${path}: a schema file holds one named type with a namespace`);
  }
  return document;
}

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fullNameOf = (document: Document): string =>
  `${String(document['namespace'])}.${String(document['name'])}`;

/** Puts the definition of every named type of another file where it is first used, as the registry wants it. */
function inline(
  schema: unknown,
  byName: ReadonlyMap<string, Document>,
  namespace: string,
  seen: Set<string>,
): unknown {
  if (typeof schema === 'string') {
    const fullName = schema.includes('.') ? schema : `${namespace}.${schema}`;
    const document = byName.get(fullName);
    if (!document) return schema;
    return seen.has(fullName) ? fullName : inline(document, byName, namespace, seen);
  }
  if (Array.isArray(schema)) return schema.map((branch) => inline(branch, byName, namespace, seen));
  if (!isDocument(schema)) return schema;
  const own = typeof schema['namespace'] === 'string' ? schema['namespace'] : namespace;
  if (typeof schema['name'] === 'string') seen.add(`${own}.${schema['name']}`);
  const copy: Record<string, unknown> = { ...schema };
  if ('items' in schema) copy['items'] = inline(schema['items'], byName, own, seen);
  if (isDocument(schema['type'])) copy['type'] = inline(schema['type'], byName, own, seen);
  if (Array.isArray(schema['fields'])) {
    copy['fields'] = schema['fields'].map((field: Document) => ({
      ...field,
      type: inline(field['type'], byName, own, seen),
    }));
  }
  return copy;
}
