import { isRejectionCode } from '../domain/decision.ts';
import type { Bucket } from '../domain/handle.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Queue } from '../domain/queue.ts';
import type { Codec, Decoded } from './codec.ts';
import { fromRecord, toRecord } from './events.ts';
import type { Outcome as OutcomeRecord, RecordName, Records } from './generated/records.ts';

/**
 * A queue in the bytes that Redis and the changelog keep. What the state of a waiting lacks is written as the schema's
 * default, as `toRecord` would have it: all teams are written again with every change of one.
 */
export const encodeQueue = (codec: Codec, queue: Queue): Buffer =>
  codec.encode('QueueState', queue as Records['QueueState']);

export function decodeQueue(codec: Codec, bytes: Buffer): Queue {
  const record = expect('QueueState', codec.decode(bytes));
  return { ...record, waitings: record.waitings.map(fromRecord) };
}

/** A bucket of remembered commands in the bytes that Redis and the changelog keep. */
export const encodeBucket = (codec: Codec, bucket: Bucket): Buffer =>
  codec.encode('RememberedCommands', {
    commands: bucket.map(({ seq, bodyHash, outcome }) => ({
      seq,
      bodyHash,
      outcome: outcomeRecord(outcome),
    })),
  });

export const decodeBucket = (codec: Codec, bytes: Buffer): Bucket =>
  expect('RememberedCommands', codec.decode(bytes)).commands.map(({ seq, bodyHash, outcome }) => ({
    seq,
    bodyHash,
    outcome: outcomeOf(outcome),
  }));

/** An outcome in the bytes that answer a request. */
export const encodeOutcome = (codec: Codec, outcome: Outcome): Buffer =>
  codec.encode('Outcome', outcomeRecord(outcome));

export const decodeOutcome = (codec: Codec, bytes: Buffer): Outcome =>
  outcomeOf(expect('Outcome', codec.decode(bytes)));

function outcomeRecord(outcome: Outcome): OutcomeRecord {
  const { commandId, restaurantId, at, version, subject, rejection } = outcome;
  const view = subject !== null && 'waiting' in subject ? subject : null;
  return {
    commandId,
    restaurantId,
    at,
    version,
    code: rejection?.code ?? null,
    detail: rejection?.detail ?? null,
    waiting: view && toRecord(view.waiting),
    position: view?.position ?? null,
    estimatedWaitMinutes: view?.estimatedWaitMinutes ?? null,
    noShow: subject !== null && 'noShowId' in subject ? subject : null,
  };
}

function outcomeOf(record: OutcomeRecord): Outcome {
  const {
    commandId,
    restaurantId,
    at,
    version,
    code,
    detail,
    waiting,
    position,
    estimatedWaitMinutes,
    noShow,
  } = record;
  if (code !== null && !isRejectionCode(code)) throw new Error(`${code} is no reason to refuse a command`);
  const view = waiting && {
    waiting: fromRecord(waiting),
    position,
    estimatedWaitMinutes: estimatedWaitMinutes ?? 0,
  };
  return {
    commandId,
    restaurantId,
    at,
    version,
    rejection: code === null ? null : { code, detail: detail ?? '' },
    subject: view ?? noShow,
  };
}

/** The value of a record that must be of this name: what we wrote ourselves is never of another. */
export function expect<N extends RecordName>(name: N, decoded: Decoded): Records[N] {
  if (decoded.name !== name) throw new Error(`expected a ${name}, found a ${decoded.name}`);
  return decoded.value as Records[N];
}
