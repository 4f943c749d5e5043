/**
 * The servers as throw-away containers, for `npm test` where there is Docker but no Java: on the same fixed ports as
 * processes would have, since Kafka must tell its clients where it is before it starts. What keeps data across a
 * kill is the container's own layer. Unproven: no Docker engine was at hand.
 */
import { GenericContainer, getContainerRuntimeClient, Wait, type StartedTestContainer } from 'testcontainers';
import { containerUrls } from './compose.ts';
import type { Making } from './making.ts';
import type { Server, ServerName } from './server.ts';

/** The same images as compose.yaml. */
const images: Readonly<
  Record<ServerName, { image: string; port: number; environment: Record<string, string> }>
> = {
  kafka: {
    image: 'apache/kafka:4.1.1',
    port: 9092,
    environment: {
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    },
  },
  registry: {
    image: 'apicurio/apicurio-registry:3.0.9',
    port: 8080,
    // Its default is memory, and its ids are in Kafka's records.
    environment: { APICURIO_DATASOURCE_URL: 'jdbc:h2:file:/tmp/registry;WRITE_DELAY=0' },
  },
  redis: { image: 'redis:8-alpine', port: 6379, environment: {} },
  postgres: {
    image: 'postgres:18-alpine',
    port: 5432,
    environment: { POSTGRES_DB: 'waiting', POSTGRES_PASSWORD: 'postgres' },
  },
};

const redisCommand = [
  'redis-server',
  '--appendonly',
  'yes',
  '--maxmemory-policy',
  'noeviction',
  '--save',
  '',
];

export function testContainers({ needed, ports }: Making): Server[] {
  return needed.map((name) => server(name, ports[name], containerUrls(ports)[name]));
}

function describe(name: ServerName, port: number): GenericContainer {
  const { image, port: inside, environment } = images[name];
  const container = new GenericContainer(image)
    .withEnvironment(environment)
    .withExposedPorts({ container: inside, host: port })
    .withStartupTimeout(120_000);
  switch (name) {
    case 'kafka':
      return container
        .withEnvironment({ KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}` })
        .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
    case 'registry':
      return container.withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', inside));
    case 'redis':
      return container
        .withCommand(redisCommand)
        .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/));
    case 'postgres':
      // It starts twice the first time: once to create the database, once for good.
      return container.withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2));
  }
}

function server(name: ServerName, port: number, url: string): Server {
  let container: StartedTestContainer | undefined;
  let running = false;
  const start = async () => {
    if (container) await container.restart();
    else container = await describe(name, port).start();
    running = true;
  };
  const stop = async () => {
    running = false;
    // Kept, so that restart() finds its data; testcontainers' reaper removes it when this process has ended.
    await container?.stop({ remove: false, removeVolumes: false });
  };
  return {
    name,
    port,
    url,
    log: undefined,
    pid: undefined,
    get running() {
      return running;
    },
    start,
    stop,
    kill: async () => {
      running = false;
      if (!container) return;
      const client = await getContainerRuntimeClient();
      await client.container.getById(container.getId()).kill({ signal: 'SIGKILL' });
    },
    restart: async () => {
      if (running) await stop();
      await start();
    },
  };
}
