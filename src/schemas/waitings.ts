import type { Waiting } from '../domain/waiting.ts';
import type { Waiting as WaitingRecord } from './generated/records.ts';

/** A waiting as its flat record: fields that mean nothing in its state are null. */
export const toRecord = (waiting: Waiting): WaitingRecord => ({
  waitingId: waiting.waitingId,
  datesId: waiting.datesId,
  ticketNo: waiting.ticketNo,
  userId: waiting.userId,
  userCount: waiting.userCount,
  status: waiting.status,
  createdAt: waiting.createdAt,
  unanswered: waiting.unanswered,
  soonTold: waiting.soonTold,
  calledAt: 'calledAt' in waiting ? waiting.calledAt : null,
  deadlineAt: 'deadlineAt' in waiting ? waiting.deadlineAt : null,
  moveMinutes: 'moveMinutes' in waiting ? waiting.moveMinutes : null,
  moveTimeOver: 'moveTimeOver' in waiting && waiting.moveTimeOver,
  finishedAt: 'finishedAt' in waiting ? waiting.finishedAt : null,
  reason: 'reason' in waiting ? waiting.reason : null,
});

/** The waiting of a record; throws when a field that its state needs is missing. */
export function fromRecord(record: WaitingRecord): Waiting {
  const { waitingId, datesId, ticketNo, userId, userCount, createdAt, unanswered, soonTold } = record;
  const team = { waitingId, datesId, ticketNo, userId, userCount, createdAt, unanswered, soonTold };
  const { status, moveTimeOver, moveMinutes, finishedAt, reason } = record;
  const need = <T>(field: string, value: T | null): T => {
    if (value === null) throw new Error(`waiting ${waitingId} is ${status} without ${field}`);
    return value;
  };
  switch (status) {
    case 'WAITING':
      return { ...team, status };
    case 'FIRST_CALLED':
    case 'FINAL_CALLED':
      return {
        ...team,
        status,
        calledAt: need('calledAt', record.calledAt),
        deadlineAt: need('deadlineAt', record.deadlineAt),
      };
    case 'COMMING':
      return {
        ...team,
        status,
        calledAt: need('calledAt', record.calledAt),
        moveMinutes: need('moveMinutes', moveMinutes),
        deadlineAt: need('deadlineAt', record.deadlineAt),
        moveTimeOver,
      };
    case 'ARRIVED':
      return { ...team, status, calledAt: need('calledAt', record.calledAt), moveMinutes };
    case 'NO_ANSWER':
      return { ...team, status, calledAt: need('calledAt', record.calledAt), finishedAt };
    case 'ENTERED':
    case 'CANCEL':
    case 'OWNER_CANCEL':
    case 'NO_ANSWER2':
      return {
        ...team,
        status,
        calledAt: record.calledAt,
        moveMinutes,
        finishedAt: need('finishedAt', finishedAt),
        reason,
      };
  }
}
