import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config.ts';
import { closeDatabase, inTransaction, openDatabase } from '../history/database.ts';
import { forgetUser, rowsOfUser, type UserRows } from '../history/forget.ts';
import { topics } from '../schemas/topics.ts';
import { kafkaClient } from '../topology/kafka/client.ts';
import { inspect } from '../topology/kafka/inspection.ts';
import { exitCodes, jsonOption, type Output, print, table, ToolError } from './ending.ts';
import { environment, reachKafka, reachPostgres } from './servers.ts';
import { type KeptElsewhere, type Log, logsOf, markedMillis, statesOf } from './privacy/elsewhere.ts';

/** Of a statement (ms); one user has few rows. */
const statementMillis = 4_000;

const userIdOf = (text: string): number => {
  const id = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(id))
    throw new InvalidArgumentError('It must be the id of a user: a whole number, 1 or more.');
  return id;
};

interface Forgetting extends Output {
  readonly user: number;
  readonly dryRun?: true;
  readonly yes?: true;
}

export function addPrivacy(program: Command): void {
  const privacy = program
    .command('privacy')
    .summary('forget a user')
    .description('What users may ask of whoever keeps their data. A user is known here by an id alone.');
  privacy
    .command('forget')
    .summary('take a user from the history, at once')
    .description(
      [
        'Takes the user id, and what somebody wrote as a reason, from every waiting and no-show of the history; the rows stay, with user 0. Says what Kafka and Redis still have, and for how long: nothing can be taken out of a log.',
        'Who still waits somewhere is not forgotten: cancel or delete that waiting first. What the user does afterwards is new, and kept.',
        'Ends with 0 when the user is forgotten (again, too), 1 when it still waits, 2 when a server cannot be reached.',
      ].join('\n\n'),
    )
    .requiredOption('--user <id>', 'whom to forget', userIdOf)
    .option('--dry-run', 'count the rows, and change nothing')
    .option('--yes', 'do it: this cannot be undone')
    .option(...jsonOption)
    .action((options: Forgetting) => forget(options));
}

interface Forgotten extends UserRows {
  readonly user: number;
  readonly done: 'forgotten' | 'would be forgotten' | 'still waits';
  readonly kept: readonly KeptElsewhere[];
}

async function forget(options: Forgetting): Promise<void> {
  const { user, dryRun = false, yes = false } = options;
  if (!dryRun && !yes) throw new ToolError('this cannot be undone: look with --dry-run, then say --yes');
  const config = environment();
  const logs = await retentions(config);
  const kept = [...logs.map(logsOf), ...statesOf];
  const found = await inHistory(config, user, dryRun ? null : markedMillis(logs));
  const waits = found.active.length > 0;
  const done = waits ? 'still waits' : dryRun ? 'would be forgotten' : 'forgotten';
  print(options, { user, done, ...found, kept }, describeForgotten);
  process.exitCode = waits ? exitCodes.differs : exitCodes.well;
}

/** The topics that may name a user, with how long each keeps its records as it is configured now. */
async function retentions(config: Config): Promise<readonly Log[]> {
  const client = kafkaClient(config.kafka, `${config.instanceId}-cli`, () => undefined, 1);
  const reports = await reachKafka(
    config,
    (async () => {
      const inspection = await inspect(client, `${config.applicationId}-privacy-${config.instanceId}`);
      try {
        return await inspection.topics([topics.commands, topics.events, topics.notifications, topics.dlq]);
      } finally {
        await inspection.close();
      }
    })(),
  );
  return reports.map(({ topic, config: settings }) => ({
    topic,
    retentionMillis: Number(settings.get('retention.ms')),
    segmentMillis: Number(settings.get('segment.ms')),
  }));
}

/** `marked`: how long the mark stays (ms); null: nothing is changed. */
async function inHistory(config: Config, user: number, marked: number | null): Promise<UserRows> {
  // A connection that breaks is told by the query on it.
  const lost = (): void => undefined;
  const pool = openDatabase(config.database, { use: 'privacy', connections: 1, statementMillis, lost });
  const until = (millis: number): string =>
    Number.isFinite(millis) ? new Date(Date.now() + millis).toISOString() : 'infinity';
  const asked =
    marked === null
      ? rowsOfUser(pool, user)
      : inTransaction(pool, (client) => forgetUser(client, user, until(marked)), lost);
  try {
    return await reachPostgres(config, asked);
  } finally {
    await closeDatabase(pool);
  }
}

function describeForgotten({ user, done, rows, active, kept }: Forgotten): string {
  const counts = `${rows.waitings} waitings and ${rows.no_shows} no-shows`;
  if (done === 'still waits') {
    return [
      `✗ user ${user} still waits, and nothing was changed (the history names the user in ${counts}):`,
      ...active.map(({ waitingId, status }) => `    waiting ${waitingId}, ${status}`),
      '  cancel it, or delete it, and run this again',
    ].join('\n');
  }
  return [
    done === 'forgotten'
      ? `✔ user ${user} is forgotten in ${counts}`
      : `user ${user} would be forgotten in ${counts}`,
    'What still names the user, and until when:',
    table(kept.map(({ place, what, until }) => [`    ${place}`, what, until])),
  ].join('\n');
}
