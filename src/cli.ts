#!/usr/bin/env node
import { Command } from 'commander';
import { readConfig } from './config.ts';
import { waitingTopology } from './processors/topology.ts';
import { createCodec } from './schemas/codec.ts';
import { describe, mermaid } from './topology/describe.ts';
import { setUp } from './setup.ts';

const program = new Command('waiting').description(
  'The restaurant-waiting worker: what operators run beside it',
);

program
  .command('setup')
  .description('create the topics, register the schemas and migrate the tables that are missing')
  .action(async () => {
    await setUp(
      readConfig(process.env),
      (level, message, details) => {
        if (level === 'error') console.error(message, details);
      },
      (line) => console.log(line),
    );
  });

program
  .command('describe')
  .description('print the topology')
  .option('--mermaid', 'as a Mermaid flow chart')
  .action((options: { mermaid?: true }) => {
    // Printing needs no registry: nothing is encoded.
    const topology = waitingTopology(createCodec(new Map(), { find: () => Promise.resolve(null) }));
    console.log(options.mermaid ? mermaid(topology) : describe(topology));
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
