import { describe, expect, test } from '@jest/globals';
import type { Notification } from '../processors/notifications.ts';
import { isLast, isPushed, messageOf } from './messages.ts';
import { type Language, languages } from './subscriptions.ts';
import { subscription } from '../../test/pushPeer.ts';

const at = Date.parse('2025-10-02T12:00:00+09:00');
const minute = 60_000;

const told = (changes: Partial<Notification>): Notification => ({
  restaurantId: 1,
  version: 7,
  at,
  recipient: 'CUSTOMER',
  recipientId: '11',
  template: 'FIRST_CALL',
  waitingId: 10_000_003,
  ticketNo: 3,
  userCount: 2,
  status: 'FIRST_CALLED',
  position: null,
  estimatedWaitMinutes: null,
  deadlineAt: null,
  moveMinutes: null,
  reason: null,
  ...changes,
});
const seoul = { name: '다예약 식당', timeZone: 'Asia/Seoul' };
const shownOf = (notification: Notification, language: Language): Record<string, unknown> =>
  JSON.parse(messageOf(notification, { ...subscription, language, place: seoul }).payload) as Record<
    string,
    unknown
  >;

const call = told({ deadlineAt: at + 10 * minute });
const all = [
  told({ template: 'TURN_NEAR', status: 'WAITING', position: 3 }),
  call,
  told({ template: 'FINAL_CALL', status: 'FINAL_CALLED', deadlineAt: at + 10 * minute }),
  told({ template: 'MOVE_TIME_OVER', status: 'COMMING', moveMinutes: 10 }),
  told({ template: 'DEADLINE_EXTENDED', deadlineAt: at + 20 * minute }),
  told({ template: 'DEADLINE_EXTENDED', status: 'COMMING', deadlineAt: at + 20 * minute }),
  told({ template: 'NO_ANSWER', status: 'NO_ANSWER' }),
  told({ template: 'NO_SHOW', status: 'NO_ANSWER2' }),
  told({ template: 'CANCELLED', status: 'OWNER_CANCEL', reason: '재료 소진' }),
  told({ template: 'CANCELLED', status: 'OWNER_CANCEL', reason: 'DAY_CLOSED' }),
];

describe('for a locked phone', () => {
  test('is what somebody has to know who does not look at the page', () => {
    expect(all.filter((each) => !isPushed(each))).toEqual([]);
  });

  test.each(['REGISTERED', 'ANSWERED', 'ARRIVED', 'ENTERED', 'SOMETHING_NEW'])('is not %s', (template) => {
    expect(isPushed(told({ template }))).toBe(false);
  });

  test("is not what he has done himself, nor what is the owner's", () => {
    expect(isPushed(told({ template: 'CANCELLED', status: 'CANCEL' }))).toBe(false);
    expect(isPushed(told({ recipient: 'OWNER', recipientId: '1' }))).toBe(false);
  });
});

test('nothing follows once a team is seated, cancelled, or has twice not come', () => {
  const templates = ['ENTERED', 'CANCELLED', 'NO_SHOW', 'NO_ANSWER', 'FIRST_CALL', 'MOVE_TIME_OVER'];
  expect(templates.filter((template) => isLast(told({ template })))).toEqual([
    'ENTERED',
    'CANCELLED',
    'NO_SHOW',
  ]);
});

describe('a message', () => {
  test('of more time rings like the call whose place it may take, and does not for who is on the way', () => {
    const more = { template: 'DEADLINE_EXTENDED', deadlineAt: at + 20 * minute };
    const [called, coming] = [told(more), told({ ...more, status: 'COMMING' })];
    expect(shownOf(called, 'en')).toMatchObject({
      call: true,
      body: expect.stringContaining('Please come now'),
    });
    expect(shownOf(coming, 'en')).toMatchObject({ call: false, body: expect.stringContaining('arrive by') });
  });

  test('of a call is urgent, says until when an answer is due by the clock there, and ends then', () => {
    expect(messageOf(call, { ...subscription, place: seoul })).toMatchObject({
      until: at + 10 * minute,
      urgency: 'high',
      topic: 'waiting-10000003',
    });
    expect(shownOf(call, 'ko')).toEqual({
      title: '다예약 식당',
      body: '3번, 지금 와 주세요. 12:10까지 답해 주세요.',
      lang: 'ko',
      tag: 'waiting-10000003',
      url: '/w/10000003',
      call: true,
    });
    expect(shownOf(call, 'en')).toMatchObject({
      body: 'No. 3, please come now. Please answer by 12:10.',
      lang: 'en',
    });
  });

  test('that the turn is near counts who is ahead', () => {
    const near = (position: number): Notification => told({ template: 'TURN_NEAR', position });
    expect(shownOf(near(3), 'ko')['body']).toContain('앞에 2팀');
    expect(shownOf(near(3), 'en')['body']).toContain('2 parties ahead');
    expect(shownOf(near(2), 'en')['body']).toContain('1 party ahead');
    const message = messageOf(near(3), { ...subscription, place: seoul });
    expect(message).toMatchObject({ urgency: 'normal', until: at + 10 * minute });
  });

  test('says that the day is over, and nothing that somebody wrote', () => {
    const cancelled = (reason: string): Notification =>
      told({ template: 'CANCELLED', status: 'OWNER_CANCEL', reason });
    expect(shownOf(cancelled('DAY_CLOSED'), 'en')['body']).toContain('has closed');
    for (const language of languages)
      expect(JSON.stringify(shownOf(cancelled('재료 소진'), language))).not.toContain('재료');
  });

  test.each(languages)('has words for each, in %s, and names no user', (language) => {
    const bodies = all.map((each) => String(shownOf(each, language)['body']));
    expect(new Set(bodies).size).toBe(all.length);
    expect(bodies.filter((body) => /undefined|null|NaN|Invalid|\b11\b/.test(body))).toEqual([]);
    // 4 KiB is what every push service takes.
    for (const each of all)
      expect(
        Buffer.byteLength(messageOf(each, { ...subscription, language, place: seoul }).payload),
      ).toBeLessThan(1_000);
  });

  test('has a topic that every push service takes', () => {
    const longest = messageOf(told({ waitingId: Number.MAX_SAFE_INTEGER }), {
      ...subscription,
      place: seoul,
    });
    expect(longest.topic).toMatch(/^[\w-]{1,32}$/);
  });
});
