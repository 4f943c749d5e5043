/**
 * Kafka from the jars of Maven Central: one process that is broker and controller together (KRaft), or one of several
 * (cluster.ts). Tuned for a quick start on a small machine; what the application relies on (transactions, compaction,
 * murmur2 keys) is Kafka's own.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaAdministrator, type Materials } from '../security/materials.ts';
import { principals, userOf } from '../security/principals.ts';
import { type ClassArchive, classArchive } from './classArchive.ts';
import type { Java } from './machine.ts';
import { freePort } from './ports.ts';
import type { Program, ServerSpec } from './server.ts';

export interface KafkaPlace {
  readonly java: Java;
  /** The folder of its jars. */
  readonly jars: string;
  /** The folder of its configuration and logs of records. */
  readonly data: string;
  readonly port: number;
  /** Whether there will be another start on this data. */
  readonly keep: boolean;
  readonly materials: Materials | undefined;
}

/** One process of Kafka, whatever its roles are. */
export interface KafkaProcess<Name extends string> extends Omit<KafkaPlace, 'keep'> {
  readonly name: Name;
  readonly clusterId: string;
  readonly jvmOptions: readonly string[];
  /** Asked for before every start. */
  readonly settings: () => Promise<Settings>;
  readonly archive: ClassArchive;
}

/**
 * A name of its own for every folder, 22 characters of base64 as Kafka wants it: the application knows by it that
 * offsets it finds in Redis are another cluster's. A leading dash would look like an option.
 */
export const newClusterId = (): string => `k${randomBytes(16).toString('base64url').slice(1)}`;

/** Where a process keeps the records, in the folder of its data. */
const recordsIn = (data: string): string => join(data, 'records');

/** Whether a process has been there: Kafka keeps here which cluster its folder is of. */
export const metaFile = (data: string): string => join(recordsIn(data), 'meta.properties');

/** Java maps what another JVM has read of its classes. */
export const kafkaArchive = ({ jars, java }: KafkaPlace, write: boolean): ClassArchive =>
  classArchive(join(jars, '..', `kafka-${java.version}.jsa`), write);

export function kafka(place: KafkaPlace): ServerSpec {
  const { port, data, materials } = place;
  return kafkaProcess({
    ...place,
    name: 'kafka',
    clusterId: newClusterId(),
    jvmOptions: ['-Xmx512m'],
    // The controller's port is nobody else's business: a free one, another at each start.
    settings: async () => ({
      ...common(data),
      ...alone,
      ...(materials ? secured(port, await freePort(), data, materials) : open(port, await freePort())),
    }),
    archive: kafkaArchive(place, place.keep),
  });
}

export function kafkaProcess<Name extends string>(one: KafkaProcess<Name>): ServerSpec<Name> {
  const { name, data, port, archive, materials } = one;
  return {
    name,
    port,
    url: `127.0.0.1:${port}`,
    prepare: async (log, run) => {
      const configuration = join(data, 'server.properties');
      mkdirSync(recordsIn(data), { recursive: true });
      writeFileSync(configuration, textOf(await one.settings()), { mode: 0o600 });
      if (!existsSync(metaFile(data))) {
        const format = [
          'format',
          '--cluster-id',
          one.clusterId,
          '--config',
          configuration,
          '--ignore-formatted',
          ...(materials ? scramOptions(materials) : []),
        ];
        await run(`formatting the folder of ${name}`, jvm(one, [], 'kafka.tools.StorageTool', format), log);
      }
      return jvm(one, archive.options, 'kafka.Kafka', [configuration]);
    },
    // The port opens before the broker has taken its partitions; this line comes after.
    ready: (log) => Promise.resolve(/Kafka Server started/.test(readFileSync(log, 'utf8'))),
    stop: { signal: 'SIGTERM', patience: 20_000 },
    stopped: archive.ended,
  };
}

type HowToRun = Pick<KafkaProcess<string>, 'java' | 'jars' | 'jvmOptions'>;

function jvm(
  { java, jars, jvmOptions }: HowToRun,
  options: readonly string[],
  main: string,
  args: readonly string[],
): Program {
  return {
    file: java.file,
    args: [
      ...jvmOptions,
      ...options,
      '-Djava.awt.headless=true',
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
      '-Dorg.slf4j.simpleLogger.showThreadName=false',
      '-cp',
      join(jars, '*'),
      main,
      ...args,
    ],
  };
}

export type Settings = Readonly<Record<string, string | number | boolean>>;

const textOf = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** Of every process of Kafka, alone or not. */
export const common = (data: string): Settings => ({
  'controller.listener.names': 'CONTROLLER',
  'log.dirs': recordsIn(data),
  'auto.create.topics.enable': false,
  // Few partitions of the internal topics, since each is a folder to open at a start.
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  // A consumer that joins alone should not wait 3 s for others.
  'group.initial.rebalance.delay.ms': 0,
  'num.recovery.threads.per.data.dir': 2,
  // Looks every second for what can be compacted, not every 15 s: a test waits for it.
  'log.cleaner.backoff.ms': 1000,
  // The default of 128 MB is a quarter of a heap of 512 MB.
  'log.cleaner.dedupe.buffer.size': 32 * 1024 * 1024,
});

const one = 1;

/** One process is the cluster: no replicas of the internal topics. */
const alone: Settings = {
  'process.roles': 'broker,controller',
  'node.id': one,
  'offsets.topic.replication.factor': one,
  'transaction.state.log.replication.factor': one,
  'transaction.state.log.min.isr': one,
  'share.coordinator.state.topic.replication.factor': one,
  'share.coordinator.state.topic.min.isr': one,
  // After a kill -9 the new broker may register only when the old one's session is over: 9 s by default.
  'broker.session.timeout.ms': 4000,
  'broker.heartbeat.interval.ms': 500,
};

/** For everybody on this machine. */
const open = (port: number, controllerPort: number): Settings => ({
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
});

/**
 * For users who prove who they are: on the port by a password (SCRAM), on another by a certificate, both over TLS. What
 * they may do says the authorizer, which lets nobody do what nothing is said of.
 */
function secured(port: number, controllerPort: number, data: string, materials: Materials): Settings {
  const { ca, pair, mutualPort } = materials;
  const keystore = join(data, 'kafka.pem');
  const { cert, key } = pair('kafka');
  writeFileSync(keystore, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'), { mode: 0o600 });
  return {
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PASSWORD://127.0.0.1:${port},MUTUAL://127.0.0.1:${mutualPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PASSWORD://127.0.0.1:${port},MUTUAL://127.0.0.1:${mutualPort}`,
    'listener.security.protocol.map': 'PASSWORD:SASL_SSL,MUTUAL:SSL,CONTROLLER:SSL',
    'inter.broker.listener.name': 'MUTUAL',
    'sasl.enabled.mechanisms': scram,
    'listener.name.password.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': ca,
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.controller.ssl.client.auth': 'required',
    // The common name is the user.
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:kafka;User:${kafkaAdministrator}`,
  };
}

const scram = 'SCRAM-SHA-512';

/** Users who prove themselves by a password, for the formatting: it puts them into the cluster's metadata. */
const scramOptions = ({ password }: Materials): string[] =>
  [kafkaAdministrator, ...principals.map(userOf)].flatMap((user) => [
    '--add-scram',
    `${scram}=[name=${user},password=${password(user)}]`,
  ]);
