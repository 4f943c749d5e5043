/** Each check of what is on the topics: it finds nothing in a log that is as it should be, and what is wrong in others. */
import { describe, expect, test } from '@jest/globals';
import type { CommandBody } from '../../src/domain/command.ts';
import { checkDeadlines } from './checkDeadlines.ts';
import { checkEvents, checkNotifications } from './checkNotifications.ts';
import { checkOutcomes } from './checkOutcomes.ts';
import { checkTickets } from './checkTickets.ts';
import { checkTransitions } from './checkTransitions.ts';
import type { LoggedCommand, LoggedEvent } from './evidence.ts';
import {
  answerCall,
  beginning,
  call,
  commandId,
  eventsOf,
  logged,
  logOf,
  notified,
  opening,
  register,
  restaurantId,
  waitingId,
} from './log.ts';
import { replayLog } from './replay.ts';

/** Two register, the second twice; the first is called. */
const commands = logOf(...opening, register(1), register(2), register(2), call(1));
const events = eventsOf(commands);

describe('I1, one outcome each', () => {
  test('accepted, refused, repeated and given up', () => {
    const repeat = { ...logged(6, register(1)), command: logged(2, register(1)).command };
    const garbage = logged(7, register(3), { command: null });
    const log = [...commands, repeat, garbage];
    const letters = [{ id: 'waiting.commands-0-7-0', partition: 0, offset: 7 }];
    expect(checkOutcomes(log, events, letters)).toEqual([]);
    expect(events.map(({ event }) => event.type)).toContain('CommandRejected');
  });

  test('a lost outcome', () => {
    const [lost] = checkOutcomes(
      commands,
      events.filter(({ event }) => event.type !== 'WaitingCalled'),
      [],
    );
    expect(lost).toContain('waiting.commands-0-5 (CallWaiting) has no outcome');
  });

  test('an outcome that is there twice', () => {
    const [first] = events;
    expect(checkOutcomes(commands, first ? [first, ...events] : [], [])).toHaveLength(1);
  });

  test('a repeat that was told again, one that bears the id of another, and events of nothing', () => {
    const again = { ...logged(6, register(1)), command: logged(2, register(1)).command };
    const told = { ...event('WaitingRegistered'), id: 'waiting.commands-0-6-0' };
    expect(checkOutcomes([...commands, again], [...events, told], [])[0]).toContain('was told again');

    const other = logged(6, register(9));
    const reused = other.command && { ...other, command: { ...other.command, commandId: commandId(2) } };
    expect(checkOutcomes(reused ? [...commands, reused] : [], events, [])[0]).toContain('was not refused');
    expect(checkOutcomes(commands, [...events, { ...told, id: 'waiting.commands-0-99-0' }], [])).toEqual([
      'events of waiting.commands-0-99, where there is no command',
    ]);
  });

  test('a command that was given up, and garbage that was not', () => {
    const letter = { id: 'waiting.commands-0-2-0', partition: 0, offset: 2 };
    expect(checkOutcomes(commands, events, [letter])[0]).toContain('was given up');
    const garbage = logged(6, register(3), { command: null });
    expect(checkOutcomes([...commands, garbage], events, [])[0]).toContain('was not given up once');
  });
});

describe('I2, tickets in order', () => {
  test('1, 2, 3', () => expect(checkTickets(events)).toEqual([]));

  test('a gap, and a repeat', () => {
    const gap = events.map((each) => withTicket(each, 2, 3));
    expect(checkTickets(gap)).toEqual(['ticket of restaurant 7 on day 1 3 comes where 2 should']);
    expect(checkTickets(events.map((each) => withTicket(each, 2, 1)))).toHaveLength(1);
    expect(checkTickets([...events, event('WaitingCalled')])[0]).toContain('version of restaurant 7');
  });

  const withTicket = (each: LoggedEvent, from: number, to: number): LoggedEvent => {
    const { event: told } = each;
    if (told.type !== 'WaitingRegistered' || told.waiting.ticketNo !== from) return each;
    return { ...each, event: { ...told, waiting: { ...told.waiting, ticketNo: to } } };
  };
});

describe('I3, one event a transition and one notification a side', () => {
  const templates = new Map([
    ['WaitingRegistered', 'REGISTERED'],
    ['WaitingCalled', 'FIRST_CALL'],
  ]);
  const notifications = events.flatMap((each) => {
    const template = templates.get(each.event.type);
    if (template === undefined) return [];
    return [notified(each, 0, 'CUSTOMER', template), notified(each, 1, 'OWNER', template)];
  });

  test('as the rules say', () => {
    expect(checkEvents(events, replayLog(commands))).toEqual([]);
    expect(checkNotifications(events, notifications)).toEqual([]);
    expect(notifications).toHaveLength(6);
  });

  test('an event that the rules do not say, that is lost, and that is there twice', () => {
    const replay = replayLog(commands);
    const lost = events.filter(({ event: { type } }) => type !== 'WaitingCalled');
    expect(checkEvents(lost, replay)[0]).toContain('the rules say');
    const called = event('WaitingCalled');
    expect(checkEvents([...events, called], replay)[0]).toBe('event waiting.commands-0-5-0 is there twice');
    const later = { ...called, event: { ...called.event, at: called.event.at + 1 } };
    expect(checkEvents([...lost, later], replay)).toHaveLength(1);
  });

  test('a notification that is lost, told twice, and told of nothing', () => {
    const [first, ...rest] = notifications;
    expect(checkNotifications(events, rest)[0]).toContain('never told: waiting.commands-0-2: CUSTOMER 1');
    if (!first) throw new Error('there are notifications');
    expect(checkNotifications(events, [...notifications, first])).toHaveLength(2);
    const other = { ...first, notification: { ...first.notification, template: 'ENTERED' } };
    expect(checkNotifications(events, [...notifications, { ...other, id: `${first.id}9` }])[0]).toContain(
      'told of nothing',
    );
  });
});

describe('I4, deadlines', () => {
  /** The call of waiting 1 at the 4th millisecond has to be answered within 2 s. */
  const at = beginning + 3;
  const deadline = at + 2_000;
  const later = at + 60_000;
  const expire = (when: number) =>
    logged(
      4,
      { type: 'ExpireTimer', waitingId: waitingId(1), kind: 'ANSWER', deadline, validUntil: null },
      { appendedAt: when },
    );
  const begun = logOf(...opening, register(1), call(1));
  const lapsedAt = (when: number): LoggedEvent[] => eventsOf([...begun, expire(when)]);

  test('pass soon after their time, or are settled before', () => {
    expect(lapsedAt(deadline + 500).at(-1)?.event.type).toBe('CallLapsed');
    expect(checkDeadlines(lapsedAt(deadline + 500), [], later)).toEqual([]);
    const answered = eventsOf([...begun, logged(4, answerCall(1))]);
    expect(checkDeadlines(answered, [], at + 1_500)).toEqual([]);
  });

  test('late, never, early, and twice', () => {
    expect(checkDeadlines(lapsedAt(deadline + 2_500), [], later)[0]).toContain('was over for 2500 ms');
    expect(checkDeadlines(eventsOf(begun), [], later)[0]).toContain('never passed');
    const early = lapsedAt(deadline).map((each) => ({
      ...each,
      event: { ...each.event, at: each.event.at - 10 },
    }));
    expect(checkDeadlines(early, [], later)[0]).toContain('10 ms early');
    const lapsed = lapsedAt(deadline + 500);
    expect(checkDeadlines([...lapsed, ...lapsed.slice(-1)], [], later)[0]).toContain('that was not running');
  });

  test('may pass late while the system is not well', () => {
    const late = lapsedAt(deadline + 2_500);
    expect(checkDeadlines(late, [{ from: deadline, until: deadline + 1_000 }], later)).toEqual([]);
    expect(checkDeadlines(late, [{ from: later, until: later + 1 }], later)).toHaveLength(1);
  });
});

describe('I4, the whole of the time', () => {
  /** The canary was heard at the beginning, and again 10 s later. */
  const at = beginning + 3;
  const silent = 10_000;
  const begun = logOf(...opening, register(1), call(1));
  const heard = logged(5, opening[0] as CommandBody, { appendedAt: at + silent });
  const excused = (until: number) =>
    logged(6, { type: 'ExcuseStall', from: beginning, until }, { appendedAt: at + silent + 500 });
  const lapsed = (deadline: number) =>
    logged(
      7,
      { type: 'ExpireTimer', waitingId: waitingId(1), kind: 'ANSWER', deadline, validUntil: null },
      { appendedAt: Math.max(deadline, at + silent + 600) },
    );
  const unwell = [{ from: beginning, until: at + 60_000 }];
  const check = (...more: LoggedCommand[]) =>
    checkDeadlines(eventsOf([...begun, heard, ...more]), unwell, at + 30_000);

  test('is given back', () => {
    expect(check(excused(at + silent), lapsed(at + silent + 2_000))).toEqual([]);
  });

  test('is not given back, and is told late', () => {
    expect(check(lapsed(at + 2_000))[0]).toContain('before the customer had all of the time');
    const late = eventsOf([...begun, logged(8, opening[0] as CommandBody), lapsed(at + 2_000)]).map((each) =>
      each.event.type === 'WaitingCalled' ? { ...each, toldAt: at + 9_000 } : each,
    );
    expect(checkDeadlines(late, unwell, at + 30_000)[0]).toContain('before the customer had all of the time');
  });

  test('is given back and more', () => {
    const twice = eventsOf([...begun, heard, excused(at + silent)]).map((each) =>
      each.event.type === 'DeadlineExtended'
        ? {
            ...each,
            event: { ...each.event, waiting: { ...each.event.waiting, deadlineAt: at + 2_000 + 2 * silent } },
          }
        : each,
    );
    expect(checkDeadlines(twice, unwell, at)[0]).toContain('grew by 20000 ms, and 15000 at most were lost');
  });
});

describe('I9, legal transitions', () => {
  const life: readonly CommandBody[] = [
    ...opening,
    register(1),
    call(1),
    answerCall(1),
    { type: 'MarkArrived', waitingId: waitingId(1) },
    { type: 'MarkEntered', waitingId: waitingId(1) },
  ];
  const lived = eventsOf(logOf(...life));

  test('a life', () => {
    expect(lived.at(-1)?.event.type).toBe('WaitingEntered');
    expect(checkTransitions(lived)).toEqual([]);
  });

  test('a step left out, a step done again, and a lapse that counts wrong', () => {
    const uncalled = lived.filter(({ event: { type } }) => type !== 'WaitingCalled');
    expect(checkTransitions(uncalled)).toEqual([
      `waiting.commands-0-4-0: CallAnswered took waiting ${waitingId(1)} from WAITING to COMMING`,
    ]);
    expect(checkTransitions([...lived, ...lived.slice(-1)])).toHaveLength(1);
    expect(checkTransitions(lived.filter(({ event: { type } }) => type !== 'WaitingRegistered'))).not.toEqual(
      [],
    );
  });
});

/** The first event of a type. */
function event(type: LoggedEvent['event']['type']): LoggedEvent {
  const found = events.find((each) => each.event.type === type);
  if (!found) throw new Error(`restaurant ${restaurantId} has no ${type}`);
  return found;
}
