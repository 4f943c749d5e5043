import type { Command } from '../domain/command.ts';
import { UndecodableError, UnseenSchemaError, type Codec } from '../schemas/codec.ts';
import { InvalidCommandError, toCommand } from '../schemas/commands.ts';
import { topics } from '../schemas/topics.ts';
import { PoisonError, type SourceNode } from '../topology/graph.ts';
import type { InputRecord } from '../topology/ports.ts';

/** A registry that answers "no such schema" may be behind the one the sender registered with, for this long. */
const unknownSchemaMillis = 5_000;
const askAgainMillis = 250;

/** A command with what its record says beside it. */
export interface Received {
  readonly command: Command;
  /** Where the sender waits for its outcome; null: nobody does. */
  readonly replyTo: string | null;
  readonly correlationId: string;
  readonly traceparent: string | null;
}

/** Commands off the log. What can never be one is poison; a registry that is away is waited for. */
export const commandSource = (codec: Codec): SourceNode => ({
  kind: 'source',
  about: 'Commands, keyed by restaurantId.',
  topic: topics.commands,
  decode: async (record): Promise<Received> => {
    try {
      return received(record, await decode(codec, record));
    } catch (error) {
      if (error instanceof UndecodableError) throw new PoisonError(error.reason, error.message);
      if (error instanceof InvalidCommandError) throw new PoisonError('INVALID_COMMAND', error.message);
      throw error;
    }
  },
  deadLetter: ({ headers, key, value, ...at }, poison) =>
    codec.encode('DeadLetter', {
      reason: poison.reason,
      detail: poison.message,
      topic: at.topic,
      partition: at.partition,
      offset: at.offset,
      timestamp: at.timestamp,
      key,
      value,
      headers,
    }),
});

async function decode(codec: Codec, record: InputRecord): Promise<Command> {
  try {
    return toCommand(codec.decode(record.value));
  } catch (error) {
    if (!(error instanceof UnseenSchemaError)) throw error;
    await learn(codec, error.schemaId);
    return toCommand(codec.decode(record.value));
  }
}

async function learn(codec: Codec, schemaId: number): Promise<void> {
  const giveUp = Date.now() + unknownSchemaMillis;
  while ((await codec.learn(schemaId)) === 'unknown') {
    if (Date.now() > giveUp) {
      throw new UndecodableError('UNKNOWN_SCHEMA', `the registry has no schema ${schemaId}`);
    }
    await new Promise((resolve) => setTimeout(resolve, askAgainMillis));
  }
}

function received(record: InputRecord, command: Command): Received {
  const key = record.key?.toString() ?? null;
  if (key !== String(command.restaurantId)) {
    throw new PoisonError(
      'KEY_MISMATCH',
      `key ${String(key)} does not name restaurant ${command.restaurantId}`,
    );
  }
  const header = (name: string): string | null =>
    record.headers.find((each) => each.key === name)?.value.toString() ?? null;
  return {
    command,
    replyTo: header('replyto'),
    correlationId: header('correlationid') ?? command.commandId,
    traceparent: header('traceparent'),
  };
}
