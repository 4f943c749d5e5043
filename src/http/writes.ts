/** What all writes share: a request becomes a command, its outcome the answer. */
import type { Request, Response } from 'express';
import type { Actor, CommandBody } from '../domain/command.ts';
import type { NoShow } from '../domain/queue.ts';
import type { WaitingView } from '../domain/outcome.ts';
import { commandIdFor } from './commandId.ts';
import { Problem } from './problems.ts';
import { waitingJson, zoneOf } from './shapes.ts';
import type { Submit, Submitted } from './submission.ts';

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
  answer: (accepted: Submitted) => void,
) => Promise<void>;

/** An owner acts for one restaurant, and is known by it until authentication tells. */
export const owner = (restaurantId: number): Actor => ({ role: 'OWNER', id: String(restaurantId) });

/** A customer; null where the path doesn't say which. */
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
    answer(submitted);
  };

/** The waiting that an accepted command was about, as it is after it. */
export function sendWaiting(res: Response, status: 200 | 201, { outcome, queue }: Submitted): void {
  const { subject } = outcome;
  if (subject === null || !isView(subject))
    throw new Error(`the outcome ${outcome.commandId} has no waiting`);
  res.status(status).json(waitingJson(subject, zoneOf(queue)));
}

export const isView = (subject: WaitingView | NoShow): subject is WaitingView => 'waiting' in subject;
