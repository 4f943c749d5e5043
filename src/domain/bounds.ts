import type { CommandType } from './command.ts';
import { type Decision, isRejection, reject } from './decision.ts';
import { maxIds, type Queue } from './queue.ts';
import type { Rules } from './rulesVersion.ts';

interface Bound {
  readonly what: string;
  readonly count: (queue: Queue) => number;
  readonly most: number;
  /** The first rules that have it. */
  readonly since: Rules;
}

/**
 * What a queue may hold of what is not in the line. It is written whole with every change, and a record of the
 * changelog ends at 8 MiB: a queue beyond that could never be told again, and all others of its partition with it.
 * With texts of full length these come to some 7 MB. And ids end: beyond its last one a restaurant would write into the
 * queue and the history of the next.
 */
const bounds: Partial<Readonly<Record<CommandType, readonly Bound[]>>> = {
  RegisterWaiting: [
    { what: 'teams of the last minutes', count: ({ waitings }) => waitings.length, most: 2_000, since: 2.3 },
    { what: 'ids of teams', count: ({ lastWaiting }) => lastWaiting, most: maxIds, since: 3 },
  ],
  RegisterNoShow: [
    { what: 'no-shows of the last minutes', count: ({ noShows }) => noShows.length, most: 2_000, since: 2.3 },
    { what: 'ids of no-shows', count: ({ lastNoShow }) => lastNoShow, most: maxIds, since: 3 },
  ],
  OpenBusinessDay: [{ what: 'business days', count: ({ days }) => days.length, most: 500, since: 2.3 }],
  DeleteWaiting: [
    {
      what: 'deletions of the last minutes',
      count: ({ deletedWaitings }) => deletedWaitings.length,
      most: 20_000,
      since: 2.3,
    },
  ],
  DeleteNoShow: [
    {
      what: 'deletions of the last minutes',
      count: ({ deletedNoShows }) => deletedNoShows.length,
      most: 20_000,
      since: 2.3,
    },
  ],
};

/** The decision, or a refusal where it would add to what is at its bound. */
export function withinBounds(queue: Queue, type: CommandType, decision: Decision, rules: Rules): Decision {
  if (isRejection(decision) || decision.length === 0) return decision;
  const bound = bounds[type]?.find(({ count, most, since }) => rules >= since && count(queue) >= most);
  if (!bound) return decision;
  return reject('QUEUE_FULL', `the queue holds ${bound.most} ${bound.what}, and no more`);
}
