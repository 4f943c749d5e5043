import type { Command } from 'commander';
import { newestLevel } from '../schemas/formats.ts';
import { type SetUp, setUp } from '../setup.ts';
import type { ClientLog } from '../topology/kafka/client.ts';
import { jsonOption, type Output, print } from './ending.ts';
import { environment } from './servers.ts';

export const addSetup = (program: Command): Command =>
  program
    .command('setup')
    .summary('create the topics, register the schemas and migrate the tables that are missing')
    .description(
      [
        'Creates the topics, registers the schemas and migrates the tables that are missing. Run it before a start, as often as you like: what is there stays as it is.',
        'Forms of records that an older build cannot read are written from a format level on. A new cluster has the newest at once. Elsewhere --finalize raises it: run it when no process of an older build runs any more. There is no way back: an older build then refuses to start.',
      ].join('\n\n'),
    )
    .option('--finalize', 'raise the format level to the newest of this build')
    .option(...jsonOption)
    .action(async (options: Output & { finalize?: true }) => {
      const log: ClientLog = (level, message, details) => {
        if (level === 'error') console.error(message, details);
      };
      const done = await setUp(environment(), log, options.finalize === true);
      print(options, done, ({ topics, newTopics, schemas, newMigrations, ...levels }) =>
        [
          `topics: ${topics}, of which ${newTopics.length} are new`,
          `schemas: ${schemas} registered`,
          `migrations: ${newMigrations} new`,
          describeLevel(levels),
        ].join('\n'),
      );
    });

function describeLevel({ formatLevel, formerLevel }: Pick<SetUp, 'formatLevel' | 'formerLevel'>): string {
  if (formatLevel > formerLevel) return `format level: ${formatLevel}, raised from ${formerLevel}`;
  if (formatLevel >= newestLevel) return `format level: ${formatLevel}`;
  return `format level: ${formatLevel}, and this build knows ${newestLevel}: run \`waiting setup --finalize\` when no older build runs any more`;
}
