/** Sends dead letters again, and only those of which something will come. */
import { PoisonError, type SourceNode } from '../topology/graph.ts';
import type { LogReader } from '../topology/kafka/logReader.ts';
import type { Resender } from '../topology/kafka/resender.ts';
import type { InputRecord, LogRange } from '../topology/ports.ts';
import { type Letter, type LetterPlace, textOf } from './deadLetters.ts';

/** What a task would make of a letter's record today. */
export type Prospect =
  | { readonly comes: 'decided'; readonly partition: number }
  | { readonly comes: 'back'; readonly reason: string; readonly detail: string };

/** Decodes the record as the task of its key's partition would. Throws when the registry cannot be asked. */
export async function prospectOf(
  source: Pick<SourceNode, 'topic' | 'decode'>,
  partitionOf: (key: Buffer) => number,
  letter: Letter,
): Promise<Prospect> {
  const { key, place } = letter;
  const partition = key === null ? place.partition : partitionOf(key);
  try {
    await source.decode({ ...letter, topic: source.topic, partition, offset: place.offset });
    return { comes: 'decided', partition };
  } catch (error) {
    if (!(error instanceof PoisonError)) throw error;
    return { comes: 'back', reason: error.reason, detail: error.message };
  }
}

/** What became of one letter, or what would. */
export interface Redriven {
  readonly place: string;
  readonly reason: string;
  /** `left`: not sent, because of `why`. */
  readonly done: 'sent' | 'would be sent' | 'left';
  /** It would only become a dead letter again. */
  readonly comesBack: boolean;
  readonly why: string | null;
  /** Where it stands now; before it is sent, the partition alone. */
  readonly to: { readonly partition: number; readonly offset?: number } | null;
}

export interface RedriveDeps {
  readonly source: Pick<SourceNode, 'topic' | 'decode'>;
  readonly partitionOf: (key: Buffer) => number;
  readonly reader: Pick<LogReader, 'read'>;
  /** The part of a partition of the source's topic that was appended since an instant. */
  readonly logSince: (partition: number, at: number) => Promise<LogRange>;
  readonly resender: Pick<Resender, 'send'>;
  readonly dryRun: boolean;
  /** Sends also what would only come back, and what is in the log again. */
  readonly force: boolean;
}

/** Sends the letters in their order; answers one by one what became of each. */
export async function* redrive(deps: RedriveDeps, letters: readonly Letter[]): AsyncGenerator<Redriven> {
  const { source, partitionOf, force, dryRun } = deps;
  const repeats = await findRepeats(deps, letters);
  for (const letter of letters) {
    const { key, reason } = letter;
    const place = textOf(letter.place);
    const repeat = repeats.get(letter);
    const prospect = await prospectOf(source, partitionOf, letter);
    const base = { place, reason, comesBack: prospect.comes === 'back' };
    const left = (why: string): Redriven => ({ ...base, done: 'left', why, to: null });
    if (key === null) {
      yield left('it has no key, hence no partition: publish it anew');
    } else if (prospect.comes === 'back' && !force) {
      yield left(`it would come back as ${prospect.reason}: ${prospect.detail}`);
    } else if (repeat && !force) {
      yield left(`the same record is in the log again at ${textOf(repeat)}`);
    } else if (dryRun) {
      yield { ...base, done: 'would be sent', why: null, to: { partition: partitionOf(key) } };
    } else {
      const to = await deps.resender.send(source.topic, letter);
      yield { ...base, done: 'sent', why: null, to };
    }
  }
}

/**
 * Letters whose very bytes came into the log again later: they were sent before, or by their sender. One of several
 * alike letters is the last, and has no repeat.
 */
async function findRepeats(
  { source, partitionOf, reader, logSince }: RedriveDeps,
  letters: readonly Letter[],
): Promise<ReadonlyMap<Letter, LetterPlace>> {
  const repeats = new Map<Letter, LetterPlace>();
  const keyed = letters.flatMap((letter) => (letter.key ? [{ letter, to: partitionOf(letter.key) }] : []));
  for (const [partition, some] of Map.groupBy(keyed, ({ to }) => to)) {
    const byKey = Map.groupBy(
      some.map(({ letter }) => letter),
      ({ key }) => String(key),
    );
    const range = await logSince(partition, Math.min(...some.map(({ letter }) => letter.timestamp)));
    await reader.read(source.topic, partition, range, (records) => {
      for (const record of records) {
        for (const letter of byKey.get(String(record.key)) ?? [])
          if (isRepeat(letter, record)) repeats.set(letter, record);
      }
      return Promise.resolve();
    });
  }
  return repeats;
}

function isRepeat({ place, timestamp, value }: Letter, record: InputRecord): boolean {
  const later =
    record.partition === place.partition ? record.offset > place.offset : record.timestamp >= timestamp;
  return later && record.value !== null && value !== null && record.value.equals(value);
}
