/** The servers a command works on, reached once or told about in one line. */
import { readConfig, type Config } from '../config.ts';
import { type Codec, createCodec, UndecodableError } from '../schemas/codec.ts';
import { type Formats, formatsAt, newestLevel, NewerFormatsError } from '../schemas/formats.ts';
import { connectRegistry } from '../schemas/registry.ts';
import { levelTopics, topics } from '../schemas/topics.ts';
import { type Cluster, describeCluster } from '../topology/kafka/admin.ts';
import { type KafkaClient, kafkaClient } from '../topology/kafka/client.ts';
import { connectRedis, type RedisClient } from '../topology/redis/connections.ts';
import { ToolError, within } from './ending.ts';

/** A server that has not answered by then (ms) is away. */
const patienceMillis = 5_000;

/** The configuration of the environment; throws a ToolError that names what is missing or wrong. */
export function environment(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    throw new ToolError(messageOf(error), { cause: error });
  }
}

export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // A connection that was refused on several addresses says so in its parts alone.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error.message;
};

/** Throws a ToolError that says which server is meant and by which variable it was named. */
async function reach<T>(server: string, variable: string, url: string, asked: Promise<T>): Promise<T> {
  const named = `${server} at ${withoutPassword(url)} (${variable})`;
  try {
    return await within(patienceMillis, named, asked);
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError(`${named} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

export const withoutPassword = (url: string): string => url.replace(/:[^:@/]*@/, ':…@');

export interface Log {
  readonly kafka: KafkaClient;
  readonly cluster: Cluster;
  readonly codec: Codec;
  /** Which forms of records may be written. */
  readonly formats: Formats;
}

/** Kafka with its topics, and a codec over the registry. Throws a ToolError where a newer build is needed. */
export async function reachLog(config: Config): Promise<Log> {
  const { schemaRegistry } = config;
  // What the client complains of reaches us as an error.
  const client = (retries?: number): KafkaClient =>
    kafkaClient(config.kafka, `${config.instanceId}-cli`, () => undefined, retries);
  const registry = connectRegistry(schemaRegistry);
  const [cluster, ids] = await Promise.all([
    reachKafka(config, describeCluster(client(1), Object.values(topics), levelTopics)),
    reach('the schema registry', 'SCHEMA_REGISTRY_URL', schemaRegistry.url, registry.lookUp()),
  ]);
  const { formatLevel } = cluster;
  if (formatLevel > newestLevel) throw new ToolError(new NewerFormatsError(formatLevel).message);
  const formats = formatsAt(() => formatLevel);
  return { kafka: client(), cluster, codec: impatient(createCodec(ids, registry)), formats };
}

/** A registry that does not know a schema now is not asked again, as a task does for a sender that was just faster. */
const impatient = (codec: Codec): Codec => ({
  ...codec,
  learn: async (schemaId) => {
    const answer = await codec.learn(schemaId);
    if (answer === 'unknown')
      throw new UndecodableError('UNKNOWN_SCHEMA', `the registry has no schema ${schemaId}`);
    return answer;
  },
});

export async function reachRedis({ redis }: Config): Promise<RedisClient> {
  return reach(
    'Redis',
    'REDIS_URL',
    redis.url,
    connectRedis(redis, () => undefined),
  );
}

/** For what reaches Kafka by itself. */
export const reachKafka = <T>({ kafka }: Config, asked: Promise<T>): Promise<T> =>
  reach('Kafka', 'KAFKA_BROKERS', kafka.brokers.join(','), asked);

/** For what reaches Postgres by itself. */
export const reachPostgres = <T>({ database }: Config, asked: Promise<T>): Promise<T> =>
  reach('Postgres', 'DATABASE_URL', database.url, asked);
