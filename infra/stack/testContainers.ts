/**
 * The servers as throw-away containers, for `npm test` where there is Docker but no Java: on the same fixed ports as
 * processes would have, since Kafka must tell its clients where it is before it starts. What keeps data across a stop and
 * a kill is the container itself, which is removed when nobody will start it again.
 */
import { GenericContainer, getContainerRuntimeClient, Wait, type StartedTestContainer } from 'testcontainers';
import { containerUrls } from './compose.ts';
import { serverImage } from './images.ts';
import type { Making } from './making.ts';
import type { Server, ServerName } from './server.ts';

const settings: Readonly<Record<ServerName, { port: number; environment: Record<string, string> }>> = {
  kafka: {
    port: 9092,
    environment: {
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      // Two names for one broker: the port of the machine, which OUTSIDE tells, is not there inside of the container.
      KAFKA_LISTENERS: 'OUTSIDE://:9092,INSIDE://localhost:19092,CONTROLLER://localhost:9093',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '4',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      // As of the local process: a test waits for a compaction, and for a broker that was killed.
      KAFKA_LOG_CLEANER_BACKOFF_MS: '1000',
      KAFKA_BROKER_SESSION_TIMEOUT_MS: '4000',
      KAFKA_BROKER_HEARTBEAT_INTERVAL_MS: '500',
    },
  },
  registry: {
    port: 8080,
    // Its default is memory, and its ids are in Kafka's records.
    environment: { APICURIO_DATASOURCE_URL: 'jdbc:h2:file:/tmp/registry;WRITE_DELAY=0' },
  },
  redis: { port: 6379, environment: {} },
  postgres: { port: 5432, environment: { POSTGRES_DB: 'waiting', POSTGRES_PASSWORD: 'postgres' } },
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

/** How long one may take to end in order (ms) before it is killed. */
const patience = 20_000;

/** The library publishes ports on every address of the machine. */
class OfThisMachine extends GenericContainer {
  protected override beforeContainerCreated(): Promise<void> {
    const { PortBindings: bindings = {} } = this.hostConfig as { PortBindings?: Record<string, object[]> };
    for (const binding of Object.values(bindings).flat()) Object.assign(binding, { HostIp: '127.0.0.1' });
    return Promise.resolve();
  }
}

export function testContainers({ needed, ports }: Making): Server[] {
  return needed.map((name) => server(name, ports[name], containerUrls(ports)[name]));
}

function describe(name: ServerName, port: number): GenericContainer {
  const { port: inside, environment } = settings[name];
  const container = new OfThisMachine(serverImage(name))
    .withEnvironment(environment)
    .withExposedPorts({ container: inside, host: port })
    .withStartupTimeout(120_000);
  switch (name) {
    case 'kafka':
      return container
        .withEnvironment({
          KAFKA_ADVERTISED_LISTENERS: `OUTSIDE://127.0.0.1:${port},INSIDE://localhost:19092`,
        })
        .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
    case 'registry':
      return container.withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', inside));
    case 'redis':
      return container.withCommand(redisCommand).withWaitStrategy(Wait.forListeningPorts());
    case 'postgres':
      // What it says differs: the first time it starts twice, and creates the database without a port in between.
      return container.withWaitStrategy(Wait.forListeningPorts());
  }
}

function server(name: ServerName, port: number, url: string): Server {
  let container: StartedTestContainer | undefined;
  let running = false;
  /** What the engine knows of it; the library stops a container only once, and gives it no time to end. */
  const raw = async () =>
    container && (await getContainerRuntimeClient()).container.getById(container.getId());
  const start = async () => {
    if (container) await container.restart();
    else container = await describe(name, port).start();
    running = true;
  };
  const stop = async () => {
    running = false;
    await (await raw())?.stop({ t: patience / 1_000 });
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
      const one = await raw();
      await one?.kill({ signal: 'SIGKILL' });
      await one?.wait();
    },
    restart: async () => {
      if (running) await stop();
      await start();
    },
    discard: async () => {
      running = false;
      await (await raw())?.remove({ force: true, v: true });
      container = undefined;
    },
  };
}
