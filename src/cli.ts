#!/usr/bin/env node
/** What operators run beside the service. docs/operations.md says when. */
import { Command, CommanderError } from 'commander';
import { addDescribe } from './cli/describe.ts';
import { addDlq } from './cli/dlq.ts';
import { addDoctor } from './cli/doctor.ts';
import { exitCodes } from './cli/ending.ts';
import { addExcuse } from './cli/excuse.ts';
import { addSetup } from './cli/setup.ts';
import { addPrivacy } from './cli/privacy.ts';
import { messageOf } from './cli/servers.ts';
import { addVerify } from './cli/verify.ts';

const program = new Command('waiting')
  .description(
    'What operators run beside the restaurant-waiting service. Servers are found by the same environment variables as the service: see docs/configuration.md, and docs/operations.md for when to run what.',
  )
  .exitOverride();
for (const add of [addSetup, addDescribe, addDoctor, addDlq, addVerify, addExcuse, addPrivacy]) add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what is wrong, or printed the help it was asked for.
    process.exitCode = error.exitCode === 0 ? exitCodes.well : exitCodes.failed;
  } else {
    console.error(messageOf(error));
    process.exitCode = exitCodes.failed;
  }
}
// Clients of servers that are away go on trying for a while.
process.exit();
