import { z } from 'zod';
import { type Outcome, viewOf, type WaitingView } from '../domain/outcome.ts';
import { locate, type Queue } from '../domain/queue.ts';
import type { Waiting } from '../domain/waiting.ts';
import { isView, uuid } from './commands.ts';
import { id, idText, integer, must, numberText, parse, restaurantIdText } from './input.ts';
import { Problem } from './problems.ts';
import type { QueueReader } from './queueReader.ts';
import { sendRevalidatable } from './revalidation.ts';
import type { Route } from './routes.ts';
import { noShowJson, orderJson, waitingJson, zoneOf } from './shapes.ts';
import { queueOf } from './waitingWrites.ts';

/**
 * The reads of waitings, from the queue's state: the active ones, and those finished in the last minutes.
 * The next issue puts history behind them, and beside them the five paths on no-shows.
 */

const statuses = [
  'WAITING',
  'FIRST_CALLED',
  'FINAL_CALLED',
  'COMMING',
  'ARRIVED',
  'NO_ANSWER',
  'ENTERED',
  'CANCEL',
  'OWNER_CANCEL',
  'NO_ANSWER2',
] as const satisfies readonly Waiting['status'][];

const listMost = 100;

/** Where a list goes on: after this waitingId. Opaque to clients, so that history can put more into it. */
const toCursor = (waitingId: number): string => Buffer.from(`after ${waitingId}`).toString('base64url');
const cursor = z
  .string(must('must be given once'))
  .transform((given) => Number(/^after ([1-9]\d*)$/.exec(Buffer.from(given, 'base64url').toString())?.[1]))
  .pipe(z.number({ error: 'must be a nextCursor of this list' }));

const listQuery = z.strictObject({
  restaurantId: restaurantIdText,
  /** Repeated, or a list with commas, or both. */
  status: z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((each) => each.split(',')))
    .pipe(z.array(z.enum(statuses, { error: `must be of ${statuses.join(', ')}` })))
    .optional(),
  datesId: numberText(id).optional(),
  limit: numberText(integer(1, listMost)).default(listMost),
  cursor: cursor.optional(),
});

const waitingPath = z.object({ waitingId: idText });
const orderPath = z.object({ restaurantId: restaurantIdText, waitingId: idText });

const notFound = (waitingId: number): Problem =>
  new Problem('WAITING_NOT_FOUND', `there is no waiting ${waitingId}`);

/** A waiting as its queue has it. Throws a Problem: never a 404 for one that only the queue has let go of. */
function find(queue: Queue | null, waitingId: number): WaitingView {
  if (queue === null) throw notFound(waitingId);
  const located = locate(queue, waitingId);
  if (typeof located !== 'string') return viewOf(queue, located);
  switch (located) {
    case 'NEVER_ISSUED':
    case 'DELETED':
      throw notFound(waitingId);
    case 'FORGOTTEN':
      throw new Problem(
        'HISTORY_UNAVAILABLE',
        `waiting ${waitingId} is finished and no longer in its queue; history, which has it, cannot be read`,
      );
  }
}

export const waitingReads = ({ readQueue }: QueueReader): readonly Route[] => [
  {
    method: 'get',
    path: '/waitings/:waitingId',
    handle: async (req, res) => {
      const { waitingId } = parse(waitingPath, req.params);
      const queue = await readQueue(queueOf(waitingId));
      sendRevalidatable(res, waitingJson(find(queue, waitingId), zoneOf(queue)));
    },
  },
  {
    method: 'get',
    path: '/waitings/order/:restaurantId/:waitingId',
    handle: async (req, res) => {
      const { restaurantId, waitingId } = parse(orderPath, req.params);
      sendRevalidatable(res, orderJson(find(await readQueue(restaurantId), waitingId), restaurantId));
    },
  },
  {
    method: 'get',
    path: '/waitings',
    handle: async (req, res) => {
      const { restaurantId, status, datesId, limit, cursor: after } = parse(listQuery, req.query);
      const queue = await readQueue(restaurantId);
      if (!queue?.settings) {
        throw new Problem('RESTAURANT_NOT_FOUND', `there is no restaurant ${restaurantId}`);
      }
      const asked = queue.waitings.filter(
        (waiting) =>
          waiting.waitingId > (after ?? 0) &&
          (status === undefined || status.includes(waiting.status)) &&
          (datesId === undefined || waiting.datesId === datesId),
      );
      const page = asked.slice(0, limit);
      const last = asked.length > limit ? page.at(-1) : undefined;
      sendRevalidatable(res, {
        items: page.map((waiting) => waitingJson(viewOf(queue, waiting), zoneOf(queue))),
        nextCursor: last ? toCursor(last.waitingId) : null,
      });
    },
  },
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
function outcomeJson({ commandId, restaurantId, version, rejection, subject }: Outcome, timeZone: string) {
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
  };
}

export const commandReads = ({ recallCommand }: QueueReader): readonly Route[] => [
  {
    method: 'get',
    path: '/commands/:commandId',
    handle: async (req, res) => {
      const { commandId } = parse(commandPath, req.params);
      const { restaurantId } = parse(commandQuery, req.query);
      const { queue, first } = await recallCommand(restaurantId, commandId);
      if (first === null) {
        res.set('Retry-After', '1').status(202).json({ commandId, restaurantId, status: 'PENDING' });
        return;
      }
      res.json(outcomeJson(first.outcome, zoneOf(queue)));
    },
  },
];
