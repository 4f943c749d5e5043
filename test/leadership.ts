/**
 * What brokers say of who leads and coordinates what, and the election of those who lead by preference. One that does not
 * answer soon is passed over for the next.
 */
import {
  type Connection,
  ConnectionPool,
  createAPI,
  findCoordinatorV4,
  metadataV11,
  MultipleErrors,
  type Reader,
  ResponseError,
  Writer,
} from '@platformatic/kafka';

export interface Led {
  readonly topic: string;
  readonly partition: number;
  /** A node id; -1: nobody leads. */
  readonly leader: number;
  /** Node ids; the first of them leads by preference. */
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

interface Address {
  readonly port: number;
}

const timeouts = { connectTimeout: 1_000, requestTimeout: 2_000 };

/** Asks the first of these brokers that answers, over connections of its own. Throws when none does. */
async function ask<T>(
  brokers: readonly Address[],
  question: (connection: Connection) => Promise<T>,
): Promise<T> {
  const pool = new ConnectionPool('test', timeouts);
  const failed: Error[] = [];
  try {
    for (const { port } of brokers) {
      try {
        return await question(await pool.get({ host: '127.0.0.1', port }));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        failed.push(error);
      }
    }
    throw new MultipleErrors('no broker answers', failed);
  } finally {
    await pool.close();
  }
}

/** Every partition of the topics, or of all. */
export const partitionsOf = (brokers: readonly Address[], topics?: readonly string[]): Promise<Led[]> =>
  ask(brokers, async (connection) => {
    const asked = metadataV11.api.async(connection, topics ? [...topics] : null, false);
    const metadata = await asked.catch((error: unknown) => {
      // The library refuses the whole answer for one partition that nobody leads.
      if (error instanceof ResponseError) return error['response'] as Awaited<typeof asked>;
      throw error;
    });
    return metadata.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
        topic: name ?? '',
        partition: partitionIndex,
        leader: leaderId,
        replicas: replicaNodes,
        inSync: isrNodes,
      })),
    );
  });

const keyTypes = { group: 0, transaction: 1 } as const;

/** The node id of the broker that coordinates a consumer group or a transactional id. Throws when none does now. */
export const coordinatorOf = (
  brokers: readonly Address[],
  type: keyof typeof keyTypes,
  key: string,
): Promise<number> =>
  ask(brokers, async (connection) => {
    const { coordinators } = await findCoordinatorV4.api.async(connection, keyTypes[type], [key]);
    const [found] = coordinators;
    if (!found || found.errorCode !== 0) throw new Error(`no broker coordinates ${key}`);
    return found.nodeId;
  });

const preferred = 0;
const electionMillis = 10_000;

/** Has every partition led by the first of its replicas; answers how many leaders changed by that. */
export const electPreferred = (brokers: readonly Address[]): Promise<number> =>
  ask(brokers, (connection) => electLeaders.async(connection));

/** The library has no such request (KIP-460, version 2): of all partitions, answered are those where it did something. */
const electLeaders = createAPI<[], number>(
  43,
  2,
  () =>
    Writer.create()
      .appendInt8(preferred)
      .appendArray(null, () => undefined)
      .appendInt32(electionMillis)
      .appendTaggedFields(),
  (_correlationId: number, _key: number, _version: number, reader: Reader) => {
    reader.readInt32(); // throttled for
    const failed = reader.readInt16();
    if (failed !== 0) throw new Error(`the election failed with error ${failed}`);
    const topics = reader.readArray((topic) => {
      topic.readString();
      return topic.readArray((partition) => {
        partition.readInt32();
        const error = partition.readInt16();
        partition.readNullableString();
        return error === 0;
      });
    });
    return topics.flat().filter((elected) => elected).length;
  },
);
