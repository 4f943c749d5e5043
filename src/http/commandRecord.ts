/** A command as it travels: CloudEvents in binary mode, with what ties the record to the request that sent it. */
import { randomBytes } from 'node:crypto';
import type { Command } from '../domain/command.ts';
import type { Codec } from '../schemas/codec.ts';
import { topics } from '../schemas/topics.ts';
import type { OutputRecord } from '../topology/ports.ts';

/** What a request passes on. */
export interface Trace {
  readonly correlationId: string;
  /** The caller's W3C trace context, if it sent any. */
  readonly traceparent: string | undefined;
}

/** W3C trace context, version 00: ids of zeros only are invalid. */
const traceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const newTraceparent = (): string =>
  `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;

/** The record of a command; its outcome is to be told on the channel `replyTo`. */
export function commandRecord(codec: Codec, command: Command, replyTo: string, trace: Trace): OutputRecord {
  const passedOn = trace.traceparent !== undefined && traceparent.test(trace.traceparent);
  return {
    topic: topics.commands,
    key: String(command.restaurantId),
    value: codec.encode(command.type, command),
    headers: {
      ce_specversion: '1.0',
      ce_id: command.commandId,
      ce_type: `waiting.commands.${command.type}`,
      // The same for every ingress: one source and one id make one event, wherever a repeat comes in.
      ce_source: '/waiting/ingress',
      ce_time: new Date(command.issuedAt).toISOString(),
      'content-type': 'application/avro',
      correlationid: trace.correlationId,
      traceparent: passedOn ? trace.traceparent : newTraceparent(),
      replyto: replyTo,
    },
  };
}
