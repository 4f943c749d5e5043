/** Web Push from the browser's side: what it subscribes with, and where it is told. Described in docs/http.md. */
import { z } from 'zod';
import { isActive } from '../domain/waiting.ts';
import { isBase64url, isPublicKey } from '../push/keys.ts';
import { serviceOf } from '../push/services.ts';
import { languages, type Subscriptions } from '../push/subscriptions.ts';
import { isOwn, type Principal, requireWaiting } from './access/principal.ts';
import { pushKey } from './answers.ts';
import { idText, must, parse, parseBody, text } from './input.ts';
import { Problem, waitingNotFound } from './problems.ts';
import { type QueueReader, StateUnavailable } from './queueReader.ts';
import type { Route } from './routes.ts';
import { queueOf } from './waitingWrites.ts';

export interface PushSide {
  readonly publicKey: string;
  /** Hosts that endpoints may have. */
  readonly services: readonly string[];
  readonly subscriptions: Pick<Subscriptions, 'put' | 'dropAll'>;
}

const waitingPath = z.object({ waitingId: idText });

const base64url = (bytes: number) => `must be ${bytes} bytes in base64url`;
const subscription = (services: readonly string[]) =>
  z.strictObject({
    endpoint: text(2_048)
      .refine(
        (given) => serviceOf(given, services) !== null,
        'must be the https address of a push service that browsers use',
      )
      .transform((given) => new URL(given).href),
    keys: z.strictObject(
      {
        p256dh: z.string(must('must be text')).refine(isPublicKey, 'must be a point of P-256 in base64url'),
        auth: z.string(must('must be text')).refine((given) => isBase64url(given, 16), base64url(16)),
      },
      must('must be an object'),
    ),
    language: z.enum(languages, must(`must be of ${languages.join(', ')}`)),
  });

/** `push` is null where there is no Web Push. */
export function pushRoutes(push: PushSide | null, { readQueue }: QueueReader): readonly Route[] {
  const body = subscription(push?.services ?? []);

  const configured = (): PushSide => {
    if (push === null) throw new Problem('NOT_FOUND', 'this service sends no push messages');
    return push;
  };

  /** His own, of which the queue still knows. What it has let go of has nothing to be told. */
  async function find(who: Principal, waitingId: number) {
    const restaurantId = queueOf(waitingId);
    requireWaiting(who, restaurantId, waitingId);
    const queue = await readQueue(restaurantId);
    const waiting = queue?.waitings.find((each) => each.waitingId === waitingId);
    if (!queue?.settings || !waiting || !isOwn(who, waiting)) throw waitingNotFound(waitingId);
    return { waiting, settings: queue.settings };
  }

  return [
    {
      method: 'put',
      path: '/waitings/:waitingId/push',
      about: {
        kind: 'note',
        operationId: 'subscribeToPush',
        summary: 'Have a browser told of calls while its page is closed; again, it lasts longer',
        params: waitingPath,
        body,
        answers: { 204: { description: 'it will be told' } },
        refusals: ['NOT_FOUND', 'WAITING_NOT_FOUND', 'INVALID_TRANSITION'],
      },
      handle: async (req, res, who) => {
        const { subscriptions } = configured();
        const { waitingId } = parse(waitingPath, req.params);
        const given = parseBody(body, req);
        const { waiting, settings } = await find(who, waitingId);
        if (!isActive(waiting))
          throw new Problem('INVALID_TRANSITION', 'this waiting is over: there is nothing left to be told');
        const place = { name: settings.name, timeZone: settings.timeZone };
        await kept(subscriptions.put(waitingId, { ...given, place }));
        res.status(204).end();
      },
    },
    {
      method: 'delete',
      path: '/waitings/:waitingId/push',
      about: {
        kind: 'note',
        operationId: 'unsubscribeFromPush',
        summary: 'Have no browser told of this waiting any more',
        params: waitingPath,
        answers: { 204: { description: 'none is told' } },
        refusals: ['NOT_FOUND', 'WAITING_NOT_FOUND'],
      },
      handle: async (req, res, who) => {
        const { subscriptions } = configured();
        const { waitingId } = parse(waitingPath, req.params);
        await find(who, waitingId);
        await kept(subscriptions.dropAll(waitingId));
        res.status(204).end();
      },
    },
    {
      method: 'get',
      path: '/push/key',
      about: {
        kind: 'operation',
        operationId: 'getPushKey',
        summary: 'What browsers subscribe with',
        answers: { 200: { description: 'the public key of this service', json: pushKey } },
        refusals: ['NOT_FOUND'],
      },
      handle: (_req, res) => void res.json({ publicKey: configured().publicKey }),
    },
  ];
}

const kept = (keeping: Promise<void>): Promise<void> =>
  keeping.catch((error: unknown) => {
    throw new StateUnavailable('subscriptions cannot be kept at the moment', error);
  });
