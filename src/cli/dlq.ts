import { type Command, InvalidArgumentError } from 'commander';
import { commandSource } from '../processors/commandSource.ts';
import { topics } from '../schemas/topics.ts';
import { partitionOf } from '../topology/kafka/client.ts';
import { type LogRanges, logRanges } from '../topology/kafka/logRanges.ts';
import { logReader } from '../topology/kafka/logReader.ts';
import { resender } from '../topology/kafka/resender.ts';
import { isSelected, type Letter, type LetterPlace, parsePlace, readLetters, textOf } from './deadLetters.ts';
import { readable } from './decoding.ts';
import { exitCodes, jsonOption, type Output, print, table, ToolError } from './ending.ts';
import { prospectOf, redrive, type Redriven } from './redrive.ts';
import { environment, type Log, reachLog } from './servers.ts';
import { wholeNumber } from './wholeNumber.ts';

const place = (text: string): LetterPlace => {
  const parsed = parsePlace(text);
  if (!parsed)
    throw new InvalidArgumentError(
      'It must be like 3/17, waiting.commands-3-17, or the ce_id of the letter.',
    );
  return parsed;
};
const places = (text: string, before: readonly LetterPlace[] = []): LetterPlace[] => [...before, place(text)];

interface Selecting {
  readonly reason?: string;
  readonly partition?: number;
}

export function addDlq(program: Command): void {
  const dlq = program
    .command('dlq')
    .summary('list, show and redrive dead letters')
    .description(
      'Dead letters: commands that could not be processed, kept for 30 days with the reason. A letter is named by the place of its command: partition/offset.',
    );
  const selecting = (command: Command): Command =>
    command
      .option('--reason <reason>', 'only those with this reason, such as UNKNOWN_SCHEMA')
      .option('--partition <n>', 'only those of this partition of waiting.commands', wholeNumber);

  selecting(dlq.command('list'))
    .summary('list them')
    .description('Lists dead letters, the newest first.')
    .option('--limit <n>', 'at most so many', wholeNumber, 20)
    .option(...jsonOption)
    .action((options: Output & Selecting & { limit: number }) => list(options));

  dlq
    .command('show')
    .summary('show one whole')
    .description(
      'Shows a dead letter whole: why it is one, its headers and what it says, and what would come of it today.',
    )
    .argument('<place>', '3/17, waiting.commands-3-17, or its ce_id', place)
    .option(...jsonOption)
    .action((wanted: LetterPlace, options: Output) => show(wanted, options));

  selecting(dlq.command('redrive'))
    .summary('send them again')
    .description(
      [
        'Sends dead letters to waiting.commands again: the same bytes, key and headers, to the partition of the key. A record that would only come back is left, and so is one that is in the log again already. The dead letters themselves stay until they are 30 days old.',
        'A command keeps its commandId: one that was decided in the last 24 hours is not decided twice, whoever sends it.',
        'Ends with 0 when all were sent (or are in the log again), 1 when some would only come back.',
      ].join('\n\n'),
    )
    .argument('[places...]', '3/17, waiting.commands-3-17, or its ce_id', places)
    .option('--all', 'every dead letter')
    .option('--dry-run', 'say what would be sent, and send nothing')
    .option('--force', 'send also what would only come back, or is in the log again')
    .option(...jsonOption)
    .action((wanted: readonly LetterPlace[], options: Output & Selecting & Redriving) =>
      sendAgain(wanted, options),
    );
}

/** What the commands have in common: the letters that are meant, in the order of their commands' appending. */
interface Desk extends Log {
  readonly letters: (meant: (letter: Letter) => boolean) => Promise<Letter[]>;
  readonly reader: ReturnType<typeof logReader>;
  readonly ranges: LogRanges;
  readonly partitions: number;
}

async function atDesk<T>(work: (desk: Desk) => Promise<T>): Promise<T> {
  const config = environment();
  const log = await reachLog(config);
  const { kafka, codec, cluster } = log;
  const partitions = cluster.partitions.get(topics.dlq) ?? 0;
  const group = `${config.applicationId}-dlq-${config.instanceId}`;
  const reader = logReader(kafka, [topics.dlq, topics.commands], group);
  const ranges = logRanges(kafka);
  await Promise.all([reader.open(), ranges.open()]);
  const letters = async (meant: (letter: Letter) => boolean): Promise<Letter[]> => {
    const found: Letter[] = [];
    const all = Array.from({ length: partitions }, async (_, partition) => {
      const range = await ranges.of(topics.dlq, partition);
      await readLetters(reader, codec, partition, range, (letter) => {
        if (meant(letter)) found.push(letter);
      });
    });
    await Promise.all(all);
    return found.sort((a, b) => a.timestamp - b.timestamp || a.place.offset - b.place.offset);
  };
  try {
    return await work({ ...log, letters, reader, ranges, partitions });
  } finally {
    await Promise.all([reader.close(), ranges.close()]);
  }
}

const headerOf = ({ headers }: Letter, name: string): string | null =>
  headers.find(({ key }) => key === name)?.value.toString() ?? null;

const summaryOf = (letter: Letter) => ({
  place: textOf(letter.place),
  appendedAt: new Date(letter.timestamp).toISOString(),
  reason: letter.reason,
  detail: letter.detail,
  key: letter.key?.toString() ?? null,
  type: headerOf(letter, 'ce_type'),
});

async function list(options: Output & Selecting & { limit: number }): Promise<void> {
  const all = await atDesk(({ letters }) => letters((letter) => isSelected(options, letter)));
  const newest = all.toReversed().slice(0, options.limit);
  print(options, { count: all.length, letters: newest.map(summaryOf) }, ({ count, letters }) =>
    count === 0
      ? 'no dead letters'
      : [
          table([
            ['place', 'appended', 'reason', 'key', 'detail'],
            ...letters.map((each) => [
              each.place,
              each.appendedAt,
              each.reason,
              each.key ?? '(none)',
              each.detail,
            ]),
          ]),
          `${letters.length} of ${count}`,
        ].join('\n'),
  );
}

async function show(wanted: LetterPlace, options: Output): Promise<void> {
  const shown = await atDesk(async ({ letters, codec, formats, partitions }) => {
    const [letter] = await letters((each) => textOf(each.place) === textOf(wanted));
    if (!letter) throw new ToolError(`there is no dead letter of ${textOf(wanted)}`);
    const source = commandSource(codec, formats);
    const today = await prospectOf(source, (key) => partitionOf(key, partitions), letter);
    return {
      ...summaryOf(letter),
      headers: letter.headers.map(({ key, value }) => ({ name: key, value: value.toString() })),
      value: await readable(codec, letter.value, 'commands'),
      base64: letter.value?.toString('base64') ?? null,
      today,
    };
  });
  print(options, shown, ({ headers, value, today, ...letter }) =>
    table([
      ...Object.entries(letter).map(([name, text]) => [name, text ?? '(none)']),
      ...headers.map((header) => [`header ${header.name}`, header.value]),
      ['says', JSON.stringify(value)],
      [
        'today',
        today.comes === 'decided'
          ? `would be decided, by partition ${today.partition}`
          : `would come back as ${today.reason}: ${today.detail}`,
      ],
    ]),
  );
}

interface Redriving {
  readonly all?: true;
  readonly dryRun?: true;
  readonly force?: true;
}

async function sendAgain(
  wanted: readonly LetterPlace[],
  options: Output & Selecting & Redriving,
): Promise<void> {
  const named = wanted.length > 0;
  const selected = options.all === true || options.reason !== undefined;
  if (named === selected)
    throw new ToolError('name the dead letters by their places, or else by --reason or --all');
  const done = await atDesk(async (desk) => {
    const names = new Set(wanted.map(textOf));
    const letters = await desk.letters((letter) =>
      named ? names.has(textOf(letter.place)) : isSelected(options, letter),
    );
    for (const { place: found } of letters) names.delete(textOf(found));
    if (names.size > 0) throw new ToolError(`there is no dead letter of ${[...names].join(', ')}`);
    return redriveAll(desk, letters, options);
  });
  if (options.json) print(options, done, String);
  else print(options, done, (all) => (all.length === 0 ? 'no dead letters' : countOf(all)));
  process.exitCode = done.some(({ comesBack }) => comesBack) ? exitCodes.differs : exitCodes.well;
}

async function redriveAll(
  { kafka, codec, formats, reader, ranges, partitions }: Desk,
  letters: readonly Letter[],
  { json, dryRun = false, force = false }: Output & { dryRun?: boolean; force?: boolean },
): Promise<Redriven[]> {
  const again = resender(kafka);
  await again.open();
  const done: Redriven[] = [];
  try {
    const deps = {
      source: commandSource(codec, formats),
      partitionOf: (key: Buffer) => partitionOf(key, partitions),
      reader,
      logSince: async (partition: number, at: number) => ({
        start: await ranges.since(topics.commands, partition, at),
        end: (await ranges.of(topics.commands, partition)).end,
      }),
      resender: again,
      dryRun,
      force,
    };
    for await (const one of redrive(deps, letters)) {
      // Told as it happens: what was sent stays sent, whatever comes after.
      if (!json) print({}, one, describeRedriven);
      done.push(one);
    }
  } finally {
    await again.close();
  }
  return done;
}

function describeRedriven({ place: from, reason, done, why, to }: Redriven): string {
  const where =
    to === null
      ? ''
      : ` to ${to.offset === undefined ? `partition ${to.partition}` : `${to.partition}/${to.offset}`}`;
  return `${from}  ${reason}  ${done}${where}${why === null ? '' : `: ${why}`}`;
}

const countOf = (all: readonly Redriven[]): string =>
  [...Map.groupBy(all, ({ done }) => done)].map(([done, some]) => `${some.length} ${done}`).join(', ');
