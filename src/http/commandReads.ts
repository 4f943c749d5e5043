/**
 * What became of a command that was answered 202: its Location. As long as there is no outcome the answer is 202
 * again, with Retry-After, which is what clients that follow a Location poll for; it turns into a 200 once, and for
 * good. An id that is not known may be in the log still, so it is never a 404; one that was never taken by the log, or
 * whose outcome is over a day old, stays 202: a client gives up after its own patience, and repeating the request with
 * the same Idempotency-Key is always safe.
 */
import { z } from 'zod';
import type { Outcome } from '../domain/outcome.ts';
import { uuid } from './commandId.ts';
import { must, parse, restaurantIdText } from './input.ts';
import type { QueueReader } from './queueReader.ts';
import type { Route } from './routes.ts';
import { noShowJson, waitingJson, zoneOf } from './shapes.ts';
import { isView } from './writes.ts';

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
