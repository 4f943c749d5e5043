/** Dead letters as they are in `waiting.commands.dlq`. */
import type { Codec } from '../schemas/codec.ts';
import { expect } from '../schemas/state.ts';
import { topics } from '../schemas/topics.ts';
import type { LogReader } from '../topology/kafka/logReader.ts';
import type { Header, LogRange } from '../topology/ports.ts';
import { decoding } from './decoding.ts';

/** Where a record stands in `waiting.commands`. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/** A command that could not be processed, as it came. */
export interface Letter {
  readonly place: LetterPlace;
  readonly reason: string;
  readonly detail: string;
  /** Broker append time of the command, milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

/** Reads the letters of one partition of the topic, in order. */
export const readLetters = (
  reader: LogReader,
  codec: Codec,
  partition: number,
  range: LogRange,
  each: (letter: Letter) => void,
): Promise<void> =>
  reader.read(topics.dlq, partition, range, async (records) => {
    for (const record of records) {
      const letter = await decoding(codec, () => expect('DeadLetter', codec.decode(record.value)));
      each({ ...letter, place: { partition: letter.partition, offset: letter.offset } });
    }
  });

export const textOf = ({ partition, offset }: LetterPlace): string => `${partition}/${offset}`;

/**
 * A place as people have it: `3/17`, `3-17` (the letter's key), `waiting.commands-3-17`, or the letter's ce_id, which is
 * that with `-0`. null: it is none of these.
 */
export function parsePlace(text: string): LetterPlace | null {
  const [, partition, offset] = /^(?:waiting\.commands-)?(\d{1,6})[-/](\d{1,15})(?:-0)?$/.exec(text) ?? [];
  return partition && offset ? { partition: Number(partition), offset: Number(offset) } : null;
}

/** Which letters are meant. */
export interface Selection {
  readonly reason?: string | undefined;
  readonly partition?: number | undefined;
}

export const isSelected = ({ reason, partition }: Selection, letter: Letter): boolean =>
  (reason === undefined || letter.reason === reason.toUpperCase()) &&
  (partition === undefined || letter.place.partition === partition);
