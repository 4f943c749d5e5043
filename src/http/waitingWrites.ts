/** The writes on waitings: the original service's paths, one command each. Described in docs/http.md. */
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Actor, CommandBody } from '../domain/command.ts';
import { maxRestaurantId, restaurantOf } from '../domain/queue.ts';
import type { Links } from './access/links.ts';
import { actorOf, type Principal, requireRestaurant, requireWaiting } from './access/principal.ts';
import { registeredWaiting, waiting } from './answers.ts';
import {
  customer,
  owner,
  ownerAt,
  registrationRefusals,
  sendRegistered,
  sendWaiting,
  wholesale,
  type Write,
} from './commands.ts';
import {
  count,
  id,
  idText,
  invalid,
  must,
  parse,
  parseBody,
  restaurantId,
  restaurantIdText,
  text,
} from './input.ts';
import { Problem, type ProblemCode, waitingNotFound } from './problems.ts';
import type { Route } from './routes.ts';

const registration = z.strictObject({ datesId: id, userId: id, userCount: count, restaurantId });
const noBody = z.strictObject({});
const call = z.strictObject({ call: z.enum(['FIRST', 'FINAL'], must('must be FIRST or FINAL')).nullish() });
const coming = z.strictObject({ moveTime: count });
const cancellation = z.strictObject({
  actor: z.enum(['CUSTOMER', 'OWNER'], must('must be CUSTOMER or OWNER')).optional(),
  reason: text(200).nullish(),
});

const waitingPath = z.object({ waitingId: idText });
const actionPath = z.object({ restaurantId: restaurantIdText, waitingId: idText });

/** The queue that issued a waitingId, which says so itself. Throws a Problem when no queue can have. */
export function queueOf(waitingId: number): number {
  const queue = restaurantOf(waitingId);
  if (queue < 1 || queue > maxRestaurantId) {
    throw waitingNotFound(waitingId);
  }
  return queue;
}

export function waitingWrites(write: Write, links: Links): readonly Route[] {
  /** An action on one waiting; it answers the waiting as it now is. */
  const action = <T extends z.ZodType>(
    name: string,
    [operationId, summary]: readonly [string, string],
    refusals: readonly ProblemCode[],
    schema: T,
    ask: (
      waitingId: number,
      body: z.output<T>,
      restaurantId: number,
      who: Principal,
    ) => { spokenFor: Actor; body: CommandBody },
  ): Route => ({
    method: 'post',
    path: `/waitings/:restaurantId/:waitingId/actions/${name}`,
    about: {
      kind: 'write',
      operationId,
      summary,
      params: actionPath,
      body: schema,
      answers: { 200: { description: 'the waiting as it now is', json: waiting } },
      refusals: ['WAITING_NOT_FOUND', 'INVALID_TRANSITION', ...refusals],
    },
    handle: (req: Request, res: Response, who) => {
      const { restaurantId, waitingId } = parse(actionPath, req.params);
      requireWaiting(who, restaurantId, waitingId);
      const { spokenFor, body } = ask(waitingId, parseBody(schema, req), restaurantId, who);
      const asked = { restaurantId, actor: actorOf(who, spokenFor), body };
      return write(req, res, asked, (accepted) => sendWaiting(res, accepted));
    },
  });

  return [
    {
      method: 'post',
      path: '/waitings',
      about: {
        kind: 'write',
        operationId: 'registerWaiting',
        summary: "Join a restaurant's queue",
        body: registration,
        answers: { 201: { description: 'the waiting, and what opens it', json: registeredWaiting } },
        refusals: registrationRefusals,
      },
      handle: (req, res, who) => {
        const { restaurantId, ...team } = parseBody(registration, req);
        requireRestaurant(who, restaurantId);
        if (who.role === 'CUSTOMER' && (who.userId !== team.userId || who.waitingId !== null)) {
          throw new Problem('FORBIDDEN', 'a customer registers himself, and not with the link of a waiting');
        }
        const asked = {
          restaurantId,
          actor: actorOf(who, customer(team.userId)),
          body: { type: 'RegisterWaiting', ...team },
        } as const;
        return write(req, res, asked, (accepted) => sendRegistered(links, res, accepted));
      },
    },
    {
      method: 'delete',
      path: '/waitings/:waitingId',
      about: {
        kind: 'write',
        operationId: 'deleteWaiting',
        summary: 'Delete a waiting; again, it changes nothing',
        params: waitingPath,
        answers: { 204: { description: 'it is gone' } },
        refusals: ['WAITING_NOT_FOUND', 'QUEUE_FULL'],
      },
      handle: (req, res, who) => {
        const { waitingId } = parse(waitingPath, req.params);
        const restaurantId = queueOf(waitingId);
        const asked = {
          restaurantId,
          actor: ownerAt(who, restaurantId, () => waitingNotFound(waitingId)),
          body: { type: 'DeleteWaiting', waitingId },
        } as const;
        return write(req, res, asked, () => void res.status(204).end());
      },
    },
    wholesale(
      write,
      'DeleteAllWaitings',
      '/waitings/all/:restaurantId',
      { operationId: 'deleteAllWaitings', summary: 'Delete all waitings of a restaurant' },
      'they are gone',
    ),
    // One path for the first and the final call: the state decides which is due.
    action(
      'waiting_call',
      ['callWaiting', 'Call a team to its table'],
      ['CALL_PENDING'],
      call,
      (waitingId, body, restaurantId) => ({
        spokenFor: owner(restaurantId),
        body: { type: 'CallWaiting', waitingId, call: body.call ?? null },
      }),
    ),
    action(
      'waiting_user_coming',
      ['answerCall', 'Say that the team is coming, and when'],
      ['CALL_LAPSED', 'MOVE_TIME'],
      coming,
      (waitingId, { moveTime }) => ({
        spokenFor: customer(null),
        body: { type: 'AnswerCall', waitingId, moveMinutes: moveTime },
      }),
    ),
    action('waiting_user_arrived', ['markArrived', 'Say that the team is here'], [], noBody, (waitingId) => ({
      spokenFor: customer(null),
      body: { type: 'MarkArrived', waitingId },
    })),
    action(
      'waiting_entered',
      ['markEntered', 'Seat the team'],
      [],
      noBody,
      (waitingId, _body, restaurantId) => ({
        spokenFor: owner(restaurantId),
        body: { type: 'MarkEntered', waitingId },
      }),
    ),
    // Who cancels says the identity; where there is none, the body.
    action(
      'waiting_cancel',
      ['cancelWaiting', 'Cancel, as the customer or the owner'],
      [],
      cancellation,
      (waitingId, { actor, reason }, restaurantId, who) => ({
        spokenFor: cancelledBy(who, actor) === 'OWNER' ? owner(restaurantId) : customer(null),
        body: { type: 'CancelWaiting', waitingId, reason: reason ?? null },
      }),
    ),
  ];
}

/** A body may say who cancels, but not claim to be somebody else. Throws a Problem. */
function cancelledBy(who: Principal, claimed: 'CUSTOMER' | 'OWNER' | undefined): 'CUSTOMER' | 'OWNER' {
  if (who.role === 'ANYONE') {
    if (claimed === undefined) throw invalid([{ field: 'actor', message: 'is missing' }]);
    return claimed;
  }
  const side = who.role === 'CUSTOMER' ? 'CUSTOMER' : 'OWNER';
  if ((claimed ?? side) !== side)
    throw new Problem('FORBIDDEN', `this is not the ${claimed ?? side}'s to cancel`);
  return side;
}
