/** One partition held against its logs: the changelog at E, Redis at S, the history at its offset. */
import { rulesOf, rulesVersion } from '../../domain/rulesVersion.ts';
import type { Codec } from '../../schemas/codec.ts';
import { decodeQueue } from '../../schemas/state.ts';
import { topics } from '../../schemas/topics.ts';
import { queueStore } from '../../processors/keys.ts';
import type { LogReader } from '../../topology/kafka/logReader.ts';
import type { LogRange } from '../../topology/ports.ts';
import type { RedisClient } from '../../topology/redis/connections.ts';
import { taskKey } from '../../topology/redis/taskStore.ts';
import { decoding } from '../decoding.ts';
import { compareRows } from './compareRows.ts';
import { type AgainDeps, decideAgain, restaurantOf, valueOf } from './decideAgain.ts';
import { eventReader, readBuried, rulesNamedBy } from './events.ts';
import { type Findings, unreadable } from './findings.ts';
import { createFold, type Kept } from './fold.ts';
import type { DatabaseAddress } from '../../history/database.ts';
import { openSnapshot, type Snapshot } from '../../history/snapshot.ts';
import { applyToRows, type Rows } from './rows.ts';
import { type ChangelogState, lookAtTask, readChangelog, type TaskState } from './stored.ts';

export interface VerifyDeps {
  readonly reader: LogReader;
  readonly logRange: (topic: string, partition: number) => Promise<LogRange>;
  readonly codec: Codec;
  /** What a task runs that decides by these rules. */
  readonly by: AgainDeps['by'];
  readonly redis: RedisClient;
  readonly database: DatabaseAddress;
  readonly application: string;
  readonly cluster: string;
  readonly partitionOf: (key: string | Buffer) => number;
  readonly findings: Findings;
  /** Records read of the logs. */
  readonly progress: (records: number) => void;
}

export interface Verified {
  readonly partition: number;
  /** Next offsets: of commands in Redis and of commands told to Kafka, of events in Postgres. null: none yet. */
  readonly S: number | null;
  readonly E: number | null;
  readonly history: number | null;
  readonly decidedAgain: boolean;
  readonly commands: number;
  readonly events: number;
  readonly values: number;
  readonly rows: number;
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
}

/** How long events of what Redis has already are waited for (ms): they follow it in a transaction an interval. */
const followMillis = 10_000;
const askAgainMillis = 200;

export async function verifyPartition(deps: VerifyDeps, partition: number): Promise<Verified> {
  const { reader, codec, logRange, progress } = deps;
  const notes: string[] = [];
  // In this order: what is looked at later is never behind what was looked at before.
  const changelogRange = await logRange(topics.changelog, partition);
  const changelog = await readChangelog(reader, codec, partition, changelogRange, progress);
  const state = await lookAtTask(deps.redis, taskKey(deps.application, topics.commands, partition));
  expectKnownState(deps, partition, changelog, state);
  const snapshot = await openSnapshot(deps.database, partition);
  try {
    const commands = await logRange(topics.commands, partition);
    const folded = await foldEvents(deps, partition, { changelog, state, snapshot });
    notes.push(...folded.notes);
    const obstacles = reasonsNotTo(commands, folded);
    notes.push(...obstacles.map((why) => `the commands were not decided again: ${why}`));
    const buried = await readBuried(reader, codec, partition, await logRange(topics.dlq, partition));
    const again =
      obstacles.length === 0
        ? await decideAgain({
            ...deps,
            partition,
            buried,
            end: commands.end,
            changelog,
            state,
            told: folded.told,
          })
        : null;
    if (!again) await expectNoneMissing(deps, partition, changelog, state);
    const history = await compareHistory(deps, partition, snapshot, folded);
    notes.push(...history.notes);
    return {
      partition,
      S: state.next,
      E: changelog.next,
      history: snapshot.offset?.next ?? null,
      decidedAgain: again !== null,
      commands: again?.commands ?? 0,
      events: folded.told.size,
      values: again?.values ?? folded.compared,
      rows: history.rows,
      notes,
    };
  } finally {
    await snapshot.close();
  }
}

/** What the hash of a task says of itself, against Kafka. */
function expectKnownState(
  { cluster, application, findings }: VerifyDeps,
  partition: number,
  { next: emitted }: ChangelogState,
  state: TaskState,
): void {
  const differ = (key: string, expected: unknown, found: unknown): void =>
    findings.differ({ place: 'redis', partition, key, restaurantId: null, expected, found });
  if (state.next === null) {
    if (emitted !== null) differ('S', `${emitted} or more`, null);
    return;
  }
  if (emitted !== null && state.next < emitted) differ('S', `${emitted} or more`, state.next);
  if (state.cluster !== cluster) differ('cluster', cluster, state.cluster);
  if (state.application !== application) differ('application', application, state.application);
}

/** Redis is never behind the changelog, and no value is ever dropped: each key of the one is in the other. */
async function expectNoneMissing(
  { codec, by, findings }: VerifyDeps,
  partition: number,
  changelog: ChangelogState,
  { next, values }: TaskState,
): Promise<void> {
  if (next === null) return;
  for (const [key, bytes] of changelog.values) {
    if (values.has(key)) continue;
    const expected = await valueOf(codec, by(rulesVersion), key, bytes);
    findings.differ({ place: 'redis', partition, key, restaurantId: restaurantOf(key), expected });
  }
}

interface Looked {
  readonly changelog: ChangelogState;
  readonly state: TaskState;
  readonly snapshot: Snapshot;
}

type Folded = Awaited<ReturnType<typeof foldEvents>>;

/** Reads the events to their end, and on until they reach what Redis has. */
async function foldEvents(deps: VerifyDeps, partition: number, { changelog, state, snapshot }: Looked) {
  const { codec, logRange, findings, progress } = deps;
  const rows = new Map<number, Rows>();
  const fold = createFold({
    kept: await queuesOf(deps, partition, changelog, state),
    differ: (place, key, restaurantId, values) =>
      findings.differ({ place, partition, key, restaurantId, ...values }),
  });
  const events = eventReader(deps.reader, codec, partition, findings);
  const range = await logRange(topics.events, partition);
  const giveUp = Date.now() + followMillis;
  for (let { start, end } = range; ; { end } = await logRange(topics.events, partition)) {
    await events.read(
      { start, end },
      (event, offset) => {
        fold.take(event);
        if (offset < (snapshot.offset?.next ?? 0)) applyToRows(rows, event);
      },
      progress,
    );
    start = end;
    if (fold.isComplete() || Date.now() > giveUp) break;
    await new Promise((resolve) => setTimeout(resolve, askAgainMillis));
  }
  fold.end();
  const { compared, beheaded } = fold.counts();
  const notes =
    beheaded > 0 ? [`${beheaded} queues were not folded: the log no longer has their first events`] : [];
  return { told: events.told, range, rows, compared, notes };
}

/** The queues among what is kept. */
async function queuesOf(
  { codec, findings }: VerifyDeps,
  partition: number,
  changelog: ChangelogState,
  state: TaskState,
): Promise<ReadonlyMap<number, readonly Kept[]>> {
  const kept = new Map<number, Kept[]>();
  const add = async (place: Kept['place'], key: string, bytes: Buffer): Promise<void> => {
    const restaurantId = restaurantOf(key);
    if (!key.startsWith(`${queueStore}/`) || restaurantId === null) return;
    try {
      const queue = await decoding(codec, () => decodeQueue(codec, bytes));
      kept.set(restaurantId, [...(kept.get(restaurantId) ?? []), { place, queue }]);
    } catch (error) {
      findings.differ({ place, partition, key, restaurantId, found: unreadable(error, bytes) });
    }
  };
  for (const [key, bytes] of changelog.values) await add('changelog', key, bytes);
  for (const [key, { bytes }] of state.values) await add('redis', key, bytes);
  return kept;
}

/** Empty: deciding all commands again must give what is there. */
function reasonsNotTo(commands: LogRange, { told, range }: Folded): string[] {
  const unknown = new Set([...rulesNamedBy(told).values()].filter((named) => rulesOf(named).length === 0));
  return [
    ...(commands.start > 0 ? [`their log begins at offset ${commands.start}`] : []),
    ...(range.start > 0 ? [`the log of events begins at offset ${range.start}`] : []),
    ...(unknown.size > 0
      ? [`events were decided by rules that this build does not have (${[...unknown].join(', ')})`]
      : []),
  ];
}

async function compareHistory(
  { cluster, partitionOf, findings }: VerifyDeps,
  partition: number,
  snapshot: Snapshot,
  { rows, range }: Folded,
): Promise<{ readonly rows: number; readonly notes: readonly string[] }> {
  const { offset } = snapshot;
  if (!offset) return { rows: 0, notes: ['Postgres has no history of this partition yet'] };
  if (offset.cluster !== cluster) {
    const values = { expected: cluster, found: offset.cluster };
    findings.differ({ place: 'postgres', partition, key: 'cluster_id', restaurantId: null, ...values });
    return { rows: 0, notes: ['the history is of another Kafka cluster'] };
  }
  const whole = range.start === 0;
  const isOurs = (restaurantId: number): boolean => partitionOf(String(restaurantId)) === partition;
  const { compared, older, forgotten } = await compareRows({
    snapshot,
    partition,
    isOurs,
    expected: rows,
    whole,
    findings,
  });
  return {
    rows: compared,
    notes: [
      ...(older > 0 ? [`${older} rows are of events that the log no longer has`] : []),
      ...(forgotten > 0 ? [`${forgotten} rows have forgotten their user, who was not compared`] : []),
    ],
  };
}
