/** The command log decided again, and what is kept held against it at the offsets that it is of. */
import { rulesVersion } from '../../domain/rulesVersion.ts';
import type { Codec } from '../../schemas/codec.ts';
import { topics } from '../../schemas/topics.ts';
import { type Change, serdeOf, type SubTopology } from '../../topology/batch.ts';
import type { LogReader } from '../../topology/kafka/logReader.ts';
import type { OutputRecord } from '../../topology/ports.ts';
import { decoding, readable } from '../decoding.ts';
import { agreement, eventDiffering, idOf, isEvent, toldOfOutbox } from './agreement.ts';
import { originOf, rulesNamedBy, type Told, type ToldEvents } from './events.ts';
import { differing, type Difference, type Findings, plain, unreadable } from './findings.ts';
import { createReplay, type Replay, type ReplayDeps, type Stop, stopsOf } from './replay.ts';
import { candidatesOf } from './rules.ts';
import type { ChangelogState, TaskState } from './stored.ts';

export interface AgainDeps extends Pick<ReplayDeps, 'by' | 'partition' | 'partitionOf' | 'buried'> {
  readonly reader: LogReader;
  readonly codec: Codec;
  /** Where the log of commands ends. */
  readonly end: number;
  readonly changelog: ChangelogState;
  readonly state: TaskState;
  readonly told: ToldEvents;
  readonly findings: Findings;
  readonly progress: (records: number) => void;
}

export interface Again {
  readonly commands: number;
  readonly events: number;
  readonly values: number;
}

export async function decideAgain(deps: AgainDeps): Promise<Again> {
  const { reader, partition, state, changelog } = deps;
  const told = new Map([...(await toldOfOutbox(deps, deps.by(rulesVersion), state.outbox)), ...deps.told]);
  const emitted = changelog.next ?? 0;
  const stops = [
    ...changelogStop(deps, emitted),
    ...(state.next === null ? [] : stateStops(deps, state.next, state.values)),
  ];
  const end = Math.min(deps.end, Math.max(emitted, ...stops.map(({ at }) => at)));
  const left = new Map(told);
  const comparing: Promise<void>[] = [];
  let compared = 0;
  const replay = createReplay({
    ...deps,
    candidates: candidatesOf(rulesNamedBy(told)),
    agrees: agreement(deps.codec, told, emitted),
    told: (outputs) => {
      for (const output of outputs.filter(isEvent)) {
        const id = idOf(output);
        const found = left.get(id);
        left.delete(id);
        // Decided and not told yet.
        if (!found && (originOf(id) ?? 0) >= emitted) continue;
        compared += 1;
        comparing.push(compareEvent(deps, id, output, found));
      }
    },
  });
  const stopping = stopsOf(replay, stops);
  let commands = 0;
  await reader.read(topics.commands, partition, { start: 0, end }, async (records) => {
    await stopping.feed(records);
    await Promise.all(comparing.splice(0));
    commands += records.length;
    deps.progress(records.length);
  });
  await stopping.end();
  for (const [id, { key, value }] of left) {
    if ((originOf(id) ?? 0) >= end) continue;
    const found = await readable(deps.codec, value);
    deps.findings.differ({ place: 'events', partition, key: id, restaurantId: Number(key), found });
  }
  return { commands, events: compared, values: changelog.values.size + state.values.size };
}

async function compareEvent(
  { codec, partition, findings }: AgainDeps,
  id: string,
  expected: OutputRecord,
  found: Told | undefined,
): Promise<void> {
  const parts = await eventDiffering(codec, expected, found);
  if (parts)
    findings.differ({ place: 'events', partition, key: id, restaurantId: Number(expected.key), ...parts });
}

/** The changelog has exactly the values at E. */
const changelogStop = (deps: AgainDeps, at: number): Stop[] => [
  {
    at,
    then: async ({ values }) => {
      const { changelog } = deps;
      for (const key of new Set([...values.keys(), ...changelog.values.keys()]))
        await compareValue(deps, 'changelog', key, values.get(key), changelog.values.get(key));
    },
  },
];

/** Redis has each value at the S that it was seen with, and from the first one on no value is missing. */
function stateStops(deps: AgainDeps, first: number, values: TaskState['values']): Stop[] {
  const missing: Stop = {
    at: first,
    then: async ({ values: expected }) => {
      for (const [key, change] of expected)
        if (!values.has(key)) await compareValue(deps, 'redis', key, change, undefined);
    },
  };
  const byOffset = Map.groupBy(values, ([, { next }]) => next);
  const seen = [...byOffset].map(([at, all]) => ({
    at,
    then: async (replay: Replay) => {
      for (const [key, { bytes }] of all)
        await compareValue(deps, 'redis', key, replay.values.get(key), bytes);
    },
  }));
  return [missing, ...seen];
}

async function compareValue(
  { codec, by, partition, findings }: AgainDeps,
  place: 'changelog' | 'redis',
  key: string,
  expected: Change | undefined,
  found: Buffer | undefined,
): Promise<void> {
  if (found && expected?.bytes.equals(found)) return;
  const parts = differing(
    plain(expected?.value),
    found && (await valueOf(codec, by(rulesVersion), key, found)),
  );
  if (parts) findings.differ({ place, partition, key, restaurantId: restaurantOf(key), ...parts });
}

/** A stored value, also one that an earlier schema wrote or that nobody can read. */
export async function valueOf(codec: Codec, sub: SubTopology, key: string, bytes: Buffer): Promise<unknown> {
  try {
    return plain(await decoding(codec, () => serdeOf(sub, key).decode(bytes)));
  } catch (error) {
    return unreadable(error, bytes);
  }
}

/** Keys are `<store>/<restaurant>…`. */
export function restaurantOf(key: string): Difference['restaurantId'] {
  const [, id] = /^[^/]+\/(\d+)/.exec(key) ?? [];
  return id === undefined ? null : Number(id);
}
