import { z } from 'zod';
import type { Outcome } from '../domain/outcome.ts';
import type { Queue } from '../domain/queue.ts';
import type { Waiting } from '../domain/waiting.ts';
import type { HistoryReader } from '../history/read.ts';
import { linkOf, type Links } from './access/links.ts';
import { isOwn, type Principal, requireRestaurant, requireWaiting } from './access/principal.ts';
import {
  commandOutcome,
  type CommandOutcomeJson,
  order,
  pendingCommand,
  statuses,
  waiting,
  waitingList,
} from './answers.ts';
import { isView, uuid } from './commands.ts';
import { id, idText, integer, must, numberText, parse, restaurantIdText } from './input.ts';
import { isGuest } from './guests.ts';
import { findOne, type Fresh, list } from './overlay.ts';
import { restaurantNotFound, waitingNotFound } from './problems.ts';
import type { QueueReader } from './queueReader.ts';
import { readRoute, type Route } from './routes.ts';
import { noShowJson, orderJson, waitingJson, zoneOf } from './shapes.ts';
import { showWaiting, waitingText } from './shown.ts';
import { queueOf } from './waitingWrites.ts';

/** The reads of waitings: the active ones and those finished in the last minutes from the queue's state, over history. */

export const listMost = 100;

/**
 * Teams in these hold a place: the queue's state has all of them, so that a list of them needs no history. A
 * NO_ANSWER leaves it when its day closes.
 */
const inQueue: ReadonlySet<Waiting['status']> = new Set([
  'WAITING',
  'FIRST_CALLED',
  'FINAL_CALLED',
  'COMMING',
  'ARRIVED',
]);

/** Where a list goes on: after this id. Opaque to clients. */
export const toCursor = (id: number | null): string | null =>
  id === null ? null : Buffer.from(`after ${id}`).toString('base64url');
export const cursor = z
  .string(must('must be given once'))
  .transform((given) => Number(/^after ([1-9]\d*)$/.exec(Buffer.from(given, 'base64url').toString())?.[1]))
  .pipe(z.number({ error: 'must be a nextCursor of this list' }))
  .meta({ type: 'string', description: 'the `nextCursor` of the page before, as it was given' });

const listQuery = z.strictObject({
  restaurantId: restaurantIdText,
  /** Repeated, or a list with commas, or both. */
  status: z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((each) => each.split(',')))
    .pipe(z.array(z.enum(statuses, { error: `must be of ${statuses.join(', ')}` })))
    .meta({ description: 'only these states; several with commas, or repeated' })
    .optional(),
  datesId: numberText(id).optional(),
  limit: numberText(integer(1, listMost)).default(listMost),
  cursor: cursor.optional(),
});

const waitingPath = z.object({ waitingId: idText });
const orderPath = z.object({ restaurantId: restaurantIdText, waitingId: idText });

export const freshWaitings = (queue: Queue): Fresh<Waiting> => ({
  last: queue.lastWaiting,
  items: queue.waitings,
  idOf: ({ waitingId }) => waitingId,
  deleted: queue.deletedWaitings,
  deletedThrough: queue.waitingsDeletedThrough,
});

interface Found {
  readonly queue: Queue;
  readonly waiting: Waiting;
}

/** A waiting as it is now. Throws a Problem: never a 404 for one that only the queue has let go of. */
async function find(
  who: Principal,
  queue: Queue | null,
  waitingId: number,
  history: HistoryReader,
): Promise<Found> {
  const waiting = queue && (await findOne(queue, freshWaitings(queue), waitingId, history, history.waiting));
  if (!queue || !waiting || !isOwn(who, waiting)) throw waitingNotFound(waitingId);
  return { queue, waiting };
}

export const waitingReads = ({ readQueue }: QueueReader, history: HistoryReader): readonly Route[] => [
  readRoute(
    '/waitings/:waitingId',
    {
      operationId: 'getWaiting',
      summary: 'A waiting',
      params: waitingPath,
      answers: { 200: { description: 'the waiting', json: waiting } },
      refusals: ['WAITING_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    },
    async ({ params, who }) => {
      const { waitingId } = parse(waitingPath, params);
      const restaurantId = queueOf(waitingId);
      requireWaiting(who, restaurantId, waitingId);
      const { queue, waiting } = await find(who, await readQueue(restaurantId), waitingId, history);
      return waitingText(queue, waiting);
    },
  ),
  readRoute(
    '/waitings/order/:restaurantId/:waitingId',
    {
      operationId: 'getOrder',
      summary: 'Where a customer stands',
      params: orderPath,
      answers: { 200: { description: 'its order', json: order } },
      refusals: ['WAITING_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    },
    async ({ params, who }) => {
      const { restaurantId, waitingId } = parse(orderPath, params);
      requireWaiting(who, restaurantId, waitingId);
      const { queue, waiting } = await find(who, await readQueue(restaurantId), waitingId, history);
      return JSON.stringify(orderJson(showWaiting(queue, waiting), restaurantId));
    },
  ),
  readRoute(
    '/waitings',
    {
      operationId: 'listWaitings',
      summary: 'The waitings of a restaurant, by waitingId',
      query: listQuery,
      answers: { 200: { description: 'a page of them', json: waitingList } },
      refusals: ['RESTAURANT_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    },
    async ({ query, who }) => {
      const { restaurantId, status, datesId, limit, cursor: after } = parse(listQuery, query);
      requireRestaurant(who, restaurantId);
      const queue = await readQueue(restaurantId);
      if (!queue?.settings) throw restaurantNotFound(restaurantId);
      const page = {
        after: after ?? 0,
        limit,
        datesId: datesId ?? null,
        wanted: (waiting: Waiting) =>
          (status === undefined || status.includes(waiting.status)) &&
          (datesId === undefined || waiting.datesId === datesId),
        freshOnly: status?.every((each) => inQueue.has(each)) ?? false,
      };
      const { items, next } = await list(queue, freshWaitings(queue), page, history, (slice) =>
        history.waitings(slice, status ?? null),
      );
      const texts = items.map((waiting) => waitingText(queue, waiting));
      return `{"items":[${texts.join(',')}],"nextCursor":${JSON.stringify(toCursor(next))}}`;
    },
  ),
];

/**
 * What became of a command that was answered 202: its Location. As long as there is no outcome the answer is 202
 * again, with Retry-After, which is what clients that follow a Location poll for; it turns into a 200 once, and for
 * good. An id that is not known may be in the log still, so it is never a 404; one that was never taken by the log, or
 * whose outcome is over a day old, stays 202: a client gives up after its own patience, and repeating the request with
 * the same Idempotency-Key is always safe.
 */

const commandPath = z.object({
  commandId: z.string(must('must be a UUID')).regex(uuid, 'must be a UUID').toLowerCase(),
});
const commandQuery = z.strictObject({ restaurantId: restaurantIdText });

/** An outcome for whoever did not get it as an answer; the same fields whatever was asked. */
function outcomeJson(
  { commandId, restaurantId, version, rejection, subject }: Outcome,
  timeZone: string,
  token: string | null,
): CommandOutcomeJson {
  const view = subject && isView(subject) ? subject : null;
  const noShow = subject && !isView(subject) ? subject : null;
  return {
    commandId,
    restaurantId,
    status: rejection === null ? 'ACCEPTED' : 'REJECTED',
    code: rejection?.code ?? null,
    detail: rejection?.detail ?? null,
    version,
    waiting: view && waitingJson(view, timeZone),
    noShow: noShow && noShowJson(noShow, timeZone),
    token,
  };
}

/**
 * A customer is shown what became of his own waiting, and refusals, which say nothing of anybody; a guest, who knows the
 * command because he sent it, a guest's.
 */
const mayKnow = (who: Principal, { subject }: Outcome): boolean => {
  if (subject === null) return true;
  if (!isView(subject)) return who.role !== 'CUSTOMER' && who.role !== 'GUEST';
  return who.role === 'GUEST' ? isGuest(subject.waiting.userId) : isOwn(who, subject.waiting);
};

export const commandReads = ({ recallCommand }: QueueReader, links: Links): readonly Route[] => [
  {
    method: 'get',
    path: '/commands/:commandId',
    about: {
      kind: 'look',
      operationId: 'getCommand',
      summary: 'What became of a command that was answered 202',
      params: commandPath,
      query: commandQuery,
      answers: {
        200: { description: 'its outcome', json: commandOutcome },
        202: { description: 'no outcome is known', json: pendingCommand },
      },
      refusals: ['RESTAURANT_NOT_FOUND'],
    },
    handle: async (req, res, who) => {
      const { commandId } = parse(commandPath, req.params);
      const { restaurantId } = parse(commandQuery, req.query);
      requireRestaurant(who, restaurantId);
      const { queue, first } = await recallCommand(restaurantId, commandId);
      if (first === null || !mayKnow(who, first.outcome)) {
        res.set('Retry-After', '1').status(202).json({ commandId, restaurantId, status: 'PENDING' });
        return;
      }
      const { subject } = first.outcome;
      // Owners see the queue; a customer's link is his, and of the service that registered him.
      const isStaff = who.role === 'OWNER' || who.role === 'TABLET';
      const token =
        subject && isView(subject) && !isStaff ? await linkOf(links, subject.waiting, queue) : null;
      res.json(outcomeJson(first.outcome, zoneOf(queue), token));
    },
  },
];
