/** Commands of every type, as an upstream would send them: most make sense to a restaurant that lives through them. */
import type { Actor, Command, CommandBody, CommandType } from '../../src/domain/command.ts';
import { idOf } from '../../src/domain/queue.ts';
import type { Dice } from './dice.ts';

const hour = 3_600_000;
/** Teams that a restaurant's commands are about: some have come, some will, some never. */
const teams = 60;
const users = 40;

const settings = {
  name: '다예약',
  timeZone: 'Asia/Seoul',
  maxTeams: 30,
  minUserCount: 1,
  maxUserCount: 8,
  answerMinutes: 10,
  maxMoveMinutes: 15,
  minutesPerTeam: 3,
  minuteMillis: 60_000,
};

/** Configures a restaurant and opens its day 1, from an hour ago for years. */
export const opening = (now: number): readonly CommandBody[] => [
  { type: 'ConfigureRestaurant', settings },
  {
    type: 'OpenBusinessDay',
    datesId: 1,
    date: '2026-01-01',
    opensAt: now - hour,
    closesAt: now + 50_000 * hour,
  },
];

/** By type, how often it comes and what it asks. */
const bodies: {
  readonly [T in CommandType]: readonly [
    weight: number,
    body: (dice: Dice, restaurantId: number, now: number) => Extract<CommandBody, { type: T }>,
  ];
} = {
  ConfigureRestaurant: [
    2,
    (dice) => ({
      type: 'ConfigureRestaurant',
      settings: {
        ...settings,
        maxTeams: dice.between(1, 40),
        minuteMillis: dice.pick([10, 1_000, 60_000]),
      },
    }),
  ],
  OpenBusinessDay: [
    2,
    (dice, _restaurantId, now) => ({
      type: 'OpenBusinessDay',
      datesId: dice.between(1, 3),
      date: '2026-01-01',
      opensAt: now - dice.between(0, 5) * hour,
      closesAt: now + dice.between(1, 50_000) * hour,
    }),
  ],
  CloseBusinessDay: [
    1,
    (dice, _restaurantId, now) => ({
      type: 'CloseBusinessDay',
      datesId: dice.between(2, 3),
      dueAt: dice.chance(0.5) ? null : now + dice.between(-hour, hour),
    }),
  ],
  RegisterWaiting: [
    10,
    (dice) => ({
      type: 'RegisterWaiting',
      datesId: dice.chance(0.9) ? 1 : dice.between(2, 4),
      userId: dice.between(1, users),
      userCount: dice.between(1, 9),
    }),
  ],
  CallWaiting: [
    6,
    (dice, restaurantId) => ({
      type: 'CallWaiting',
      ...team(dice, restaurantId),
      call: dice.pick([null, 'FIRST', 'FINAL']),
    }),
  ],
  AnswerCall: [
    4,
    (dice, restaurantId) => ({
      type: 'AnswerCall',
      ...team(dice, restaurantId),
      moveMinutes: dice.between(0, 20),
    }),
  ],
  MarkArrived: [3, (dice, restaurantId) => ({ type: 'MarkArrived', ...team(dice, restaurantId) })],
  MarkEntered: [4, (dice, restaurantId) => ({ type: 'MarkEntered', ...team(dice, restaurantId) })],
  CancelWaiting: [
    4,
    (dice, restaurantId) => ({
      type: 'CancelWaiting',
      ...team(dice, restaurantId),
      reason: dice.pick([null, '', '늦었어요 🙏', 'x'.repeat(500)]),
    }),
  ],
  DeleteWaiting: [2, (dice, restaurantId) => ({ type: 'DeleteWaiting', ...team(dice, restaurantId) })],
  DeleteAllWaitings: [0.2, () => ({ type: 'DeleteAllWaitings' })],
  RegisterNoShow: [
    2,
    (dice, restaurantId) => ({
      type: 'RegisterNoShow',
      userId: dice.between(1, users),
      waitingId: dice.chance(0.5) ? null : team(dice, restaurantId).waitingId,
      datesId: dice.pick([null, 1]),
      reason: dice.pick([null, '오지 않음']),
    }),
  ],
  DeleteNoShow: [
    2,
    (dice, restaurantId) => ({
      type: 'DeleteNoShow',
      noShowId: team(dice, restaurantId).waitingId,
    }),
  ],
  DeleteAllNoShows: [0.2, () => ({ type: 'DeleteAllNoShows' })],
  RevokePairings: [0.5, () => ({ type: 'RevokePairings' })],
  ExpireTimer: [
    3,
    (dice, restaurantId, now) => ({
      type: 'ExpireTimer',
      ...team(dice, restaurantId),
      kind: dice.pick(['ANSWER', 'MOVE', 'CLOSE']),
      deadline: now + dice.between(-hour, hour),
      validUntil: dice.chance(0.5) ? null : now + dice.between(-hour, hour),
    }),
  ],
  ExcuseStall: [
    1,
    (dice, _, now) => {
      const from = now + dice.between(-hour, hour);
      return { type: 'ExcuseStall', from, until: from + dice.between(0, hour) };
    },
  ],
};

const team = (dice: Dice, restaurantId: number) => ({
  waitingId: idOf(restaurantId, dice.between(1, teams)),
});

const types = Object.keys(bodies) as CommandType[];
const weights = types.map((type) => bodies[type][0]);
const allWeights = weights.reduce((sum, weight) => sum + weight, 0);

export function anyBody(dice: Dice, restaurantId: number, now: number): CommandBody {
  let left = dice.random() * allWeights;
  const type = types.find((_, index) => (left -= weights[index] ?? 0) < 0) ?? 'RegisterWaiting';
  return bodies[type][1](dice, restaurantId, now);
}

/** Whoever sends it usually; now and then it is somebody who may not. */
function actorOf(dice: Dice, restaurantId: number, { type }: CommandBody): Actor {
  const owner = { role: 'OWNER', id: String(restaurantId) } as const;
  const customer = {
    role: 'CUSTOMER',
    id: dice.chance(0.8) ? null : String(dice.between(1, users)),
  } as const;
  const service = { role: 'SERVICE', id: 'kiosk' } as const;
  const system = { role: 'SYSTEM', id: null } as const;
  if (dice.chance(0.05)) return dice.pick([owner, customer, service, system]);
  switch (type) {
    case 'ExpireTimer':
    case 'ExcuseStall':
      return system;
    case 'AnswerCall':
    case 'MarkArrived':
      return customer;
    case 'RegisterWaiting':
      return service;
    case 'CancelWaiting':
      return dice.pick([owner, customer]);
    case 'ConfigureRestaurant':
    case 'OpenBusinessDay':
    case 'CloseBusinessDay':
    case 'CallWaiting':
    case 'MarkEntered':
    case 'DeleteWaiting':
    case 'DeleteAllWaitings':
    case 'RegisterNoShow':
    case 'DeleteNoShow':
    case 'DeleteAllNoShows':
    case 'RevokePairings':
      return owner;
  }
}

/** A command that is new, of whoever usually sends it unless a role is given. */
export const commandOf = (
  dice: Dice,
  restaurantId: number,
  now: number,
  body: CommandBody,
  role?: 'SERVICE',
): Command => ({
  commandId: dice.uuid(),
  restaurantId,
  actor: role ? { role, id: 'kiosk' } : actorOf(dice, restaurantId, body),
  issuedAt: now,
  ...body,
});
