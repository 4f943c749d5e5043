import avsc from 'avsc';
import type { CommandType } from '../domain/command.ts';
import type { Codec } from '../schemas/codec.ts';
import { type EncodedEvent, toEvent } from '../schemas/events.ts';
import type { Formats } from '../schemas/formats.ts';
import { versioned } from '../schemas/versioned.ts';
import type { Origin, Serde } from '../topology/graph.ts';

/** What ties an output to the command that caused it. */
export interface CausedBy {
  readonly commandId: string;
  readonly correlationId: string;
  readonly traceparent: string | null;
}

interface Refused {
  readonly restaurantId: number;
  readonly at: number;
  readonly commandId: string;
  readonly code: string;
  readonly detail: string;
}

/** What the queue processor hands to the projections: all that the outside learns of one command follows from it. */
export interface Decided {
  readonly context: CausedBy;
  readonly command: CommandType;
  readonly issuedAt: number;
  /** Of the rules that decided: a projection may be run again by a later build. */
  readonly rulesVersion: number;
  readonly events: readonly EncodedEvent[];
  readonly rejection: Refused | null;
}

const refused: avsc.Schema = {
  type: 'record',
  name: 'Refused',
  fields: [
    { name: 'restaurantId', type: 'long' },
    { name: 'at', type: 'long' },
    { name: 'commandId', type: 'string' },
    { name: 'code', type: 'string' },
    { name: 'detail', type: 'string' },
  ],
};

/** The newest form of what is decided. */
const newestForm = 1;

const facts = versioned(
  avsc.Type.forSchema({
    type: 'record',
    name: 'Decided',
    fields: [
      { name: 'commandId', type: 'string' },
      { name: 'correlationId', type: 'string' },
      { name: 'traceparent', type: ['null', 'string'] },
      { name: 'command', type: 'string' },
      { name: 'issuedAt', type: 'long' },
      { name: 'rulesVersion', type: 'int' },
      { name: 'events', type: { type: 'array', items: 'bytes' } },
      { name: 'rejection', type: ['null', refused] },
    ],
  }),
  newestForm,
);

interface Flat extends CausedBy {
  readonly command: CommandType;
  readonly issuedAt: number;
  readonly rulesVersion: number;
  readonly events: readonly Buffer[];
  readonly rejection: Refused | null;
}

/** As the outbox keeps it: the events in the bytes they travel in, in the newest form that may be written. */
export const decidedSerde = (codec: Codec, formats: Pick<Formats, 'mayWrite'>): Serde => ({
  encode: ({ context, events, ...rest }: Decided) =>
    facts.encode(
      { ...context, ...rest, events: events.map(({ bytes }) => bytes) },
      formats.mayWrite('versionedOutbox') ? newestForm : 0,
    ),
  decode: (bytes): Decided => {
    const { commandId, correlationId, traceparent, events, ...rest } = facts.decode(bytes) as Flat;
    return {
      context: { commandId, correlationId, traceparent },
      command: rest.command,
      issuedAt: rest.issuedAt,
      rulesVersion: rest.rulesVersion,
      events: events.map((each) => ({ event: toEvent(codec.decode(each)), bytes: each })),
      rejection: rest.rejection,
    };
  },
});

let lastIso: { readonly at: number; readonly text: string } = { at: Number.NaN, text: '' };

/** The outputs of a command are of one instant, and its text takes longer to make than an output's other headers. */
function iso(at: number): string {
  if (at !== lastIso.at) lastIso = { at, text: new Date(at).toISOString() };
  return lastIso.text;
}

/**
 * Headers of an output: CloudEvents in binary mode. The id is the same whenever the record is made again: the command's
 * place in the log, and which of its outputs it is.
 */
export const outputHeaders = (
  { commandId, correlationId, traceparent }: CausedBy,
  origin: Origin,
  output: { readonly type: string; readonly source: string; readonly n: number; readonly at: number },
): Record<string, string> => ({
  ce_specversion: '1.0',
  ce_id: `${origin.topic}-${origin.partition}-${origin.offset}-${output.n}`,
  ce_type: output.type,
  ce_source: output.source,
  ce_time: iso(output.at),
  'content-type': 'application/avro',
  correlationid: correlationId,
  causationid: commandId,
  ...(traceparent !== null && { traceparent }),
});
