import type { CommandType } from './command.ts';
import { type Decision, isRejection, reject } from './decision.ts';
import type { Queue } from './queue.ts';

interface Bound {
  readonly what: string;
  readonly count: (queue: Queue) => number;
  readonly most: number;
}

/**
 * What a queue may hold of what is not in the line. It is written whole with every change, and a record of the
 * changelog ends at 8 MiB: a queue beyond that could never be told again, and all others of its partition with it.
 * With texts of full length these come to some 7 MB.
 */
const bounds: Partial<Readonly<Record<CommandType, Bound>>> = {
  RegisterWaiting: {
    what: 'teams of the last minutes',
    count: ({ waitings }) => waitings.length,
    most: 2_000,
  },
  RegisterNoShow: {
    what: 'no-shows of the last minutes',
    count: ({ noShows }) => noShows.length,
    most: 2_000,
  },
  OpenBusinessDay: { what: 'business days', count: ({ days }) => days.length, most: 500 },
  DeleteWaiting: {
    what: 'deletions of the last minutes',
    count: ({ deletedWaitings }) => deletedWaitings.length,
    most: 20_000,
  },
  DeleteNoShow: {
    what: 'deletions of the last minutes',
    count: ({ deletedNoShows }) => deletedNoShows.length,
    most: 20_000,
  },
};

/** The decision, or a refusal where it would add to what is at its bound. */
export function withinBounds(queue: Queue, type: CommandType, decision: Decision): Decision {
  const bound = bounds[type];
  if (!bound || isRejection(decision) || decision.length === 0) return decision;
  if (bound.count(queue) < bound.most) return decision;
  return reject('QUEUE_FULL', `the queue holds ${bound.most} ${bound.what}, and no more`);
}
