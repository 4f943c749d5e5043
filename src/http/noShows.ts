/** The original service's five paths on no-shows. Those of two calls without an answer register themselves. */
import { z } from 'zod';
import { maxRestaurantId, type NoShow, type Queue, restaurantOf } from '../domain/queue.ts';
import type { HistoryReader } from '../history/read.ts';
import { requireRestaurant } from './access/principal.ts';
import * as answers from './answers.ts';
import { isView, ownerAt, wholesale, type Write } from './commands.ts';
import {
  id,
  idText,
  integer,
  numberText,
  parse,
  parseBody,
  restaurantId,
  restaurantIdText,
  text,
} from './input.ts';
import { findOne, type Fresh, list } from './overlay.ts';
import { Problem, restaurantNotFound } from './problems.ts';
import type { QueueReader } from './queueReader.ts';
import { cursor, listMost, toCursor } from './reads.ts';
import { readRoute, type Route } from './routes.ts';
import { noShowJson, zoneOf } from './shapes.ts';

const registration = z.strictObject({
  restaurantId,
  userId: id,
  waitingId: id.nullish(),
  datesId: id.nullish(),
  reason: text(200).nullish(),
});
const noShowPath = z.object({ noShowId: idText });
const listQuery = z.strictObject({
  restaurantId: restaurantIdText,
  datesId: numberText(id).optional(),
  limit: numberText(integer(1, listMost)).default(listMost),
  cursor: cursor.optional(),
});

const notFound = (noShowId: number): Problem =>
  new Problem('NO_SHOW_NOT_FOUND', `there is no no-show ${noShowId}`);

/** The queue that issued a noShowId, which says so itself. Throws a Problem when no queue can have. */
function queueOf(noShowId: number): number {
  const queue = restaurantOf(noShowId);
  if (queue < 1 || queue > maxRestaurantId) throw notFound(noShowId);
  return queue;
}

const freshNoShows = (queue: Queue): Fresh<NoShow> => ({
  last: queue.lastNoShow,
  items: queue.noShows,
  idOf: ({ noShowId }) => noShowId,
  deleted: queue.deletedNoShows,
  deletedThrough: queue.noShowsDeletedThrough,
});

export const noShowRoutes = (
  write: Write,
  { readQueue }: QueueReader,
  history: HistoryReader,
): readonly Route[] => [
  {
    method: 'post',
    path: '/noShows',
    about: {
      kind: 'write',
      operationId: 'registerNoShow',
      summary: 'Register a no-show by hand',
      body: registration,
      answers: { 201: { description: 'the no-show', json: answers.noShow } },
      refusals: ['RESTAURANT_NOT_FOUND', 'WAITING_NOT_FOUND', 'QUEUE_FULL'],
    },
    handle: (req, res, who) => {
      const { restaurantId, userId, waitingId, datesId, reason } = parseBody(registration, req);
      const body = {
        type: 'RegisterNoShow',
        userId,
        waitingId: waitingId ?? null,
        datesId: datesId ?? null,
        reason: reason ?? null,
      } as const;
      const actor = ownerAt(who, restaurantId);
      return write(req, res, { restaurantId, actor, body }, ({ outcome, queue }) => {
        const { subject } = outcome;
        if (subject === null || isView(subject)) {
          throw new Error(`the outcome ${outcome.commandId} has no no-show`);
        }
        res.status(201).json(noShowJson(subject, zoneOf(queue)));
      });
    },
  },
  readRoute(
    '/noShows',
    {
      operationId: 'listNoShows',
      summary: 'The no-shows of a restaurant, by noShowId',
      query: listQuery,
      answers: { 200: { description: 'a page of them', json: answers.noShowList } },
      refusals: ['RESTAURANT_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    },
    async ({ query, who }) => {
      const { restaurantId, datesId, limit, cursor: after } = parse(listQuery, query);
      requireRestaurant(who, restaurantId);
      const queue = await readQueue(restaurantId);
      if (!queue?.settings) throw restaurantNotFound(restaurantId);
      const page = {
        after: after ?? 0,
        limit,
        datesId: datesId ?? null,
        wanted: (noShow: NoShow) => datesId === undefined || noShow.datesId === datesId,
        freshOnly: false,
      };
      const { items, next } = await list(queue, freshNoShows(queue), page, history, history.noShows);
      return JSON.stringify({
        items: items.map((noShow) => noShowJson(noShow, zoneOf(queue))),
        nextCursor: toCursor(next),
      });
    },
  ),
  readRoute(
    '/noShows/:noShowId',
    {
      operationId: 'getNoShow',
      summary: 'A no-show',
      params: noShowPath,
      answers: { 200: { description: 'the no-show', json: answers.noShow } },
      refusals: ['NO_SHOW_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    },
    async ({ params, who }) => {
      const { noShowId } = parse(noShowPath, params);
      requireRestaurant(who, queueOf(noShowId), () => notFound(noShowId));
      const queue = await readQueue(queueOf(noShowId));
      const noShow = queue && (await findOne(queue, freshNoShows(queue), noShowId, history, history.noShow));
      if (!noShow) throw notFound(noShowId);
      return JSON.stringify(noShowJson(noShow, zoneOf(queue)));
    },
  ),
  {
    method: 'delete',
    path: '/noShows/:noShowId',
    about: {
      kind: 'write',
      operationId: 'deleteNoShow',
      summary: 'Delete a no-show; again, it changes nothing',
      params: noShowPath,
      answers: { 204: { description: 'it is gone' } },
      refusals: ['NO_SHOW_NOT_FOUND', 'QUEUE_FULL'],
    },
    handle: (req, res, who) => {
      const { noShowId } = parse(noShowPath, req.params);
      const restaurantId = queueOf(noShowId);
      const actor = ownerAt(who, restaurantId, () => notFound(noShowId));
      const body = { type: 'DeleteNoShow', noShowId } as const;
      return write(req, res, { restaurantId, actor, body }, () => void res.status(204).end());
    },
  },
  wholesale(
    write,
    'DeleteAllNoShows',
    '/noShows/all/:restaurantId',
    { operationId: 'deleteAllNoShows', summary: 'Delete all no-shows of a restaurant' },
    'they are gone',
  ),
];
