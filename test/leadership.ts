/** What brokers say of who leads which partition. One that does not answer soon is passed over for the next. */
import {
  type Connection,
  ConnectionPool,
  metadataV11,
  MultipleErrors,
  ResponseError,
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

/** Every partition of the topics. */
export const partitionsOf = (brokers: readonly Address[], topics: readonly string[]): Promise<Led[]> =>
  ask(brokers, async (connection) => {
    const asked = metadataV11.api.async(connection, [...topics], false);
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
