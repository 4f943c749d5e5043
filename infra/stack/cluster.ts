/**
 * Kafka as several brokers, each a process of its own, with one controller beside them as larger clusters have it: the
 * quorum of the metadata is there however many brokers are down, so that partitions heal as soon as their replicas
 * return. Timeouts between brokers are Kafka's defaults: how long a failover takes is measured here.
 */
import { readFileSync } from 'node:fs';
import { common, kafkaArchive, kafkaProcess, metaFile, newClusterId } from './kafka.ts';
import type { KafkaPlace, Settings } from './kafka.ts';
import { freePort } from './ports.ts';
import { createServer, type Places, type Server, type ServerProcess } from './server.ts';

/** Another way to the brokers, such as through proxies: who comes by it is sent to these addresses. */
export interface Listener {
  /** In capitals. */
  readonly name: string;
  /** One a broker: where it listens, and where it tells clients to connect to. */
  readonly ports: readonly { readonly port: number; readonly advertised: number }[];
}

export interface Broker extends ServerProcess<string> {
  readonly nodeId: number;
}

export interface Cluster extends Server {
  readonly brokers: readonly Broker[];
}

/** What `setup` is told (docs/configuration.md) for topics of a cluster of so many brokers. */
export const topicVariables = (brokers: number): Readonly<Record<string, string>> => {
  const { replication, minIsr } = replicas(brokers);
  return { TOPIC_REPLICATION: String(replication), TOPIC_MIN_ISR: String(minIsr) };
};

const replicas = (brokers: number) => {
  const replication = Math.min(brokers, 3);
  return { replication, minIsr: Math.max(1, replication - 1) };
};

/** Its node ids are those from 1; the controller's is beyond any broker's. */
const controllerId = 100;

/** Small, as many of them run at once; the optimising compiler would cost more than it brings in a run of minutes. */
const jvmOptions = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The first broker is on the place's port, the others and the controller on free ones. */
export async function kafkaCluster(
  place: KafkaPlace,
  count: number,
  listeners: readonly Listener[],
  places: Places,
): Promise<Cluster> {
  const controllerPort = await freePort();
  const clusterId = clusterOf(`${place.data}-controller`) ?? newClusterId();

  const member = (suffix: string, port: number, settings: Settings) => {
    const data = `${place.data}-${suffix}`;
    const all = {
      ...common(data),
      ...replicated(count),
      'controller.quorum.voters': `${controllerId}@127.0.0.1:${controllerPort}`,
      ...settings,
    };
    const archive = kafkaArchive(place, false);
    const process = { ...place, name: `kafka-${suffix}`, data, port, clusterId, jvmOptions, archive };
    return createServer(kafkaProcess({ ...process, settings: () => Promise.resolve(all) }), places);
  };

  const controller = member('controller', controllerPort, {
    'process.roles': 'controller',
    'node.id': controllerId,
    listeners: `CONTROLLER://127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT',
  });
  const brokers: Broker[] = [];
  for (let nodeId = 1; nodeId <= count; nodeId += 1) {
    const port = nodeId === 1 ? place.port : await freePort();
    const server = member(String(nodeId), port, brokerOf(nodeId, port, listeners));
    brokers.push(Object.assign(server, { nodeId }));
  }
  return asOne(place.port, controller, brokers);
}

/** The cluster that the folder was formatted for; undefined: it was not yet. */
function clusterOf(data: string): string | undefined {
  try {
    return /^cluster\.id=(.+)$/m.exec(readFileSync(metaFile(data), 'utf8'))?.[1];
  } catch {
    return undefined; // no such file
  }
}

function replicated(count: number): Settings {
  const { replication, minIsr } = replicas(count);
  return {
    'default.replication.factor': replication,
    'min.insync.replicas': minIsr,
    'offsets.topic.replication.factor': replication,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': minIsr,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': minIsr,
  };
}

function brokerOf(nodeId: number, port: number, listeners: readonly Listener[]): Settings {
  const all = [
    { name: 'PLAINTEXT', port, advertised: port },
    ...listeners.map(({ name, ports }) => {
      const own = ports[nodeId - 1];
      if (!own) throw new Error(`listener ${name} has no ports for broker ${nodeId}`);
      return { name, ...own };
    }),
  ];
  return {
    'process.roles': 'broker',
    'node.id': nodeId,
    listeners: all.map((each) => `${each.name}://127.0.0.1:${each.port}`).join(),
    'advertised.listeners': all.map((each) => `${each.name}://127.0.0.1:${each.advertised}`).join(),
    'listener.security.protocol.map': [...all.map(({ name }) => name), 'CONTROLLER']
      .map((name) => `${name}:PLAINTEXT`)
      .join(),
    'inter.broker.listener.name': 'PLAINTEXT',
  };
}

/** All of its processes as one server. */
function asOne(port: number, controller: Server<string>, brokers: readonly Broker[]): Cluster {
  const all = [controller, ...brokers];
  const stop = async (): Promise<void> => {
    // A broker hands over what it leads before it ends, and the controller has to agree.
    await Promise.all(brokers.map((broker) => broker.stop()));
    await controller.stop();
  };
  const start = async (): Promise<void> => {
    await Promise.all(all.filter(({ running }) => !running).map((server) => server.start()));
  };
  return {
    name: 'kafka',
    port,
    url: brokers.map(({ url }) => url).join(),
    log: undefined,
    pid: undefined,
    get running() {
      return all.some(({ running }) => running);
    },
    start,
    stop,
    kill: async () => {
      await Promise.all(all.map((server) => server.kill()));
    },
    restart: async () => {
      await stop();
      await start();
    },
    brokers,
  };
}
