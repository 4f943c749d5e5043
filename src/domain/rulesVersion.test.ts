import { describe, expect, it } from '@jest/globals';
import { ask, decidedBy, given, type Step } from '../../test/domain/specification.ts';
import { all, at, call, cancel, lapse, open, openDay, register } from '../../test/domain/steps.ts';
import { pendingDeadlines } from './deadlines.ts';
import { maxIds, type Queue } from './queue.ts';
import { type Rules, rulesOf, rulesVersion, versionOf } from './rulesVersion.ts';

const each = [1, 2, 2.1, 2.2, 2.3, 3, 4] as const satisfies readonly Rules[];

/** What each of the rules makes of the same command after the same history. */
const byEach = <T>(
  history: Step,
  step: Step,
  look: (then: ReturnType<ReturnType<typeof given>['when']>) => T,
) => each.map((rules): T => look(given(history, decidedBy(rules)).when(step)));

/** One thing by the rules up to some, another one since. */
const since = <T>(rules: Rules, after: T, before: T): T[] =>
  each.map((one) => (one < rules ? before : after));

const withIds =
  (so: Partial<Pick<Queue, 'lastWaiting' | 'lastNoShow'>>): Step =>
  (story) => ({ ...story, queue: { ...story.queue, ...so } });

describe('a version of the rules', () => {
  it('stands for those that came without raising it, newest first', () => {
    expect(each.map(versionOf)).toEqual([1, 2, 2, 2, 2, 3, 4]);
    expect([1, 2, 3].map(rulesOf)).toEqual([[1], [2.3, 2.2, 2.1, 2], [3]]);
    expect([0, 2.1, rulesVersion + 1, Number.NaN].flatMap(rulesOf)).toEqual([]);
    expect(rulesOf(rulesVersion)).toEqual([rulesVersion]);
  });
});

describe('the rules that decided before', () => {
  const queue = all(open(), register(1));

  it('1 let every role send everything', () => {
    const byCustomer = ask({ type: 'CallWaiting', waitingId: 10_000_001, call: null }, { role: 'CUSTOMER' });
    expect(byEach(queue, byCustomer, ({ refused }) => refused)).toEqual(
      since<string | null>(2, 'FORBIDDEN', null),
    );
  });

  it('1 let a customer act on what is another’s', () => {
    const byAnother = ask(
      { type: 'CancelWaiting', waitingId: 10_000_001, reason: null },
      { role: 'CUSTOMER', user: 2 },
    );
    const refused = byEach(queue, byAnother, (then) => then.refused);
    expect(refused).toEqual(since<string | null>(2, 'WAITING_NOT_FOUND', null));
  });

  it('up to 2.1 named the user who already waits', () => {
    const details = byEach(queue, register(1), ({ outcome }) => outcome.rejection?.detail);
    const named = 'user 1 already waits here with waiting 10000001';
    const unnamed = 'the user already waits here with waiting 10000001';
    expect(details).toEqual(since(2.2, unnamed, named));
  });

  it('up to 2.2 had no bounds besides the line', () => {
    const crowd = all(
      ...Array.from({ length: 2_000 }, (_, n) => all(register(n + 1), cancel(n + 1, 'OWNER'))),
    );
    const refused = byEach(all(open(), crowd), register(1), (then) => then.refused);
    expect(refused).toEqual(since<string | null>(2.3, 'QUEUE_FULL', null));
    const days = all(...Array.from({ length: 499 }, (_, n) => openDay({ datesId: n + 2 })));
    const oneMore = byEach(all(open(), days), openDay({ datesId: 600 }), (then) => then.refused);
    expect(oneMore).toEqual(since<string | null>(2.3, 'QUEUE_FULL', null));
  });

  it('up to 2.3 went on after the last id', () => {
    const full = all(open(), withIds({ lastWaiting: maxIds }));
    const refused = byEach(full, register(1), (then) => then.refused);
    expect(refused).toEqual(since<string | null>(3, 'QUEUE_FULL', null));
    const lapsing = all(queue, call(1), lapse(1), call(1), withIds({ lastNoShow: maxIds }));
    const recorded = byEach(lapsing, lapse(1), ({ events }) => events.map(({ type }) => type));
    const both = ['CallLapsed', 'NoShowRegistered'];
    expect(recorded).toEqual(since(3, ['CallLapsed'], both));
  });

  it('up to 3 let a timer pass that came later than its sender vouches for', () => {
    const called = all(queue, call(1));
    const late: Step = (story) => {
      const [due] = pendingDeadlines(story.queue);
      if (due?.command.type !== 'ExpireTimer') throw new Error('nothing runs');
      return all(at(due.deadline + 1), ask({ ...due.command, validUntil: due.deadline }))(story);
    };
    const passed = byEach(called, late, ({ events }) => events.map(({ type }) => type));
    expect(passed).toEqual(since(4, [], ['CallLapsed']));
  });
});
