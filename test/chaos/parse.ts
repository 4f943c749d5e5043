/** Records of the topics as the checks look at them. */
import { type Codec, UndecodableError, UnseenSchemaError } from '../../src/schemas/codec.ts';
import { InvalidCommandError, toCommand } from '../../src/schemas/commands.ts';
import { toEvent } from '../../src/schemas/events.ts';
import { expect } from '../../src/schemas/state.ts';
import { header, type ReadRecord } from '../logs.ts';
import type { LoggedCommand, LoggedEvent, LoggedLetter, LoggedNotification, Mark } from './evidence.ts';

/** An upstream writes with the newest schema there is, which may be younger than the codec. */
export async function learnSchemas(codec: Codec, records: readonly ReadRecord[]): Promise<void> {
  for (const { value } of records) {
    try {
      codec.decode(value);
    } catch (error) {
      if (error instanceof UnseenSchemaError) await codec.learn(error.schemaId);
    }
  }
}

/** What can never be a command has none: not ours to read, against the bounds, or under another restaurant's key. */
export function parseCommand(codec: Codec, record: ReadRecord): LoggedCommand {
  const { partition, offset, timestamp: appendedAt } = record;
  const logged = { partition, offset, appendedAt, correlationId: header(record, 'correlationid') };
  try {
    const command = toCommand(codec.decode(record.value));
    const named = record.key?.toString() === String(command.restaurantId);
    return { ...logged, command: named ? command : null };
  } catch (error) {
    if (error instanceof UndecodableError || error instanceof InvalidCommandError)
      return { ...logged, command: null };
    throw error;
  }
}

export function parseEvent(codec: Codec, record: ReadRecord): LoggedEvent {
  const decoded = codec.decode(record.value);
  const event =
    decoded.name === 'CommandRejected' ? { ...decoded.value, type: decoded.name } : toEvent(decoded);
  return {
    partition: record.partition,
    id: header(record, 'ce_id') ?? '',
    causationId: header(record, 'causationid'),
    toldAt: record.timestamp,
    event,
  };
}

export const parseNotification = (codec: Codec, record: ReadRecord): LoggedNotification => ({
  id: header(record, 'ce_id') ?? '',
  notification: expect('Notification', codec.decode(record.value)),
});

export function parseLetter(codec: Codec, record: ReadRecord): LoggedLetter {
  const { partition, offset } = expect('DeadLetter', codec.decode(record.value));
  return { id: header(record, 'ce_id') ?? '', partition, offset };
}

/** E, of a record of the changelog that is one. */
export const parsePosition = (codec: Codec, { partition, value }: ReadRecord): Mark => ({
  partition,
  next: expect('TaskPosition', codec.decode(value)).next,
});
