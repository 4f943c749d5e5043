import { describe, expect, test } from '@jest/globals';
import type { Notification } from '../processors/notifications.ts';
import { memorySubscriptions, newBrowser } from '../../test/pushPeer.ts';
import { createDeliveries, type Deliver } from './deliveries.ts';
import type { Outcome } from './metrics.ts';
import type { Attempt } from './send.ts';
import type { Subscription } from './subscriptions.ts';

const began = Date.parse('2025-10-02T12:00:00+09:00');
const minute = 60_000;
const waitingId = 10_000_003;

const told = (template: string, version: number, changes: Partial<Notification> = {}): Notification => ({
  restaurantId: 1,
  version,
  at: began,
  recipient: 'CUSTOMER',
  recipientId: '11',
  template,
  waitingId,
  ticketNo: 3,
  userCount: 2,
  status: 'FIRST_CALLED',
  position: null,
  estimatedWaitMinutes: null,
  deadlineAt: began + 10 * minute,
  moveMinutes: null,
  reason: null,
  ...changes,
});
const { keys } = newBrowser();
const at = (endpoint: string): Subscription => ({
  endpoint,
  keys,
  language: 'ko',
  place: { name: '다예약 식당', timeZone: 'Asia/Seoul' },
});
const phone = at('https://quick.example/phone');

/** What a push service does with a request: the n-th to this endpoint. */
type Service = (endpoint: string, n: number) => Attempt | Promise<Attempt>;

interface Scene {
  readonly deliver: Deliver;
  readonly asked: string[];
  readonly outcomes: Outcome[];
  readonly kept: ReturnType<typeof memorySubscriptions>;
  /** The clock, which only sleeping moves. */
  readonly clock: { now: number };
}

function scene(service: Service): Scene {
  const asked: string[] = [];
  const outcomes: Outcome[] = [];
  const kept = memorySubscriptions();
  const clock = { now: began };
  const deliver = createDeliveries({
    send: async ({ endpoint }) => {
      asked.push(endpoint);
      return service(endpoint, asked.filter((each) => each === endpoint).length);
    },
    subscriptions: kept,
    services: ['quick.example', 'slow.example'],
    clock: {
      now: () => clock.now,
      sleep: (ms, signal) => {
        if (!signal.aborted) clock.now += ms;
        return new Promise(setImmediate);
      },
    },
    metrics: { outcome: (outcome) => void outcomes.push(outcome), took: () => undefined },
    log: () => undefined,
    atOnce: 2,
  });
  return { deliver, asked, outcomes, kept, clock };
}

const sent: Attempt = { kind: 'sent' };
const later = (afterMillis = 0): Attempt => ({ kind: 'again', why: 'it answers 503', afterMillis });
const { signal } = new AbortController();

test('every browser of a waiting is told', async () => {
  const { deliver, asked, outcomes } = scene(() => sent);
  const laptop = at('https://slow.example/laptop');
  expect(await deliver(told('FIRST_CALL', 1), [phone, laptop], signal)).toBe(true);
  expect(asked.sort()).toEqual([phone.endpoint, laptop.endpoint]);
  expect(outcomes).toEqual(['sent', 'sent']);
});

describe('a service that does not take it', () => {
  test('is asked again after longer and longer pauses, and then it is lost and counted', async () => {
    const { deliver, asked, outcomes, clock } = scene(() => later());
    expect(await deliver(told('FIRST_CALL', 1), [phone], signal)).toBe(true);
    expect(asked).toHaveLength(5);
    expect(clock.now - began).toBe(85_000);
    expect(outcomes).toEqual(['lost']);
  });

  test('is asked no sooner than it says, and not at all when that is too late', async () => {
    const waits = scene((_endpoint, n) => (n === 1 ? later(30_000) : sent));
    await waits.deliver(told('FIRST_CALL', 1), [phone], signal);
    expect(waits.clock.now - began).toBe(30_000);
    expect(waits.outcomes).toEqual(['sent']);
    const tooLate = scene(() => later(10 * minute));
    await tooLate.deliver(told('FIRST_CALL', 1), [phone], signal);
    expect(tooLate.asked).toHaveLength(1);
    expect(tooLate.outcomes).toEqual(['lost']);
  });

  test('keeps nobody waiting but its own', async () => {
    const held = Promise.withResolvers<Attempt>();
    const { deliver, outcomes } = scene((endpoint) => (endpoint.includes('slow') ? held.promise : sent));
    const slow = Array.from({ length: 10 }, (_, n) =>
      deliver(told('FIRST_CALL', 1, { waitingId: n + 1 }), [at(`https://slow.example/${n}`)], signal),
    );
    expect(await deliver(told('FIRST_CALL', 1), [phone], signal)).toBe(true);
    expect(outcomes).toEqual(['sent']);
    held.resolve(sent);
    expect(await Promise.all(slow)).toEqual(slow.map(() => true));
  });

  test('is asked by so many at once and no more', async () => {
    let inside = 0;
    let most = 0;
    const { deliver } = scene(async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
      return sent;
    });
    const browsers = Array.from({ length: 9 }, (_, n) => at(`https://quick.example/${n}`));
    await deliver(told('FIRST_CALL', 1), browsers, signal);
    expect(most).toBe(2);
  });
});

test('a browser that is gone is forgotten; one whose message is refused is not', async () => {
  const { deliver, outcomes, kept } = scene((endpoint) =>
    endpoint === phone.endpoint ? { kind: 'gone' } : { kind: 'refused', why: 'it answers 403' },
  );
  const laptop = at('https://quick.example/laptop');
  for (const each of [phone, laptop]) await kept.put(waitingId, each);
  await deliver(told('FIRST_CALL', 1), [phone, laptop], signal);
  expect(outcomes.sort()).toEqual(['gone', 'refused']);
  expect(kept.kept.get(waitingId)).toEqual([laptop]);
});

test('an address that is not of a push service any more is not asked', async () => {
  const { deliver, asked, outcomes } = scene(() => sent);
  await deliver(told('FIRST_CALL', 1), [at('https://elsewhere.example/')], signal);
  expect(asked).toEqual([]);
  expect(outcomes).toEqual(['refused']);
});

test('what is over when its turn comes is not sent', async () => {
  const { deliver, asked, outcomes } = scene(() => sent);
  await deliver(told('FIRST_CALL', 1, { deadlineAt: began }), [phone], signal);
  const old = { at: began - 61 * minute, deadlineAt: null };
  await deliver(told('CANCELLED', 2, { ...old, status: 'OWNER_CANCEL' }), [phone], signal);
  expect(asked).toEqual([]);
  expect(outcomes).toEqual(['late', 'late']);
});

describe('of one waiting', () => {
  test('what is newer ends what is older and not sent yet, whether or not it is for the phone', async () => {
    for (const newer of [told('CANCELLED', 2, { status: 'OWNER_CANCEL' }), told('ANSWERED', 2)]) {
      const { deliver, asked, outcomes } = scene(() => sent);
      const pushed = newer.template === 'CANCELLED' ? [phone] : [];
      const both = [deliver(told('FIRST_CALL', 1), [phone], signal), deliver(newer, pushed, signal)];
      expect(await Promise.all(both)).toEqual([true, true]);
      expect(outcomes).toContain('overtaken');
      expect(asked).toHaveLength(pushed.length);
    }
  });

  test('what is newer waits for a request that is under way, so that it arrives last', async () => {
    const held = Promise.withResolvers<Attempt>();
    const { deliver, asked } = scene((_endpoint, n) => (n === 1 ? held.promise : sent));
    const first = deliver(told('FIRST_CALL', 1), [phone], signal);
    await new Promise(setImmediate);
    const second = deliver(told('NO_ANSWER', 2), [phone], signal);
    await new Promise(setImmediate);
    expect(asked).toHaveLength(1);
    held.resolve(sent);
    await Promise.all([first, second]);
    expect(asked).toHaveLength(2);
  });

  test('what is read twice while it is under way is told once', async () => {
    const { deliver, asked } = scene(() => sent);
    const call = told('FIRST_CALL', 1);
    await Promise.all([deliver(call, [phone], signal), deliver(call, [phone], signal)]);
    expect(asked).toHaveLength(1);
  });

  test('the browsers are forgotten with the last thing that is told', async () => {
    for (const last of [
      told('CANCELLED', 2, { status: 'OWNER_CANCEL' }),
      told('ENTERED', 2),
      told('NO_SHOW', 2),
    ]) {
      const { deliver, kept } = scene(() => sent);
      await kept.put(waitingId, phone);
      await deliver(told('FIRST_CALL', 1), [phone], signal);
      expect(kept.kept.has(waitingId)).toBe(true);
      await deliver(last, last.template === 'ENTERED' ? [] : [phone], signal);
      expect(kept.kept.has(waitingId)).toBe(false);
    }
  });
});

test('what is not sent when the process stops is not done', async () => {
  const stopping = new AbortController();
  const { deliver, outcomes, kept } = scene(() => {
    stopping.abort();
    return later();
  });
  await kept.put(waitingId, phone);
  expect(await deliver(told('NO_SHOW', 1), [phone], stopping.signal)).toBe(false);
  expect(outcomes).toEqual([]);
  expect(kept.kept.has(waitingId)).toBe(true);
});
