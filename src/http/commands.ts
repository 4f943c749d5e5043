import { randomBytes, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Actor, Command, CommandBody } from '../domain/command.ts';
import type { WaitingView } from '../domain/outcome.ts';
import type { NoShow } from '../domain/queue.ts';
import { derivedId } from '../processors/keys.ts';
import type { Codec } from '../schemas/codec.ts';
import { topics } from '../schemas/topics.ts';
import type { OutputRecord } from '../topology/ports.ts';
import { linkOf, type Links } from './access/links.ts';
import { actorOf, type Principal, requireRestaurant } from './access/principal.ts';
import { parse, restaurantPath } from './input.ts';
import { Problem } from './problems.ts';
import type { Description, Route } from './routes.ts';
import { waitingJson, zoneOf } from './shapes.ts';
import type { Submit, Submitted } from './submission.ts';

/** A repeat must be known as one, also by a restarted ingress: its command id follows from what the client sent. */

export const uuid = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/**
 * The id of a command: derived from the Idempotency-Key, the restaurant and the caller where there is a key, random
 * where there is none. Throws a Problem for a key that is not a UUID.
 */
export function commandIdFor(key: string | undefined, restaurantId: number, { role, id }: Actor): string {
  if (key === undefined) return randomUUID();
  if (!uuid.test(key)) {
    const error = { field: 'Idempotency-Key', message: 'must be a UUID' };
    throw new Problem('VALIDATION', 'the Idempotency-Key header is not a UUID', [error]);
  }
  return derivedId([key.toLowerCase(), restaurantId, role, id ?? ''].join('/'));
}

/** A command as it travels: CloudEvents in binary mode, with what ties the record to the request that sent it. */

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

/** What all writes share: a request becomes a command, its outcome the answer. */

/** What is asked of which queue, by whom. */
interface Asked {
  readonly restaurantId: number;
  readonly actor: Actor;
  readonly body: CommandBody;
}

/** Sends what is asked; `answer` is called for an accepted command only, and says 2xx. */
export type Write = (
  req: Request,
  res: Response,
  asked: Asked,
  answer: (accepted: Submitted) => void | Promise<void>,
) => Promise<void>;

/** An owner whom nobody asked who he is: the restaurant that he acts for says it. */
export const owner = (restaurantId: number): Actor => ({ role: 'OWNER', id: String(restaurantId) });

/** Who acts for a restaurant. Throws a Problem for a restaurant that is not his. */
export function ownerAt(who: Principal, restaurantId: number, notFound?: () => Problem): Actor {
  requireRestaurant(who, restaurantId, notFound);
  return actorOf(who, owner(restaurantId));
}

/** A customer whom nobody asked who he is; null where the path doesn't say either. */
export const customer = (userId: number | null): Actor => ({
  role: 'CUSTOMER',
  id: userId === null ? null : String(userId),
});

export const createWrite =
  (submit: Submit, now: () => number): Write =>
  async (req, res, { restaurantId, actor, body }, answer) => {
    const key = req.get('Idempotency-Key');
    const commandId = commandIdFor(key, restaurantId, actor);
    const command = { commandId, restaurantId, actor, issuedAt: now(), ...body };
    const trace = {
      correlationId: res.get('X-Request-Id') ?? commandId,
      traceparent: req.get('traceparent'),
    };
    const submitted = await submit(command, key !== undefined, trace);
    if (submitted === 'PENDING') {
      res.location(`/commands/${commandId}?restaurantId=${restaurantId}`);
      res.status(202).json({ commandId, status: 'PENDING' });
      return;
    }
    const { rejection } = submitted.outcome;
    if (rejection !== null) throw new Problem(rejection.code, rejection.detail);
    await answer(submitted);
  };

/** What is asked of a whole restaurant, with nothing to say beside. */
type Wholesale = 'DeleteAllWaitings' | 'DeleteAllNoShows' | 'RevokePairings';

/** A route that asks it, and answers 204. */
export const wholesale = (
  write: Write,
  type: Wholesale,
  path: string,
  about: Pick<Description, 'operationId' | 'summary'>,
  done: string,
): Route => ({
  method: 'delete',
  path,
  about: {
    kind: 'write',
    ...about,
    params: restaurantPath,
    answers: { 204: { description: done } },
    refusals: ['RESTAURANT_NOT_FOUND'],
  },
  handle: (req, res, who) => {
    const { restaurantId } = parse(restaurantPath, req.params);
    const asked = { restaurantId, actor: ownerAt(who, restaurantId), body: { type } };
    return write(req, res, asked, () => void res.status(204).end());
  },
});

/** The waiting that an accepted command was about, as it is after it. */
function waitingOf({ outcome: { commandId, subject } }: Submitted): WaitingView {
  if (subject === null || !isView(subject)) throw new Error(`the outcome ${commandId} has no waiting`);
  return subject;
}

/** The same as an answer. */
export const sendWaiting = (res: Response, accepted: Submitted): void =>
  void res.json(waitingJson(waitingOf(accepted), zoneOf(accepted.queue)));

/** Of a registration: the waiting, and the link that opens it. */
export async function sendRegistered(links: Links, res: Response, accepted: Submitted): Promise<void> {
  const view = waitingOf(accepted);
  const token = await linkOf(links, view.waiting, accepted.queue);
  res.status(201).json({ ...waitingJson(view, zoneOf(accepted.queue)), token });
}

/** Why a queue refuses a registration, beside what every write is refused for. */
export const registrationRefusals = [
  'RESTAURANT_NOT_FOUND',
  'DATES_NOT_FOUND',
  'ALREADY_WAITING',
  'QUEUE_FULL',
  'OUTSIDE_BUSINESS_HOURS',
  'PARTY_SIZE',
] as const;

export const isView = (subject: WaitingView | NoShow): subject is WaitingView => 'waiting' in subject;
