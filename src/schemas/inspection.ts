import type { LoadedSchema } from './load.ts';
import { loadSchemas } from './load.ts';
import { subjectOf, topics } from './topics.ts';

/** What a registry says of one record of ours. */
export interface SubjectReport {
  readonly subject: string;
  /** null: this build's schema is not registered. */
  readonly id: number | null;
  /** Whether the id leads to a schema: whoever reads a record asks for it. */
  readonly found: boolean;
  /** Null: not even a default is told. */
  readonly compatibility: string | null;
}

const compatibilityWanted = 'FULL_TRANSITIVE';
export const isCompatible = ({ compatibility }: SubjectReport): boolean =>
  compatibility === compatibilityWanted;

/** Asks for every record of this build. Rejects when the registry does not answer in time (ms). */
export function inspectRegistry(url: string, millis: number): Promise<SubjectReport[]> {
  const signal = AbortSignal.timeout(millis);
  return Promise.all(
    loadSchemas().flatMap((loaded) => (loaded.kind === 'types' ? [] : [inspectSubject(url, signal, loaded)])),
  );
}

async function inspectSubject(
  url: string,
  signal: AbortSignal,
  loaded: LoadedSchema,
): Promise<SubjectReport> {
  const subject = loaded.kind === 'types' ? '' : subjectOf(topics[loaded.kind], loaded.fullName);
  const ask = async (path: string, body?: object): Promise<Readonly<Record<string, unknown>> | null> => {
    const response = await fetch(`${url}${path}`, {
      signal,
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify(body),
      }),
    });
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`${path} answers ${response.status}`);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };
  const name = encodeURIComponent(subject);
  const [registered, config] = await Promise.all([
    ask(`/subjects/${name}`, { schema: JSON.stringify(loaded.schema) }),
    ask(`/config/${name}`),
  ]);
  const id = typeof registered?.['id'] === 'number' ? registered['id'] : null;
  const compatibility = config?.['compatibilityLevel'];
  return {
    subject,
    id,
    found: id !== null && (await ask(`/schemas/ids/${id}`)) !== null,
    compatibility: typeof compatibility === 'string' ? compatibility : null,
  };
}
