/** Holds what was told on the topics against what ought to have been. */
import type { Event } from '../../src/domain/event.ts';
import type { WaitingStatus } from '../../src/domain/waiting.ts';
import { encodeEvent, toEvent } from '../../src/schemas/events.ts';
import type { Records } from '../../src/schemas/generated/records.ts';
import { topics } from '../../src/schemas/topics.ts';
import type { InputRecord } from '../../src/topology/ports.ts';
import { offlineCodec as codec } from '../codec.ts';
import { checkDeadlines, type Told } from './deadlineChecks.ts';
import type { MemoryKafka } from './memoryKafka.ts';
import type { Replay, Verdict } from './oracle.ts';
import type { Stretch } from './prober.ts';
import type { Report } from './watch.ts';

type Notification = Records['Notification'];

/** What is to be held against the outputs of one partition. */
export interface Expected {
  readonly replay: Replay;
  /** When somebody outside was not answered. */
  readonly stretches: readonly Stretch[];
  /** Nothing went wrong in this run. */
  readonly quiet: boolean;
}

/** I1 to I4 and I9 of one partition. */
export function checkOutputs(
  kafka: MemoryKafka,
  partition: number,
  { replay: { verdicts }, stretches, quiet }: Expected,
  report: Report,
): void {
  const read = (topic: string) => kafka.logOf(topic, partition).fetch(0, Infinity).records;
  const told = read(topics.events);
  const events = Map.groupBy(told, originOf);
  const letters = Map.groupBy(read(topics.dlq), originOf);
  const notifications = Map.groupBy(read(topics.notifications), originOf);
  for (const verdict of verdicts) {
    const { offset } = verdict;
    const place = `${partition}/${offset}`;
    checkOutcome(place, verdict, events.get(offset) ?? [], letters.get(offset) ?? [], report);
    checkNotifications(place, verdict, notifications.get(offset) ?? [], report);
    for (const each of [events, letters, notifications]) each.delete(offset);
  }
  for (const [offset] of [...events, ...letters, ...notifications])
    report('I1', `something was told of ${partition}/${offset}, where there is no command`);
  const happened = told.flatMap(eventOf);
  checkLives(happened, report);
  checkDeadlines(happened, stretches, quiet, report);
}

function eventOf({ value, visibleAt }: InputRecord & { readonly visibleAt: number | null }): Told[] {
  const decoded = codec.decode(value);
  return decoded.name === 'CommandRejected' ? [] : [{ event: toEvent(decoded), visibleAt: visibleAt ?? 0 }];
}

/** The offset of the command that caused an output, from its CloudEvents id. */
function originOf({ topic, offset, headers }: InputRecord): number {
  const id = headers.find(({ key }) => key === 'ce_id')?.value.toString() ?? '';
  const [, origin] = /-(\d+)-\d+$/.exec(id) ?? [];
  if (origin === undefined) throw new Error(`${topic} ${offset} has the id ${id}`);
  return Number(origin);
}

function checkOutcome(
  place: string,
  { decided }: Verdict,
  events: readonly InputRecord[],
  letters: readonly InputRecord[],
  report: Report,
): void {
  if (letters.length !== (decided ? 0 : 1)) report('I1', `${place} has ${letters.length} dead letters`);
  const expected = (decided?.events ?? []).map((event) => encodeEvent(codec, event));
  const happened = events.filter(({ value }) => codec.decode(value).name !== 'CommandRejected');
  const refusals = events.length - happened.length;
  if (refusals !== (decided?.refused ? 1 : 0)) report('I1', `${place} has ${refusals} refusals`);
  const same =
    happened.length === expected.length &&
    expected.every((bytes, n) => happened[n]?.value?.equals(bytes) === true);
  if (!same)
    report('I3', `${place} has ${happened.length} events that are not the ${expected.length} expected`);
}

/** Who is told of what, by docs/domain.md: template, and whether the owner is told too. */
function toldOf(event: Event): { readonly template: string; readonly owner: boolean } | null {
  switch (event.type) {
    case 'WaitingRegistered':
      return { template: 'REGISTERED', owner: true };
    case 'TurnNear':
      return { template: 'TURN_NEAR', owner: false };
    case 'WaitingCalled':
      return { template: event.call === 'FIRST' ? 'FIRST_CALL' : 'FINAL_CALL', owner: true };
    case 'CallAnswered':
      return { template: 'ANSWERED', owner: true };
    case 'WaitingArrived':
      return { template: 'ARRIVED', owner: true };
    case 'WaitingEntered':
      return { template: 'ENTERED', owner: true };
    case 'WaitingCancelled':
      return { template: 'CANCELLED', owner: true };
    case 'CallLapsed':
      return { template: event.waiting.status === 'NO_ANSWER' ? 'NO_ANSWER' : 'NO_SHOW', owner: true };
    case 'MoveTimeLapsed':
      return { template: 'MOVE_TIME_OVER', owner: true };
    case 'DeadlineExtended':
      return { template: 'DEADLINE_EXTENDED', owner: true };
    case 'WaitingDeleted':
      return event.live === null ? null : { template: 'CANCELLED', owner: true };
    case 'NoAnswerDismissed':
    case 'RestaurantConfigured':
    case 'PairingsRevoked':
    case 'BusinessDayOpened':
    case 'BusinessDayClosed':
    case 'AllWaitingsDeleted':
    case 'NoShowRegistered':
    case 'NoShowDeleted':
    case 'AllNoShowsDeleted':
      return null;
  }
}

function checkNotifications(
  place: string,
  { decided }: Verdict,
  records: readonly InputRecord[],
  report: Report,
): void {
  const expected = (decided?.events ?? []).flatMap((event) => {
    const told = toldOf(event);
    if (!told) return [];
    const sides = told.owner ? ['CUSTOMER', 'OWNER'] : ['CUSTOMER'];
    return sides.map((side) => `${event.version} ${told.template} ${side}`);
  });
  const found = records.map(({ value }) => {
    const { version, template, recipient } = codec.decode(value).value as Notification;
    return `${version} ${template} ${recipient}`;
  });
  if (found.join() !== expected.join())
    report('I3', `${place} was told as [${found.join()}] instead of [${expected.join()}]`);
}

/** The states that a state may follow. */
const before: Readonly<Record<WaitingStatus, readonly (WaitingStatus | 'none')[]>> = {
  WAITING: ['none', 'WAITING'],
  FIRST_CALLED: ['WAITING', 'FIRST_CALLED'],
  FINAL_CALLED: ['NO_ANSWER', 'COMMING', 'FINAL_CALLED'],
  COMMING: ['FIRST_CALLED', 'FINAL_CALLED', 'COMMING'],
  ARRIVED: ['FIRST_CALLED', 'FINAL_CALLED', 'COMMING'],
  NO_ANSWER: ['FIRST_CALLED', 'FINAL_CALLED', 'NO_ANSWER'],
  NO_ANSWER2: ['FIRST_CALLED', 'FINAL_CALLED'],
  ENTERED: ['WAITING', 'FIRST_CALLED', 'FINAL_CALLED', 'COMMING', 'ARRIVED', 'NO_ANSWER'],
  CANCEL: ['WAITING', 'FIRST_CALLED', 'FINAL_CALLED', 'COMMING', 'ARRIVED', 'NO_ANSWER'],
  OWNER_CANCEL: ['WAITING', 'FIRST_CALLED', 'FINAL_CALLED', 'COMMING', 'ARRIVED', 'NO_ANSWER'],
};

/** Tickets count up, and every team goes only where the rules let it. */
function checkLives(told: readonly Told[], report: Report): void {
  const statuses = new Map<number, WaitingStatus>();
  const tickets = new Map<string, number>();
  for (const { event } of told) {
    if (!('waiting' in event)) continue;
    const { waiting, restaurantId } = event;
    const { waitingId } = waiting;
    const was = statuses.get(waitingId) ?? 'none';
    if (!before[waiting.status].includes(was))
      report('I9', `waiting ${waitingId} went from ${was} to ${waiting.status}`);
    statuses.set(waitingId, waiting.status);
    if (event.type === 'WaitingRegistered') {
      const day = `${restaurantId}/${waiting.datesId}`;
      const ticket = (tickets.get(day) ?? 0) + 1;
      tickets.set(day, ticket);
      if (waiting.ticketNo !== ticket) report('I2', `${day} gave ${waiting.ticketNo} instead of ${ticket}`);
    }
  }
}
