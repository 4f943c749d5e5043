import type { Event } from '../domain/event.ts';
import { isActive, type Waiting } from '../domain/waiting.ts';
import type { Codec, Decoded } from './codec.ts';
import type { Records, Waiting as WaitingRecord } from './generated/records.ts';

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

/** An event, with the bytes it travels in. */
export interface EncodedEvent {
  readonly event: Event;
  readonly bytes: Buffer;
}

/** An event in the bytes that travel on `waiting.events`; what the state of its waiting lacks is the schema's default. */
export const encodeEvent = (codec: Codec, event: Event): Buffer =>
  codec.encode(event.type, event as Records[Event['type']]);

/** A decoded record as an event; throws for a record that is none, or whose waiting is in no state such an event leaves. */
export function toEvent({ name, value }: Decoded): Event {
  switch (name) {
    case 'RestaurantConfigured':
      return { ...value, type: name };
    case 'PairingsRevoked':
      return { ...value, type: name };
    case 'BusinessDayOpened':
      return { ...value, type: name };
    case 'BusinessDayClosed':
      return { ...value, type: name };
    case 'WaitingRegistered':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'WAITING') };
    case 'WaitingCalled':
      return {
        ...value,
        type: name,
        waiting: expect(fromRecord(value.waiting), 'FIRST_CALLED', 'FINAL_CALLED'),
      };
    case 'CallAnswered':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'COMMING') };
    case 'WaitingArrived':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'ARRIVED') };
    case 'WaitingEntered':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'ENTERED') };
    case 'WaitingCancelled':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'CANCEL', 'OWNER_CANCEL') };
    case 'CallLapsed':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'NO_ANSWER', 'NO_ANSWER2') };
    case 'MoveTimeLapsed':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'COMMING') };
    case 'DeadlineExtended':
      return {
        ...value,
        type: name,
        waiting: expect(fromRecord(value.waiting), 'FIRST_CALLED', 'FINAL_CALLED', 'COMMING'),
      };
    case 'TurnNear':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'WAITING') };
    case 'NoAnswerDismissed':
      return { ...value, type: name, waiting: expect(fromRecord(value.waiting), 'NO_ANSWER') };
    case 'WaitingDeleted': {
      const live = value.live && fromRecord(value.live);
      return { ...value, type: name, live: live && isActive(live) ? live : null };
    }
    case 'AllWaitingsDeleted':
      return { ...value, type: name };
    case 'NoShowRegistered':
      return { ...value, type: name };
    case 'NoShowDeleted':
      return { ...value, type: name };
    case 'AllNoShowsDeleted':
      return { ...value, type: name };
    default:
      throw new Error(`a ${name} is not an event of a queue`);
  }
}

type InState<S extends Waiting['status']> = Extract<Waiting, { status: S }>;

function expect<S extends Waiting['status']>(waiting: Waiting, ...states: readonly S[]): InState<S> {
  const inState = (each: Waiting): each is InState<S> => states.some((state) => state === each.status);
  if (!inState(waiting)) throw new Error(`waiting ${waiting.waitingId} cannot be ${waiting.status} here`);
  return waiting;
}
