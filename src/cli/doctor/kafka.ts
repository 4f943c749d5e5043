import type { Config } from '../../config.ts';
import { levelTopics, topics } from '../../schemas/topics.ts';
import { topicSpecs } from '../../topicSpecs.ts';
import type { Marks } from '../../topology/emission.ts';
import { apart } from '../../topology/kafka/admin.ts';
import type {
  GroupReport,
  Inspection,
  OpenTransaction,
  TopicReport,
} from '../../topology/kafka/inspection.ts';
import { oldestKafka, type Unsupported } from '../../topology/kafka/versions.ts';
import { oddSettings } from '../../topology/kafka/topicSettings.ts';
import { type Check, ok, warning, wrong } from './check.ts';
import { checkOffsets, compareOffsets } from './offsets.ts';

/** Longer than any of the service's transactions may take (15 s), with room. */
const hangingMillis = 30_000;
/** A worker decides tens of thousands of commands a second: more than this is a backlog. */
const backlog = 1_000;

/** A topic that differs from these loses records, or makes commands' times somebody's opinion. */
const vital = new Set(['cleanup.policy', 'message.timestamp.type', 'compression.type', 'max.message.bytes']);

const names = Object.values(topics);

/** `decode` rejects while the registry does not answer. */
export async function checkKafka(
  kafka: Inspection,
  unsupported: readonly Unsupported[],
  config: Config,
  decode: () => Promise<Marks['decodePosition']>,
  now: number,
): Promise<Check[]> {
  const brokers = await kafka.brokers();
  const reports = await kafka.topics(names);
  const checks = [
    ok('broker', `${brokers} ${brokers === 1 ? 'broker' : 'brokers'}`),
    checkVersions(unsupported),
    checkExistence(reports),
    ...topicSpecs.flatMap((spec) => {
      const report = reports.find(({ topic }) => topic === spec.topic);
      return report ? [checkTopic(report, configOf(spec.config, config.topics.minIsr))] : [];
    }),
  ];
  if (reports.length < names.length) return checks;
  const queue = `${config.applicationId}-queue`;
  const groups = await Promise.all([
    kafka.group(queue, topics.commands),
    kafka.group(`${config.applicationId}-history`, topics.events),
  ]);
  const [offsets, open] = await Promise.all([
    offsetsOf(kafka, queue, decode),
    kafka.openTransactions(names, now - hangingMillis),
  ]);
  return [...checks, ...groups.map(withoutMarkers).map(checkGroup), offsets, checkTransactions(open, now)];
}

async function offsetsOf(
  kafka: Inspection,
  group: string,
  decode: () => Promise<Marks['decodePosition']>,
): Promise<Check> {
  try {
    const position = await decode();
    const differences = await compareOffsets(
      () => kafka.emitted(topics.changelog, position),
      () => kafka.committed(group, topics.commands),
    );
    return checkOffsets(group, differences);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return warning(`offsets of ${group}`, `not compared: ${why}`, 'see the registry, and run this again');
  }
}

export function checkVersions(found: readonly Unsupported[]): Check {
  const name = 'broker versions';
  if (found.length === 0) return ok(name, `Kafka ${oldestKafka} or newer`);
  const told = found.map(({ broker, why }) => `${broker}: ${why}`).join('; ');
  return wrong(name, told, `update the brokers to Kafka ${oldestKafka} or newer`);
}

/** The log of events ends with the marker of a transaction, which nobody consumes. */
const withoutMarkers = ({ lag, ...group }: GroupReport): GroupReport => ({
  ...group,
  lag: group.topic === topics.events ? new Map([...lag].map(([p, n]) => [p, Math.max(0, n - 1)])) : lag,
});

const configOf = (config: Readonly<Record<string, string>>, minIsr: number): Record<string, string> => ({
  'cleanup.policy': 'delete',
  'message.timestamp.type': 'CreateTime',
  'min.insync.replicas': String(minIsr),
  ...config,
});

export function checkExistence(reports: readonly TopicReport[]): Check {
  const missing = names.filter((name) => !reports.some(({ topic }) => topic === name));
  if (missing.length > 0) return wrong('topics', `missing: ${missing.join(', ')}`, 'run `waiting setup`');
  const { formatLevel, partitions: ofTasks } = apart(
    new Map(reports.map(({ topic, partitions }) => [topic, partitions])),
    levelTopics,
  );
  const counts = new Set(ofTasks.values());
  if (counts.size === 1) {
    const found = `${reports.length}, of ${[...counts].join()} partitions each; format level ${formatLevel}`;
    return ok('topics', found);
  }
  const told = reports.map(({ topic, partitions }) => `${topic}: ${partitions}`).join(', ');
  return wrong(
    'topics',
    `not partitioned alike (${told})`,
    'delete the odd one while it is empty and run `waiting setup`; partitions can never be added to a topic in use',
  );
}

export function checkTopic(report: TopicReport, wanted: Readonly<Record<string, string>>): Check {
  const { topic, leaderless, underReplicated, config } = report;
  const name = `topic ${topic}`;
  if (leaderless.length > 0) {
    const remedy = 'start the brokers that hold these partitions';
    return wrong(name, `no leader for partition ${leaderless.join(', ')}`, remedy);
  }
  const odd = oddSettings(topic, config, wanted);
  if (odd) {
    const { names: those, found, remedy } = odd;
    return those.some((each) => vital.has(each)) ? wrong(name, found, remedy) : warning(name, found, remedy);
  }
  if (underReplicated.length > 0) {
    const remedy = 'see why a broker does not follow: its log, its disk, its network';
    return warning(
      name,
      `fewer replicas in sync than there are, partition ${underReplicated.join(', ')}`,
      remedy,
    );
  }
  return ok(name, 'as set up');
}

export function checkGroup({ group, members, lag }: GroupReport): Check {
  const name = `group ${group}`;
  const behind = [...lag].filter(([, records]) => records > backlog);
  const total = [...lag.values()].reduce((sum, records) => sum + records, 0);
  const told = `${members} ${members === 1 ? 'member' : 'members'}, ${total} records behind`;
  const role = group.endsWith('-history') ? 'history' : 'queue';
  if (members === 0) return wrong(name, told, `start a process with the role ${role} (ROLES)`);
  if (behind.length === 0) return ok(name, told);
  const where = behind.map(([partition, records]) => `${records} on partition ${partition}`).join(', ');
  return warning(
    name,
    `${told}: ${where}`,
    'look again in a minute; where it does not fall, see /health/ready and the log of the process',
  );
}

export function checkTransactions(open: readonly OpenTransaction[], now: number): Check {
  const name = 'transactions';
  const [first] = open;
  if (!first) return ok(name, 'none hangs');
  const places = open.map(
    ({ topic, partition, offset, since }) =>
      `${topic}-${partition} at ${offset}, for ${Math.round((now - since) / 1000)} s`,
  );
  return wrong(
    name,
    `readers wait for ${places.join('; ')}`,
    `kafka-transactions.sh abort --topic ${first.topic} --partition ${first.partition} --start-offset ${first.offset}`,
  );
}
