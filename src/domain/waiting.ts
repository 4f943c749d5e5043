/**
 * One team in a queue. A union by status: a field exists only where it means something.
 * All instants are milliseconds since the epoch, in log time.
 */
interface Team {
  readonly waitingId: number;
  readonly datesId: number;
  readonly ticketNo: number;
  readonly userId: number;
  readonly userCount: number;
  readonly createdAt: number;
  /** Calls that lapsed so far. */
  readonly unanswered: number;
  /** The customer was told that the turn is near, or was near from the start. */
  readonly soonTold: boolean;
}

export type Registered = Team & { readonly status: 'WAITING' };

export type Called = Team & {
  readonly status: 'FIRST_CALLED' | 'FINAL_CALLED';
  readonly calledAt: number;
  readonly deadlineAt: number;
};

export type Coming = Team & {
  readonly status: 'COMMING';
  readonly calledAt: number;
  readonly moveMinutes: number;
  readonly deadlineAt: number;
  readonly moveTimeOver: boolean;
};

export type Arrived = Team & {
  readonly status: 'ARRIVED';
  readonly calledAt: number;
  readonly moveMinutes: number | null;
};

/** Finished for the customer, but a final call may still come: until the day closes, when `finishedAt` is set. */
export type NoAnswer = Team & {
  readonly status: 'NO_ANSWER';
  readonly calledAt: number;
  readonly finishedAt: number | null;
};

export type Finished = Team & {
  readonly status: 'ENTERED' | 'CANCEL' | 'OWNER_CANCEL' | 'NO_ANSWER2';
  readonly calledAt: number | null;
  readonly moveMinutes: number | null;
  readonly finishedAt: number;
  readonly reason: string | null;
};

export type PlaceHolder = Registered | Called | Coming | Arrived;
export type Waiting = PlaceHolder | NoAnswer | Finished;
export type WaitingStatus = Waiting['status'];

/** Whether the team counts for positions and for the capacity. */
export function holdsPlace(waiting: Waiting): waiting is PlaceHolder {
  switch (waiting.status) {
    case 'WAITING':
    case 'FIRST_CALLED':
    case 'FINAL_CALLED':
    case 'COMMING':
    case 'ARRIVED':
      return true;
    case 'NO_ANSWER':
    case 'ENTERED':
    case 'CANCEL':
    case 'OWNER_CANCEL':
    case 'NO_ANSWER2':
      return false;
  }
}

/** When it was done with, or null while something can still happen to it. */
export const finishedAt = (waiting: Waiting): number | null =>
  'finishedAt' in waiting ? waiting.finishedAt : null;

/** Whether something can still happen to it: it holds a place, or it may get a final call. */
export const isActive = (waiting: Waiting): waiting is PlaceHolder | NoAnswer => finishedAt(waiting) === null;

/** The fields that every state keeps, to build the next state from. */
export const team = (waiting: Waiting): Team => ({
  waitingId: waiting.waitingId,
  datesId: waiting.datesId,
  ticketNo: waiting.ticketNo,
  userId: waiting.userId,
  userCount: waiting.userCount,
  createdAt: waiting.createdAt,
  unanswered: waiting.unanswered,
  soonTold: waiting.soonTold,
});

/** The state in which a team leaves the queue. */
export const finish = (
  waiting: Waiting,
  status: Finished['status'],
  at: number,
  reason: string | null,
): Finished => ({
  ...team(waiting),
  status,
  calledAt: 'calledAt' in waiting ? waiting.calledAt : null,
  moveMinutes: 'moveMinutes' in waiting ? waiting.moveMinutes : null,
  finishedAt: at,
  reason,
});
