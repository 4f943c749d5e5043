import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import avsc from 'avsc';
import type { RecordName } from './generated/records.ts';
import { RegistryAwayError } from './learning.ts';
import { loadSchemas, type LoadedSchema } from './load.ts';
import { agentOf, type RegistryAddress } from './registryAddress.ts';
import { subjectOf, topics } from './topics.ts';

/** Where schema ids come from. */
export interface Registry {
  /** The id of every record of this build. Rejects, naming `waiting setup`, when one isn't registered; with RegistryAwayError when the registry cannot be asked. */
  lookUp: () => Promise<ReadonlyMap<RecordName, number>>;
  /** Registers every record under TopicRecordNameStrategy with FULL_TRANSITIVE; again: changes nothing. */
  register: () => Promise<ReadonlyMap<RecordName, number>>;
  /** The writer's schema of an id; null where the registry answers that it has none. Throws when it can't be asked. */
  find: (id: number) => Promise<avsc.Type | null>;
}

/** A Confluent-compatible schema registry. */
export function connectRegistry(address: RegistryAddress): Registry {
  const { url, auth } = address;
  const agent = agentOf(address);
  // Retrying is the caller's: a command's schema is asked for until it is found, a start-up should fail and say so.
  const client = new SchemaRegistry({
    host: url,
    retry: { maxRetryTimeInSecs: 1, retries: 1 },
    ...(auth && { auth }),
    ...(agent && { agent }),
  });
  const records = loadSchemas().flatMap((loaded) =>
    loaded.kind === 'types' ? [] : [{ loaded, subject: subjectOf(topics[loaded.kind], loaded.fullName) }],
  );

  const idsBy = async (ask: (loaded: LoadedSchema, subject: string) => Promise<number>) => {
    const ids = new Map<RecordName, number>();
    for (let next = 0; next < records.length; next += askedAtOnce) {
      await Promise.all(
        records.slice(next, next + askedAtOnce).map(async ({ loaded, subject }) => {
          ids.set(loaded.name as RecordName, await ask(loaded, subject));
        }),
      );
    }
    return ids;
  };
  const document = ({ schema }: LoadedSchema) => ({
    type: SchemaType.AVRO as const,
    schema: JSON.stringify(schema),
  });

  return {
    lookUp: () =>
      idsBy(async (loaded, subject) => {
        try {
          return await client.getRegistryIdBySchema(subject, document(loaded));
        } catch (error) {
          // The library's name for a 404.
          if (error instanceof Error && error.name === 'ConfluentSchemaRegistryError')
            throw new Error(`schema ${subject} is not registered at ${url}: run \`waiting setup\``, {
              cause: error,
            });
          const message = `schema ${subject} cannot be looked up at ${url}: ${String(error)}`;
          const refused = [401, 403, 422].some((status) => hasStatus(error, status));
          throw refused
            ? new Error(message, { cause: error })
            : new RegistryAwayError(message, { cause: error });
        }
      }),
    register: () =>
      idsBy(async (loaded, subject) => {
        const options = { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE };
        return (await client.register(document(loaded), options)).id;
      }),
    find: async (id) => {
      try {
        const schema = await within(findMillis, client.getSchema(id));
        return schema instanceof avsc.Type ? schema : null;
      } catch (error) {
        if (hasStatus(error, 404)) return null;
        throw error;
      }
    },
  };
}

/**
 * A registry that has just started runs out of connections to its own store when it is asked for all at once, and leaves
 * subjects that it registered without the compatibility that comes after.
 */
const askedAtOnce = 4;

/** The library waits for ever for a registry that accepts and does not answer. */
const findMillis = 5_000;

async function within<T>(millis: number, asked: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${millis} ms`)), millis);
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const hasStatus = (error: unknown, status: number): boolean =>
  typeof error === 'object' && error !== null && 'status' in error && error.status === status;
