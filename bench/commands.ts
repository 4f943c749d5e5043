/** The commands of a bench: many restaurants live through the same lunch, encoded as an upstream would. */
import { randomUUID } from 'node:crypto';
import type { Actor, CommandBody } from '../src/domain/command.ts';
import { idOf } from '../src/domain/queue.ts';
import type { Codec } from '../src/schemas/codec.ts';

const hour = 3_600_000;
/** Users of no lunch: those have the ids of waitings. */
const strangers = 8_000_000_000_000_000;

export interface Message {
  readonly commandId: string;
  readonly key: string;
  readonly value: Buffer;
  /** The sender's time, where the log takes it: milliseconds since the epoch, as Kafka's clients want it. */
  readonly timestamp?: string;
}

const settings = {
  name: 'A restaurant',
  timeZone: 'Asia/Seoul',
  maxTeams: 1_000,
  minUserCount: 1,
  maxUserCount: 20,
  answerMinutes: 10,
  maxMoveMinutes: 15,
  minutesPerTeam: 5,
  minuteMillis: 60_000,
};

/** What one team does, in order. */
export const life: readonly ((restaurantId: number, n: number, datesId?: number) => CommandBody)[] = [
  (restaurantId, n, datesId = 1) => ({
    type: 'RegisterWaiting',
    datesId,
    userId: idOf(restaurantId, n),
    userCount: 1 + (n % 4),
  }),
  (restaurantId, n) => ({ type: 'CallWaiting', waitingId: idOf(restaurantId, n), call: 'FIRST' }),
  (restaurantId, n) => ({ type: 'AnswerCall', waitingId: idOf(restaurantId, n), moveMinutes: 5 }),
  (restaurantId, n) => ({ type: 'MarkArrived', waitingId: idOf(restaurantId, n) }),
  (restaurantId, n) => ({ type: 'MarkEntered', waitingId: idOf(restaurantId, n) }),
];
export const commandsPerTeam = life.length;

/** That come to each restaurant of a lunch. */
export const teamsPerRestaurant = 20;
/** How many restaurants a lunch of so many commands takes. */
export const restaurantsFor = (commands: number): number =>
  Math.ceil(commands / (teamsPerRestaurant * commandsPerTeam));

export const commandsToOpen = 2;

const customer = (userId: number): Actor => ({ role: 'CUSTOMER', id: String(userId) });

/** Whose command it is: a queue obeys each from its own kind of sender alone. */
function actorOf(restaurantId: number, body: CommandBody): Actor {
  if (body.type === 'RegisterWaiting') return customer(body.userId);
  // The users of a lunch have the ids of their waitings.
  if (body.type === 'AnswerCall' || body.type === 'MarkArrived') return customer(body.waitingId);
  return { role: 'OWNER', id: String(restaurantId) };
}

/** A command in the bytes of an upstream. */
export function encode(codec: Codec, restaurantId: number, body: CommandBody): Message {
  const actor = actorOf(restaurantId, body);
  const command = { commandId: randomUUID(), restaurantId, actor, issuedAt: Date.now(), ...body };
  return {
    commandId: command.commandId,
    key: String(restaurantId),
    value: codec.encode(command.type, command),
  };
}

/** Opens so many restaurants, from the id `first`, for a day that lasts longer than any bench. */
export function* openings(codec: Codec, restaurants: number, first = 1): Generator<Message> {
  const now = Date.now();
  const day = { datesId: 1, date: '2026-01-01', opensAt: now - hour, closesAt: now + 1_000 * hour };
  for (let restaurantId = first; restaurantId < first + restaurants; restaurantId += 1) {
    yield encode(codec, restaurantId, { type: 'ConfigureRestaurant', settings });
    yield encode(codec, restaurantId, { type: 'OpenBusinessDay', ...day });
  }
}

/** One more team after another, at restaurants 1 to `restaurants` in turns; none is a team of a lunch. `first` numbers them. */
export function* registrations(
  codec: Codec,
  restaurants: number,
  teams: number,
  first: number,
  datesId: number,
): Generator<Message> {
  for (let team = first; team < first + teams; team += 1) {
    // Neighbours in time are not neighbours in the log: a step that shares no factor with most sizes.
    const restaurantId = 1 + ((team * 7_919) % restaurants);
    const userId = strangers + team;
    yield encode(codec, restaurantId, { type: 'RegisterWaiting', datesId, userId, userCount: 2 });
  }
}

/**
 * `teams` teams a restaurant, each through the first `steps` steps of its life. The restaurants, from the id `first`, take turns command by
 * command; at each of them a team joins, then those before it are moved on, so that some are in every state.
 */
export function* lunch(
  codec: Codec,
  restaurants: number,
  teams: number,
  steps = life.length,
  first = 1,
): Generator<Message> {
  for (let turn = 1; turn < teams + steps; turn += 1) {
    for (let step = 0; step < steps; step += 1) {
      const n = turn - step;
      const command = life[step];
      if (n < 1 || n > teams || !command) continue;
      for (let restaurantId = first; restaurantId < first + restaurants; restaurantId += 1) {
        yield encode(codec, restaurantId, command(restaurantId, n));
      }
    }
  }
}
