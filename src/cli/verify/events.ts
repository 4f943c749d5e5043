/** What a task has told: its events, and its dead letters. */
import { rulesVersion } from '../../domain/rulesVersion.ts';
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
}

interface ToldEvents {
  /** By ce_id, to be held against what deciding again would tell. */
  readonly byId: Map<string, Told>;
  /** Versions of the rules that the records name; null: one names none. */
  readonly rules: Set<string | null>;
}

const headerOf = ({ headers }: InputRecord, name: string): string | null =>
  headers.find(({ key }) => key === name)?.value.toString() ?? null;

/** Whether this build's rules decided all of it. */
export const areOurs = (rules: ReadonlySet<string | null>): boolean =>
  [...rules].every((version) => version === String(rulesVersion));

/** The offset of the command that an output's id names; null: it names none. */
export function originOf(id: string): number | null {
  const [, offset] = /-(\d+)-\d+$/.exec(id) ?? [];
  return offset === undefined ? null : Number(offset);
}

/** Reads events in order; tells of records that are none, and of ids that come twice. */
export function eventReader(reader: LogReader, codec: Codec, partition: number, { differ }: Findings) {
  const told: ToldEvents = { byId: new Map(), rules: new Set() };

  function note(record: InputRecord): void {
    const id = headerOf(record, 'ce_id') ?? '';
    const key = record.key?.toString() ?? '';
    told.rules.add(headerOf(record, rulesVersionHeader));
    if (told.byId.has(id)) {
      const found = { offset: record.offset, repeated: true };
      differ({ place: 'events', partition, key: id, restaurantId: Number(key), found });
    }
    told.byId.set(id, { key, value: record.value });
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
