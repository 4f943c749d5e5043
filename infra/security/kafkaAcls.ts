/**
 * Who may do what in Kafka: the whole table. Everything that is not here is refused, by a broker whose authorizer is on
 * and whose `allow.everyone.if.no.acl.found` is not.
 */
import kafkajs, { type AclEntry, type Kafka } from 'kafkajs';
import { topics } from '../../src/schemas/topics.ts';
import { type Principal, userOf } from './principals.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const operations = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  create: AclOperationTypes.CREATE,
  alter: AclOperationTypes.ALTER,
  describe: AclOperationTypes.DESCRIBE,
  'describe configs': AclOperationTypes.DESCRIBE_CONFIGS,
} as const;
const resources = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  'transactional id': AclResourceTypes.TRANSACTIONAL_ID,
} as const;

interface Grant {
  readonly may: readonly (keyof typeof operations)[];
  readonly on: keyof typeof resources;
  /** One that ends with * means all whose names begin so. */
  readonly names: readonly string[];
}

const may = (what: Grant['may'], on: Grant['on'], ...names: string[]): Grant => ({ may: what, on, names });

/** Every process asks at its start how all topics are partitioned. */
const look = may(['describe'], 'topic', ...Object.values(topics));

/** Reading includes describing, in Kafka; so does writing. `application` is APPLICATION_ID. */
const grantsOf = (application: string): Readonly<Record<Principal, readonly Grant[]>> => ({
  setup: [
    may(['create', 'describe'], 'topic', ...Object.values(topics)),
    // The format level is the number of partitions that it has beyond the others.
    may(['alter'], 'topic', topics.changelog),
    // Before it raises the level it looks for members of an older build.
    may(['describe'], 'group', ...['queue', 'history', 'push'].map((role) => `${application}-${role}`)),
  ],
  ingress: [look, may(['write'], 'topic', topics.commands)],
  worker: [
    may(['read'], 'topic', topics.commands, topics.changelog),
    // A start looks whether their time is the broker's.
    may(['describe configs'], 'topic', topics.commands),
    // Deadlines that have passed become commands.
    may(['write'], 'topic', ...Object.values(topics)),
    may(['read'], 'group', `${application}-queue`, `${application}-changelog-*`),
    may(['write'], 'transactional id', `${application}-${topics.commands}-*`),
  ],
  history: [look, may(['read'], 'topic', topics.events), may(['read'], 'group', `${application}-history`)],
  push: [look, may(['read'], 'topic', topics.notifications), may(['read'], 'group', `${application}-push`)],
  upstream: [may(['write'], 'topic', topics.commands)],
  operator: [
    may(['read', 'describe configs'], 'topic', ...Object.values(topics)),
    may(['describe'], 'group', `${application}-*`),
    may(['read'], 'group', ...['verify', 'doctor', 'dlq'].map((tool) => `${application}-${tool}-*`)),
    // A dead letter that is sent again.
    may(['write'], 'topic', topics.commands),
  ],
});

/** Gives everybody his rights; done again it changes nothing. `kafka` is an administrator's. */
export async function grantKafka(kafka: Kafka, application: string): Promise<number> {
  const entries = Object.entries(grantsOf(application)).flatMap(([principal, grants]) =>
    grants.flatMap((grant) => entriesOf(userOf(principal as Principal), grant)),
  );
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createAcls({ acl: entries });
  } finally {
    await admin.disconnect();
  }
  return entries.length;
}

const entriesOf = (user: string, { may: what, on, names }: Grant): AclEntry[] =>
  names.flatMap((name) =>
    what.map((operation) => ({
      resourceType: resources[on],
      resourceName: name.replace(/\*$/, ''),
      resourcePatternType: name.endsWith('*') ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation: operations[operation],
      permissionType: AclPermissionTypes.ALLOW,
    })),
  );
