import { describe, expect, test } from '@jest/globals';
import type { Event, Happening } from '../domain/event.ts';
import type { Called, Finished, PlaceHolder, Registered } from '../domain/waiting.ts';
import { changesOf, type Changes } from './changes.ts';

const at = Date.parse('2025-10-02T03:00:00Z');
const later = Date.parse('2025-10-02T03:10:00Z');

const team = {
  waitingId: 10_000_001,
  datesId: 1,
  ticketNo: 1,
  userId: 7,
  userCount: 2,
  createdAt: at,
  unanswered: 0,
  soonTold: true,
};
const registered: Registered = { ...team, status: 'WAITING' };
const called: Called = { ...team, status: 'FIRST_CALLED', calledAt: at, deadlineAt: later };
const cancelled: Finished = {
  ...team,
  status: 'CANCEL',
  calledAt: null,
  moveMinutes: null,
  finishedAt: later,
  reason: '비',
};
const noShow = {
  noShowId: 10_000_001,
  userId: 7,
  waitingId: 10_000_001,
  datesId: 1,
  reason: null,
  createdAt: at,
};
const settings = {
  name: '다예약',
  timeZone: 'Asia/Seoul',
  maxTeams: 20,
  minUserCount: 1,
  maxUserCount: 20,
  answerMinutes: 10,
  maxMoveMinutes: 15,
  minutesPerTeam: 3,
  minuteMillis: 60_000,
};

const row = {
  waiting_id: 10_000_001,
  restaurant_id: 1,
  dates_id: 1,
  ticket_no: 1,
  user_id: 7,
  user_count: 2,
  status: 'WAITING',
  created_at: '2025-10-02T03:00:00.000Z',
  unanswered: 0,
  soon_told: true,
  called_at: null,
  deadline_at: null,
  move_minutes: null,
  move_time_over: false,
  finished_at: null,
  reason: null,
};
const deletion = { restaurant_id: 1, at: '2025-10-02T03:00:00.000Z' };

const stamped = (version: number, happening: Happening): Event => ({
  ...happening,
  restaurantId: 1,
  version,
  at,
});
const nothing: Omit<Changes, 'events'> = {
  waitings: [],
  noShows: [],
  waitingDeletions: [],
  noShowDeletions: [],
};

/** One event of every kind, and what it changes besides its own row. */
const cases: readonly (readonly [Happening, object])[] = [
  [{ type: 'RestaurantConfigured', settings }, {}],
  [{ type: 'PairingsRevoked', pairing: 1 }, {}],
  [{ type: 'BusinessDayOpened', datesId: 1, date: '2025-10-02', opensAt: at, closesAt: later }, {}],
  [{ type: 'BusinessDayClosed', datesId: 1 }, {}],
  [
    { type: 'WaitingRegistered', waiting: registered, position: 1, estimatedWaitMinutes: 0 },
    { waitings: [{ ...row, version: 5 }] },
  ],
  [
    { type: 'WaitingCalled', waiting: called, call: 'FIRST' },
    {
      waitings: [
        {
          ...row,
          status: 'FIRST_CALLED',
          called_at: '2025-10-02T03:00:00.000Z',
          deadline_at: '2025-10-02T03:10:00.000Z',
          version: 5,
        },
      ],
    },
  ],
  [
    {
      type: 'CallAnswered',
      waiting: { ...called, status: 'COMMING', moveMinutes: 10, moveTimeOver: false },
    },
    { waitings: [{ status: 'COMMING', move_minutes: 10, move_time_over: false, version: 5 }] },
  ],
  [
    {
      type: 'MoveTimeLapsed',
      waiting: { ...called, status: 'COMMING', moveMinutes: 10, moveTimeOver: true },
    },
    { waitings: [{ status: 'COMMING', move_time_over: true }] },
  ],
  [
    {
      type: 'DeadlineExtended',
      waiting: { ...called, deadlineAt: called.deadlineAt + 5 * 60_000 },
      excusedUntil: at,
    },
    { waitings: [{ status: 'FIRST_CALLED', version: 5 }] },
  ],
  [
    { type: 'WaitingArrived', waiting: { ...team, status: 'ARRIVED', calledAt: at, moveMinutes: null } },
    { waitings: [{ status: 'ARRIVED', deadline_at: null }] },
  ],
  [
    { type: 'WaitingEntered', waiting: { ...cancelled, status: 'ENTERED', reason: null } },
    { waitings: [{ status: 'ENTERED', finished_at: '2025-10-02T03:10:00.000Z', reason: null }] },
  ],
  [
    { type: 'WaitingCancelled', waiting: cancelled },
    { waitings: [{ status: 'CANCEL', finished_at: '2025-10-02T03:10:00.000Z', reason: '비' }] },
  ],
  [
    {
      type: 'CallLapsed',
      waiting: { ...team, unanswered: 1, status: 'NO_ANSWER', calledAt: at, finishedAt: null },
    },
    { waitings: [{ status: 'NO_ANSWER', unanswered: 1, finished_at: null }] },
  ],
  [
    {
      type: 'NoAnswerDismissed',
      waiting: { ...team, unanswered: 1, status: 'NO_ANSWER', calledAt: at, finishedAt: later },
    },
    { waitings: [{ status: 'NO_ANSWER', finished_at: '2025-10-02T03:10:00.000Z' }] },
  ],
  [{ type: 'TurnNear', waiting: registered, position: 3 }, { waitings: [{ ...row, version: 5 }] }],
  [
    { type: 'WaitingDeleted', waitingId: 10_000_001, live: registered },
    { waitingDeletions: [{ ...deletion, first_id: 10_000_001, last_id: 10_000_001, version: 5 }] },
  ],
  [
    { type: 'AllWaitingsDeleted', throughWaitingId: 10_000_009 },
    { waitingDeletions: [{ ...deletion, first_id: 0, last_id: 10_000_009, version: 5 }] },
  ],
  [
    { type: 'NoShowRegistered', noShow },
    {
      noShows: [
        {
          no_show_id: 10_000_001,
          restaurant_id: 1,
          user_id: 7,
          waiting_id: 10_000_001,
          dates_id: 1,
          reason: null,
          created_at: '2025-10-02T03:00:00.000Z',
          version: 5,
        },
      ],
    },
  ],
  [
    { type: 'NoShowDeleted', noShowId: 10_000_001 },
    { noShowDeletions: [{ ...deletion, first_id: 10_000_001, last_id: 10_000_001, version: 5 }] },
  ],
  [
    { type: 'AllNoShowsDeleted', throughNoShowId: 10_000_009 },
    { noShowDeletions: [{ ...deletion, first_id: 0, last_id: 10_000_009, version: 5 }] },
  ],
];

describe('what an event changes', () => {
  test.each(cases.map(([happening, changes]) => [happening.type, happening, changes] as const))(
    '%s',
    (type, happening, changes) => {
      const event = stamped(5, happening);
      expect(changesOf([event])).toMatchObject({ ...nothing, ...changes });
      const about = 'waiting' in happening || type === 'WaitingDeleted' ? 10_000_001 : null;
      expect(changesOf([event]).events).toEqual([
        {
          restaurant_id: 1,
          version: 5,
          waiting_id: about,
          type,
          at: '2025-10-02T03:00:00.000Z',
          body: nameless(event),
        },
      ]);
    },
  );

  test('and an event names no user, and nothing that somebody wrote', () => {
    const written = changesOf(cases.map(([happening], n) => stamped(n, happening))).events;
    expect(written).toHaveLength(cases.length);
    expect(JSON.stringify(written)).not.toMatch(/"userId":[^0]|비/);
  });
});

/** An event without its user and free text. */
const nameless = (event: Event): unknown =>
  JSON.parse(JSON.stringify(event), (name, value: unknown) =>
    name === 'userId' ? 0 : value === '비' ? null : value,
  );

describe('what a batch changes', () => {
  const life: Happening[] = [
    { type: 'WaitingRegistered', waiting: registered, position: 1, estimatedWaitMinutes: 0 },
    { type: 'WaitingCalled', waiting: called, call: 'FIRST' },
    { type: 'WaitingCancelled', waiting: cancelled },
  ];

  test('a waiting once, as its last event left it, and every event', () => {
    const { waitings, events } = changesOf(life.map((happening, n) => stamped(n + 1, happening)));
    expect(waitings).toMatchObject([{ waiting_id: 10_000_001, status: 'CANCEL', version: 3 }]);
    expect(events.map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  test('waitings of other queues apart', () => {
    const other: PlaceHolder = { ...registered, waitingId: 20_000_001 };
    const two = [
      stamped(1, { type: 'WaitingRegistered', waiting: registered, position: 1, estimatedWaitMinutes: 0 }),
      {
        ...stamped(1, { type: 'WaitingRegistered', waiting: other, position: 1, estimatedWaitMinutes: 0 }),
        restaurantId: 2,
      },
    ];
    expect(changesOf(two).waitings).toMatchObject([
      { waiting_id: 10_000_001, restaurant_id: 1 },
      { waiting_id: 20_000_001, restaurant_id: 2 },
    ]);
  });
});
