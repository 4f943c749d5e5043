import type { Command } from 'commander';
import { setUp } from '../setup.ts';
import { jsonOption, type Output, print } from './ending.ts';
import { environment } from './servers.ts';

export const addSetup = (program: Command): Command =>
  program
    .command('setup')
    .summary('create the topics, register the schemas and migrate the tables that are missing')
    .description(
      'Creates the topics, registers the schemas and migrates the tables that are missing. Run it before a start, as often as you like: what is there stays as it is.',
    )
    .option(...jsonOption)
    .action(async (options: Output) => {
      const done = await setUp(environment(), (level, message, details) => {
        if (level === 'error') console.error(message, details);
      });
      print(options, done, ({ topics, newTopics, schemas, newMigrations }) =>
        [
          `topics: ${topics}, of which ${newTopics.length} are new`,
          `schemas: ${schemas} registered`,
          `migrations: ${newMigrations} new`,
        ].join('\n'),
      );
    });
