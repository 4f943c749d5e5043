import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { json } from 'node:stream/consumers';
import type { LoadedSchema } from './load.ts';
import { loadSchemas } from './load.ts';
import { agentOf, type RegistryAddress } from './registryAddress.ts';
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
export function inspectRegistry(address: RegistryAddress, millis: number): Promise<SubjectReport[]> {
  const ask = asker(address, AbortSignal.timeout(millis));
  return Promise.all(
    loadSchemas().flatMap((loaded) => (loaded.kind === 'types' ? [] : [inspectSubject(ask, loaded)])),
  );
}

/** Answers what a path has, null where there is nothing. Throws what else is answered. With a body it is a POST. */
type Ask = (path: string, body?: object) => Promise<Readonly<Record<string, unknown>> | null>;

/** Node's `fetch` cannot be told whom to trust; its older clients can. */
function asker(address: RegistryAddress, signal: AbortSignal): Ask {
  const { url, auth } = address;
  const agent = agentOf(address);
  const options = {
    signal,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    ...(auth && { auth: `${auth.username}:${auth.password}` }),
    ...(agent && { agent }),
  };
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return async (path, body) => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(`${url}${path}`, { ...options, method: body ? 'POST' : 'GET' }, resolve)
        .on('error', reject)
        .end(body && JSON.stringify(body));
    });
    const { statusCode = 0 } = response;
    if (statusCode === 200) return (await json(response)) as Readonly<Record<string, unknown>>;
    response.resume();
    if (statusCode === 404) return null;
    throw new Error(`${path} answers ${statusCode}`);
  };
}

async function inspectSubject(ask: Ask, loaded: LoadedSchema): Promise<SubjectReport> {
  const subject = loaded.kind === 'types' ? '' : subjectOf(topics[loaded.kind], loaded.fullName);
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
