/**
 * What a lunch rush is made of, before anything happens: who comes when, with what temper, to which restaurant. A seed
 * decides all of it but the ids, which are of the run, so that runs on one service don't meet.
 */
import { z } from 'zod';

/** How a customer lives through a waiting, as long as nothing comes in between. */
const tempers = {
  /** Answers the call, arrives in time, is seated. */
  PROMPT: 45,
  /** Is at the door without having answered. */
  STRAIGHT: 12,
  /** Lets the first call lapse, answers the final one. */
  SLOW: 8,
  /** Answers, lets the move time run out, arrives after the final call. */
  LATE: 10,
  /** Never answers: two lapses, a no-show. */
  ABSENT: 10,
  /** Cancels while waiting. */
  LEAVES: 6,
  /** Cancels when called and answered. */
  REGRETS: 5,
  /** Is cancelled by the owner instead of being called. */
  TURNED_AWAY: 4,
};
type Temper = keyof typeof tempers;
const names = Object.keys(tempers) as [Temper, ...Temper[]];

const customer = z.object({
  userId: z.int(),
  userCount: z.int(),
  /** Milliseconds after the beginning. */
  comesAfter: z.int(),
  temper: z.enum(names),
  /** Sends every registration twice, with one Idempotency-Key. */
  doubleTaps: z.boolean(),
});

const restaurant = z.object({
  restaurantId: z.int(),
  name: z.string(),
  /** How many teams the owner has called, on the way or at the door at once. */
  tables: z.int(),
  maxTeams: z.int(),
  customers: z.array(customer),
});

export const script = z.object({
  /** Names the run and its file. */
  run: z.string(),
  seed: z.int(),
  /** Length of a minute of these restaurants; 10 of them to answer a call. */
  minuteMillis: z.int(),
  restaurants: z.array(restaurant),
});

export type Customer = z.infer<typeof customer>;
export type Restaurant = z.infer<typeof restaurant>;
export type Script = z.infer<typeof script>;

/** Minutes to answer a call, and that a customer asks for to come. */
export const answerMinutes = 10;
export const moveMinutes = 8;

export interface Size {
  readonly seed: number;
  readonly restaurants: number;
  /** Of each restaurant. */
  readonly customers: number;
  /** Over which they come. */
  readonly seconds: number;
  readonly minuteMillis: number;
}

/** Ids of demos: a thousand restaurants from here on for each second of 8 days, then again. */
const firstId = 200_000_000;
const idsOfRun = 1_000;
const runs = 700_000;

export function writeScript(
  { seed, restaurants, customers, seconds, minuteMillis }: Size,
  now: number,
): Script {
  const random = seededRandom(seed);
  const first = firstId + ((Math.floor(now / 1_000) + seed) % runs) * idsOfRun;
  return {
    run: `${new Date(now).toISOString().slice(0, 19).replace(/\D/g, '')}-${seed}`,
    seed,
    minuteMillis,
    restaurants: Array.from({ length: restaurants }, (_, n) => ({
      restaurantId: first + n,
      name: `Lunch ${n + 1}`,
      tables: 1 + Math.floor(random() * 2),
      maxTeams: 6 + Math.floor(random() * 5),
      customers: Array.from({ length: customers }, (_, m) => ({
        userId: (first + n) * 1_000 + m + 1,
        userCount: 1 + Math.floor(random() * 6),
        // The mean of two: few at first and in the end, most in the middle.
        comesAfter: Math.floor(((random() + random()) / 2) * seconds * 1_000),
        temper: temperAt(random()),
        doubleTaps: random() < 0.1,
      })),
    })),
  };
}

function temperAt(random: number): Temper {
  let left = random * Object.values(tempers).reduce((sum, weight) => sum + weight, 0);
  return names.find((name) => (left -= tempers[name]) < 0) ?? 'PROMPT';
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
