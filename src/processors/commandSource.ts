import { LRUCache } from 'lru-cache';
import type { Command } from '../domain/command.ts';
import { type Rules, rulesVersion } from '../domain/rulesVersion.ts';
import { UndecodableError, UnknownRecordError, UnseenSchemaError, type Codec } from '../schemas/codec.ts';
import { InvalidCommandError, toCommand } from '../schemas/commands.ts';
import type { Formats } from '../schemas/formats.ts';
import { topics } from '../schemas/topics.ts';
import { PoisonError, type SourceNode } from '../topology/graph.ts';
import type { InputRecord } from '../topology/ports.ts';

/** A registry that answers "no such schema" may be behind the one the sender registered with, for this long. */
const unknownSchemaMillis = 5_000;
const askAgainMillis = 250;
/** An id that stayed unknown is asked for again only now and then: a sender's mistake must not slow its partition. */
const unknownForMillis = 60_000;

/** What the names of reply channels begin with: who may write commands may not have us speak on any other channel. */
export const replyChannels = 'waiting:replies:';

/** Longer ones are a sender's mistake: each output of the command would carry them. */
const longestId = 256;

/** A command with what its record says beside it. */
export interface Received {
  readonly command: Command;
  /** Where the sender waits for its outcome; null: nobody does. */
  readonly replyTo: string | null;
  readonly correlationId: string;
  readonly traceparent: string | null;
}

/**
 * Commands off the log. What can never be one is poison; a registry that is away is waited for, and what may be a newer
 * build's is left to it.
 */
export function commandSource(codec: Codec, formats: Formats, rules: Rules = rulesVersion): SourceNode {
  const learn = learner(codec);

  /** A newer build writes what this one does not know only where the level was raised above this one's before. */
  async function unlessNewer({ reason, message }: UnknownRecordError): Promise<never> {
    await formats.requireReadable();
    throw new PoisonError(reason, message);
  }

  return {
    kind: 'source',
    about: 'Commands, keyed by restaurantId.',
    topic: topics.commands,
    decode: (record): Received | Promise<Received> => {
      const decode = (): Received =>
        received(record, toCommand(codec.decode(record.value, 'commands'), rules));
      const unreadable = (error: unknown): never | Promise<never> => {
        if (error instanceof UnknownRecordError) return unlessNewer(error);
        if (error instanceof UndecodableError) throw new PoisonError(error.reason, error.message);
        if (error instanceof InvalidCommandError) throw new PoisonError('INVALID_COMMAND', error.message);
        throw error;
      };
      try {
        return decode();
      } catch (error) {
        if (!(error instanceof UnseenSchemaError)) return unreadable(error);
        return learn(error.schemaId).then(decode).catch(unreadable);
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
  };
}

type Learn = (schemaId: number) => Promise<void>;

/** Learns a schema, however many records of it wait for that. */
function learner(codec: Codec): Learn {
  const unknown = new LRUCache<number, true>({ max: 1_000, ttl: unknownForMillis });
  const asking = new Map<number, Promise<void>>();

  async function ask(schemaId: number): Promise<void> {
    const giveUp = Date.now() + unknownSchemaMillis;
    while ((await codec.learn(schemaId)) === 'unknown') {
      if (Date.now() > giveUp) {
        unknown.set(schemaId, true);
        throw new UndecodableError('UNKNOWN_SCHEMA', `the registry has no schema ${schemaId}`);
      }
      await new Promise((resolve) => setTimeout(resolve, askAgainMillis));
    }
  }

  return async (schemaId) => {
    if (unknown.has(schemaId)) {
      throw new UndecodableError('UNKNOWN_SCHEMA', `the registry had no schema ${schemaId} a moment ago`);
    }
    const asked = asking.get(schemaId) ?? ask(schemaId).finally(() => asking.delete(schemaId));
    asking.set(schemaId, asked);
    return asked;
  };
}

function received(record: InputRecord, command: Command): Received {
  const key = record.key?.toString() ?? null;
  if (key !== String(command.restaurantId)) {
    throw new PoisonError(
      'KEY_MISMATCH',
      `key ${String(key)} does not name restaurant ${command.restaurantId}`,
    );
  }
  const header = (name: string): string | null => {
    const value = record.headers.find((each) => each.key === name)?.value;
    return value === undefined || value.length > longestId ? null : value.toString();
  };
  const replyTo = header('replyto');
  return {
    command,
    replyTo: replyTo?.startsWith(replyChannels) === true ? replyTo : null,
    correlationId: header('correlationid') ?? command.commandId,
    traceparent: header('traceparent'),
  };
}
