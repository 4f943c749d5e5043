import { describe, expect, test } from '@jest/globals';
import type { WaitingJson } from '../../answers.ts';
import { words as allWords } from './customer.words.js';
import { countdownOf, fateOf, moveChoices, screenOf, stepsOf, troubleTold } from './customerView.js';

const words = allWords.ko;
const noon = Date.parse('2026-11-23T12:00:00+09:00');
const minute = 60_000;

const waiting = (changes: Partial<WaitingJson> = {}): WaitingJson => ({
  waitingId: 10_000_001,
  restaurantId: 1,
  ticketNo: 12,
  status: 'WAITING',
  position: 5,
  estimatedWaitMinutes: 12,
  createdAt: '2026-11-23T11:50:30+09:00',
  userId: 1,
  userCount: 2,
  datesId: 1,
  calledAt: null,
  deadlineAt: null,
  moveMinutes: null,
  finishedAt: null,
  reason: null,
  ...changes,
});

const called = (changes: Partial<WaitingJson> = {}): WaitingJson =>
  waiting({
    status: 'FIRST_CALLED',
    estimatedWaitMinutes: 0,
    calledAt: '2026-11-23T11:58:00+09:00',
    deadlineAt: '2026-11-23T12:08:00+09:00',
    ...changes,
  });

const finished = (changes: Partial<WaitingJson>): WaitingJson =>
  waiting({ position: null, finishedAt: '2026-11-23T12:00:00+09:00', ...changes });

const screen = (of: WaitingJson, now = noon) => screenOf({ waiting: of, fate: null, now }, words);
const offered = (of: WaitingJson): string[] =>
  Object.entries(screen(of).offers)
    .filter(([, is]) => is)
    .map(([name]) => name);

describe('who waits', () => {
  test('sees the place, the teams ahead, the wait, and since when', () =>
    expect(screen(waiting())).toMatchObject({
      view: 'waiting',
      headline: words.waiting,
      place: { position: '5', ordinal: '번째', teamsAhead: '4팀', wait: '약 12분' },
      ticket: { ticket: '12', party: '2명', since: '11:50 · 9분째' },
      countdown: null,
      said: `${words.waiting}. 내 순서 5번째, 앞에 4팀, 예상 대기 약 12분`,
    }));

  test.each([
    [4, words.waiting],
    [3, words.near],
    [2, words.near],
    [1, words.next],
  ])('at position %i reads: %s', (position, headline) =>
    expect(screen(waiting({ position })).headline).toBe(headline),
  );

  test('is not promised nothing to wait for', () =>
    expect(screen(waiting({ position: 1, estimatedWaitMinutes: 0 })).place?.wait).toBe(words.soon));
});

describe('a call', () => {
  test('counts down the time to answer', () =>
    expect(screen(called())).toMatchObject({
      view: 'called',
      final: false,
      headline: words.firstCall,
      explanation: words.firstCallMeans('12:08'),
      countdown: { text: '8:00', label: words.toAnswer, share: 0.8 },
    }));

  test('is said with its minutes, not with every second', () => {
    const said = (now: number): string => screen(called(), now).said;
    expect(said(noon + 1_000)).toBe(`${words.firstCall}. 남은 시간 8분`);
    expect(said(noon + 59_000)).toBe(said(noon + 1_000));
    expect(said(noon + minute)).toBe(`${words.firstCall}. 남은 시간 7분`);
  });

  test('whose time is over is the queue’s to end', () =>
    expect(screen(called(), noon + 9 * minute).countdown).toEqual({
      text: '0:00',
      label: words.checking,
      share: 0,
    }));

  test('that is the final one says so', () =>
    expect(screen(called({ status: 'FINAL_CALLED' }))).toMatchObject({
      final: true,
      headline: words.finalCall,
    }));
});

describe('who is on the way', () => {
  const coming = called({ status: 'COMMING', moveMinutes: 10, deadlineAt: '2026-11-23T12:05:00+09:00' });

  test('sees the time to arrive', () =>
    expect(screen(coming)).toMatchObject({
      view: 'coming',
      headline: words.coming,
      countdown: { text: '5:00', label: words.toArrive, share: 0.5 },
    }));

  test('and is late can still arrive', () => {
    expect(screen(coming, noon + 5 * minute)).toMatchObject({
      headline: words.comingLate,
      countdown: { text: '0:00', label: words.timeOver },
    });
    expect(countdownOf(coming, noon + 6 * minute)?.left).toBe(0);
    expect(offered(coming)).toContain('arrive');
  });
});

test.each([
  ['WAITING', waiting(), ['cancel', 'alerts']],
  ['FIRST_CALLED', called(), ['answer', 'arrive', 'cancel']],
  ['FINAL_CALLED', called({ status: 'FINAL_CALLED' }), ['answer', 'arrive', 'cancel']],
  ['COMMING', called({ status: 'COMMING' }), ['arrive', 'cancel', 'alerts']],
  ['ARRIVED', waiting({ status: 'ARRIVED' }), ['cancel']],
  ['NO_ANSWER', waiting({ status: 'NO_ANSWER', position: null }), ['cancel', 'alerts']],
  ['NO_ANSWER of a closed day', finished({ status: 'NO_ANSWER' }), ['rejoin']],
  ['ENTERED', finished({ status: 'ENTERED' }), ['rejoin']],
  ['CANCEL', finished({ status: 'CANCEL' }), ['rejoin']],
  ['OWNER_CANCEL', finished({ status: 'OWNER_CANCEL' }), ['rejoin']],
  ['NO_ANSWER2', finished({ status: 'NO_ANSWER2' }), ['rejoin']],
])('in %s the page offers what the queue takes', (_, of, offers) => expect(offered(of)).toEqual(offers));

describe('the reason of an end', () => {
  test.each([
    ['a code of ours', 'DAY_CLOSED', words.reasons['DAY_CLOSED']],
    ['the restaurant’s own words', '재료 소진', '이유: 재료 소진'],
    ['a word of the language', 'constructor', '이유: constructor'],
    ['none', null, words.ownerCancelledMeans],
  ])('that is %s', (_, reason, told) =>
    expect(screen(finished({ status: 'OWNER_CANCEL', reason })).explanation).toBe(told),
  );
});

describe('without a waiting', () => {
  const headline = (status: number): string =>
    screenOf({ waiting: null, fate: fateOf(status), now: noon }, words).headline;

  test('a link that is not good, and a waiting that is not there, are told apart', () => {
    expect([401, 403, 404].map(headline)).toEqual([words.badLink, words.badLink, words.notFound]);
  });

  test('a deletion hides what was known', () =>
    expect(screenOf({ waiting: waiting(), fate: 'DELETED', now: noon }, words)).toMatchObject({
      view: 'over',
      headline: words.deleted,
      place: null,
    }));

  test('nothing is offered before anything is known', () =>
    expect(screenOf({ waiting: null, fate: null, now: noon }, words)).toMatchObject({
      view: 'loading',
      offers: { answer: false, arrive: false, cancel: false, rejoin: false },
    }));
});

test.each([
  [15, [5, 10, 15]],
  [12, [5, 10]],
  [3, [3]],
])('of at most %i minutes, %j have a button', (most, choices) => expect(moveChoices(most)).toEqual(choices));

describe('the steps to the door', () => {
  test('are those passed since it was first seen, and a step for each team ahead', () =>
    expect(stepsOf(5, 3)).toEqual(['passed', 'passed', 'me', 'ahead', 'ahead']));

  test('are never more than there is room for', () => {
    expect(stepsOf(90, 40)).toHaveLength(12);
    expect(stepsOf(90, 1)).toEqual([...Array<string>(11).fill('passed'), 'me']);
  });

  test('do not go back when a team ahead comes back', () =>
    expect(stepsOf(2, 3)).toEqual(['me', 'ahead', 'ahead']));
});

test('what failed is told by its code, and without one as not sent', () => {
  const refusal = (code: string): Error => Object.assign(new Error(code), { code });
  expect(troubleTold(refusal('CALL_LAPSED'), words)).toBe(words.refusals['CALL_LAPSED']);
  expect(troubleTold(refusal('INTERNAL'), words)).toBe(words.refusedOtherwise);
  expect(troubleTold(new Error('no answer'), words)).toBe(words.unreachable);
});

test('English has its ordinals', () =>
  expect([1, 2, 3, 4, 11, 22].map(allWords.en.ordinal)).toEqual(['st', 'nd', 'rd', 'th', 'th', 'nd']));
