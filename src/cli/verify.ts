import type { Command } from 'commander';
import { waitingTopology } from '../processors/topology.ts';
import { topics } from '../schemas/topics.ts';
import type { Rules } from '../domain/rulesVersion.ts';
import { type SubTopology, subTopologyOf } from '../topology/batch.ts';
import { partitionOf } from '../topology/kafka/client.ts';
import { type LogRanges, logRanges } from '../topology/kafka/logRanges.ts';
import { logReader } from '../topology/kafka/logReader.ts';
import { exitCodes, jsonOption, type Output, print, ToolError } from './ending.ts';
import { type Progress, showProgress } from './progress.ts';
import { environment, reachLog, reachPostgres, reachRedis } from './servers.ts';
import { type Difference, findings } from './verify/findings.ts';
import { openSnapshot } from '../history/snapshot.ts';
import { type Verified, verifyPartition } from './verify/partition.ts';
import { wholeNumber } from './wholeNumber.ts';

/** Differences that are shown; the others are counted. */
const most = 20;

/** The logs that it reads, each record at most once. */
const read = [topics.commands, topics.events, topics.changelog, topics.dlq] as const;

export const addVerify = (program: Command): Command =>
  program
    .command('verify')
    .summary('hold the changelog, Redis and Postgres against the logs')
    .description(
      [
        'Folds the events, decides the commands again, and holds what is kept against it: the changelog, Redis and Postgres, each at the offset that it is of. It changes nothing and may run while the service does.',
        'Each command is decided again by the rules that its events name. Where the log has lost its beginning, or names rules that this build does not have, it says so and compares what the events alone tell.',
        'Ends with 0 when all is equal, 1 when something differs, 2 when a server cannot be reached.',
      ].join('\n\n'),
    )
    .option('--partition <n>', 'only this partition', wholeNumber)
    .option(...jsonOption)
    .action(async (options: Output & { partition?: number }) => {
      const verdict = await verify(options.partition);
      print(options, verdict, describeVerdict);
      process.exitCode = verdict.equal ? exitCodes.well : exitCodes.differs;
    });

interface Verdict {
  readonly equal: boolean;
  readonly partitions: readonly Verified[];
  /** The first ones, and how many there are. */
  readonly differences: readonly Difference[];
  readonly count: number;
}

async function verify(only: number | undefined): Promise<Verdict> {
  const config = environment();
  const [{ kafka, cluster, codec, formats }, redis] = await Promise.all([
    reachLog(config),
    reachRedis(config),
  ]);
  const count = cluster.partitions.get(topics.commands) ?? 0;
  if (only !== undefined && only >= count)
    throw new ToolError(`there are partitions 0 to ${count - 1}, and no ${only}`);
  const partitions = only === undefined ? Array.from({ length: count }, (_, n) => n) : [only];
  await reachPostgres(
    config,
    openSnapshot(config.database, 0).then(({ close }) => close()),
  );

  const reader = logReader(kafka, read, `${config.applicationId}-verify-${config.instanceId}`);
  const ranges = logRanges(kafka);
  const topologies = new Map<Rules, SubTopology>();
  const by = (rules: Rules): SubTopology => {
    const known = topologies.get(rules);
    if (known) return known;
    const made = subTopologyOf(waitingTopology(codec, formats, rules), topics.commands);
    topologies.set(rules, made);
    return made;
  };
  await Promise.all([reader.open(), ranges.open()]);
  const found = findings(most);
  const state = { total: await recordsOf(ranges, partitions), done: 0, partition: 0 };
  const stop = showProgress(process.stderr, () => progressOf(state, found.count()));
  try {
    const verified: Verified[] = [];
    for (const partition of partitions) {
      state.partition = partition;
      verified.push(
        await verifyPartition(
          {
            reader,
            logRange: ranges.of,
            codec,
            by,
            redis,
            database: config.database,
            application: config.applicationId,
            cluster: cluster.id,
            partitionOf: (key) => partitionOf(key, count),
            findings: found,
            progress: (records) => (state.done += records),
          },
          partition,
        ),
      );
    }
    return {
      equal: found.count() === 0,
      partitions: verified,
      differences: found.shown(),
      count: found.count(),
    };
  } finally {
    stop();
    await Promise.all([reader.close(), ranges.close()]);
    redis.disconnect();
  }
}

/** How many there are to be read, as far as offsets say: markers, and what was compacted away, count too. */
async function recordsOf(ranges: LogRanges, partitions: readonly number[]): Promise<number> {
  let total = 0;
  for (const topic of read.filter((each) => each !== topics.dlq)) {
    for (const partition of partitions) {
      const { start, end } = await ranges.of(topic, partition);
      total += end - start;
    }
  }
  return total;
}

const progressOf = (
  { total, done, partition }: { total: number; done: number; partition: number },
  differences: number,
): Progress => ({
  share: total === 0 ? 1 : done / total,
  text: `partition ${partition}, ${done} records, ${differences} differences`,
});

function describeVerdict({ equal, partitions, differences, count }: Verdict): string {
  const sum = (of: (verified: Verified) => number): number =>
    partitions.reduce((total, verified) => total + of(verified), 0);
  const notes = Map.groupBy(
    partitions.flatMap(({ partition, notes: own }) => own.map((note) => ({ partition, note }))),
    ({ note }) => note,
  );
  return [
    `${partitions.length} partitions: ${sum(({ commands }) => commands)} commands decided again, ${sum(({ events }) => events)} events folded, ${sum(({ values }) => values)} values and ${sum(({ rows }) => rows)} rows compared`,
    ...[...notes].map(
      ([note, where]) => `note: ${note} (partition ${where.map(({ partition }) => partition).join(', ')})`,
    ),
    ...differences.map((difference) => `✗ ${describeDifference(difference)}`),
    ...(count > differences.length ? [`… and ${count - differences.length} more`] : []),
    equal ? '✔ all is equal' : `✗ ${count} differences`,
  ].join('\n');
}

function describeDifference({ place, partition, key, restaurantId, ...values }: Difference): string {
  const whose = restaurantId === null ? '' : `, restaurant ${restaurantId}`;
  const side = (name: 'expected' | 'found'): string =>
    `    ${name.padEnd(8)} ${name in values ? JSON.stringify(values[name]) : 'nothing'}`;
  return `${place}: ${key} (partition ${partition}${whose})\n${side('expected')}\n${side('found')}`;
}
