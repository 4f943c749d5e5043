/** What a task has told: its events, and its dead letters. */
import type { Event } from '../../domain/event.ts';
import { rulesVersionHeader } from '../../processors/projections.ts';
import type { Codec, Decoded } from '../../schemas/codec.ts';
import { toEvent } from '../../schemas/events.ts';
import { topics } from '../../schemas/topics.ts';
import { PoisonError } from '../../topology/graph.ts';
import type { LogReader } from '../../topology/kafka/logReader.ts';
import type { InputRecord, LogRange } from '../../topology/ports.ts';
import { readLetters } from '../deadLetters.ts';
import { decoding } from '../decoding.ts';
import type { Findings } from './findings.ts';

/** A record of `waiting.events`. */
export interface Told {
  readonly key: string;
  readonly value: Buffer | null;
  /** The version of the rules that it names; null: none. */
  readonly rules: number | null;
}

/** By ce_id, to be held against what deciding again would tell. */
export type ToldEvents = ReadonlyMap<string, Told>;

const headerOf = ({ headers }: InputRecord, name: string): string | null =>
  headers.find(({ key }) => key === name)?.value.toString() ?? null;

/** The offset of the command that an output's id names; null: it names none. */
export function originOf(id: string): number | null {
  const [, offset] = /-(\d+)-\d+$/.exec(id) ?? [];
  return offset === undefined ? null : Number(offset);
}

/** Events have named their rules since these. */
const firstNamed = 1;

/** The versions that events name, by the offset of their command. Those before any that names one are of the first. */
export function rulesNamedBy(told: ToldEvents): ReadonlyMap<number, number> {
  const named = new Map<number, number>();
  const unnamed: number[] = [];
  let since = Infinity;
  for (const [id, { rules }] of told) {
    const origin = originOf(id) ?? 0;
    if (rules === null) unnamed.push(origin);
    else named.set(origin, rules);
    if (rules !== null) since = Math.min(since, origin);
  }
  for (const origin of unnamed) if (origin < since) named.set(origin, firstNamed);
  return named;
}

/** Reads events in order; tells of records that are none, and of ids that come twice. */
export function eventReader(reader: LogReader, codec: Codec, partition: number, { differ }: Findings) {
  const told = new Map<string, Told>();

  function note(record: InputRecord): void {
    const id = headerOf(record, 'ce_id') ?? '';
    const key = record.key?.toString() ?? '';
    const version = headerOf(record, rulesVersionHeader);
    if (told.has(id)) {
      const found = { offset: record.offset, repeated: true };
      differ({ place: 'events', partition, key: id, restaurantId: Number(key), found });
    }
    told.set(id, { key, value: record.value, rules: version === null ? null : Number(version) });
  }

  /** null: a refusal, or no event at all. */
  async function decode(record: InputRecord): Promise<Event | null> {
    try {
      const decoded: Decoded = await decoding(codec, () => codec.decode(record.value));
      return decoded.name === 'CommandRejected' ? null : toEvent(decoded);
    } catch (error) {
      const key = `offset ${record.offset}`;
      const found = error instanceof Error ? error.message : String(error);
      differ({ place: 'events', partition, key, restaurantId: null, found });
      return null;
    }
  }

  return {
    told,
    read: (range: LogRange, each: (event: Event, offset: number) => void, progress: (n: number) => void) =>
      reader.read(topics.events, partition, range, async (records) => {
        for (const record of records) {
          note(record);
          const event = await decode(record);
          if (event) each(event, record.offset);
        }
        progress(records.length);
      }),
  };
}

/** The commands of a partition that became dead letters, by offset. */
export async function readBuried(
  reader: LogReader,
  codec: Codec,
  partition: number,
  range: LogRange,
): Promise<ReadonlyMap<number, PoisonError>> {
  const buried = new Map<number, PoisonError>();
  await readLetters(reader, codec, partition, range, ({ place, reason, detail }) => {
    if (place.partition === partition) buried.set(place.offset, new PoisonError(reason, detail));
  });
  return buried;
}
