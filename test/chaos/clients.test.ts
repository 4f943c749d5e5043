/** Each check of what clients were told, and of the faults, on small examples. */
import { describe, expect, test } from '@jest/globals';
import { checkFired, checkHealing } from './checkFaults.ts';
import { checkReads } from './checkReads.ts';
import { checkRequests } from './checkRequests.ts';
import type { Asked, Shown } from './evidence.ts';
import {
  call,
  commandId,
  eventsOf,
  logged,
  logOf,
  opening,
  register,
  restaurantId,
  waitingId,
} from './log.ts';

const commands = logOf(...opening, register(1), register(1), call(1));
const events = eventsOf(commands);

describe('I8, answers are kept', () => {
  const asked = (
    offset: number,
    status: number,
    code: string | null,
    waitingStatus: string | null,
  ): Asked => ({
    requestId: `request ${offset}`,
    key: `key ${offset}`,
    what: 'POST /waitings',
    restaurantId,
    statuses: [503, 202, status],
    answer: {
      status,
      code,
      waitingId: waitingStatus === null ? null : waitingId(1),
      ticketNo: waitingStatus === null ? null : 1,
      waitingStatus,
    },
  });
  const registered = asked(2, 201, null, 'WAITING');
  const refused = asked(3, 409, 'ALREADY_WAITING', null);
  const called = asked(4, 200, null, 'FIRST_CALLED');
  const appended = [{ commandId: commandId(2), restaurantId }];

  test('as they were given', () => {
    expect(checkRequests([registered, refused, called], appended, commands, events)).toEqual([]);
    // The first tap reached the log, the second did not: both were answered with what came of it.
    const again = { ...registered, requestId: 'a second tap' };
    expect(checkRequests([registered, again], [], commands, events)).toEqual([]);
  });

  test('of what is not in the log, has no effect, or two', () => {
    const nowhere = { ...registered, requestId: 'nowhere', key: 'nowhere' };
    expect(checkRequests([nowhere], [], commands, events)[0]).toContain('is not in the log');
    const without = events.filter(({ event: { type } }) => type !== 'WaitingRegistered');
    expect(checkRequests([registered], [], commands, without)[0]).toContain('had no effect');
    const pending = { ...registered, statuses: [202], answer: null };
    expect(checkRequests([pending], [], commands, without)[0]).toContain('was answered 202 only');
    const twice = events.map((each) =>
      each.event.type === 'WaitingRegistered' ? { ...each, id: 'waiting.commands-0-9-0' } : each,
    );
    expect(checkRequests([registered], [], commands, [...events, ...twice])[0]).toContain('had 2 outcomes');
    const other = logged(9, register(1), { correlationId: 'request 2' });
    expect(checkRequests([registered], [], [...commands, other], events)[0]).toContain('became 2 commands');
  });

  test('of something else than came of it', () => {
    expect(checkRequests([asked(2, 201, null, 'ENTERED')], [], commands, events)[0]).toContain(
      'another effect',
    );
    expect(checkRequests([asked(3, 201, null, 'WAITING')], [], commands, events)[0]).toContain(
      'was refused as',
    );
    const passed = asked(2, 409, 'ALREADY_WAITING', null);
    expect(checkRequests([passed], [], commands, events)[0]).toContain('but came to pass');
  });

  test('of what Kafka took', () => {
    const lost = [{ commandId: commandId(99), restaurantId }];
    expect(checkRequests([], lost, commands, events)[0]).toContain('is not in the log');
    expect(checkRequests([], appended, commands, [])[0]).toContain('has 0 outcomes');
  });
});

describe('I10, what a client sees', () => {
  const shown = (reader: string, version: number, ...teams: [number, string][]): Shown => ({
    reader,
    restaurantId,
    version,
    teams: new Map(teams),
  });
  const waiting = shown('worker-1/1', 3, [waitingId(1), 'WAITING']);
  const called = shown('worker-1/1', 4, [waitingId(1), 'FIRST_CALLED']);

  test('is a prefix of the log, and never goes back', () => {
    expect(checkReads([shown('worker-1/1', 2), waiting, waiting, called], events)).toEqual([]);
    // Another ingress, or another life of it, may be behind.
    expect(checkReads([called, { ...waiting, reader: 'worker-1/2' }], events)).toEqual([]);
  });

  test('goes back, is of no prefix, or ahead of the log', () => {
    expect(checkReads([called, waiting], events)).toEqual([
      'worker-1/1 on restaurant 7 showed version 3 after 4',
    ]);
    expect(checkReads([shown('worker-1/1', 4, [waitingId(1), 'WAITING'])], events)[0]).toContain('it is');
    expect(checkReads([shown('worker-1/1', 3)], events)).toHaveLength(1);
    expect(checkReads([shown('worker-1/1', 9)], events)[0]).toContain('which the log does not have');
  });
});

describe('I11, healing', () => {
  const healed = {
    kind: 'kill9',
    until: 1_000,
    overlapped: false,
    recoveredAt: 9_000,
    wellAt: 12_000,
  } as const;
  const quiet = { unsettled: [], clientFaults: [], unanswered: [] };

  test('within 30 s', () => {
    const overtaken = { ...healed, overlapped: true, wellAt: null };
    expect(checkHealing([healed, overtaken], quiet)).toEqual([]);
  });

  test('too late, not at all, or not to the end', () => {
    expect(checkHealing([{ ...healed, wellAt: 32_000 }], quiet)[0]).toContain('not every process was ready');
    expect(checkHealing([{ ...healed, recoveredAt: null, wellAt: null }], quiet)[0]).toContain(
      'not every partition answered',
    );
    expect(
      checkHealing([], { unsettled: ['lag'], clientFaults: ['500'], unanswered: ['POST'] }),
    ).toHaveLength(3);
  });
});

describe('I12, faults', () => {
  test('that fired, and processes that ended in order', () => {
    expect(checkFired([{ kind: 'flushall', fired: true, what: '' }], ['ended with code 0'])).toEqual([]);
  });

  test('that did not, and a process that did not', () => {
    const silent = { kind: 'flushall', fired: false, what: '8 keys after' } as const;
    expect(checkFired([silent], ['was ended by SIGKILL'])).toEqual([
      'flushall did not fire: 8 keys after',
      'a process that was asked to end was ended by SIGKILL',
    ]);
  });
});
