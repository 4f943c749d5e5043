/** What is said of somebody, by a token or a gateway that was believed, becomes a principal. */
import { z } from 'zod';
import { maxRestaurantId } from '../../domain/queue.ts';
import { Problem } from '../problems.ts';
import type { Principal } from './principal.ts';

/** As they came; what a role has no use for is not looked at. */
export interface Claims {
  readonly role: unknown;
  readonly user: unknown;
  readonly restaurants: unknown;
}

const role = z
  .string()
  .toUpperCase()
  .pipe(z.enum(['OWNER', 'CUSTOMER', 'SERVICE', 'OPERATOR']));
/** Of an owner or a service: it names them in the log of commands. */
const name = z.union([z.string(), z.int().transform(String)]).pipe(z.string().min(1).max(200));
const wholeNumber = z.union([
  z.int(),
  z
    .string()
    .regex(/^[1-9]\d*$/)
    .transform(Number),
]);
const userId = wholeNumber.pipe(z.int().positive());
/** A list, or a text with commas or spaces. */
const restaurants = z
  .union([
    z.array(z.unknown()),
    z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean)),
    z.int(),
  ])
  .transform((given) => [given].flat())
  .pipe(z.array(wholeNumber.pipe(z.int().positive().max(maxRestaurantId))).min(1));

/** Throws a Problem, 401, that names the claim that is missing or wrong. */
export function principalOf(claims: Claims): Principal {
  const take = <T extends z.ZodType>(claim: keyof Claims, schema: T): z.output<T> => {
    const parsed = schema.safeParse(claims[claim]);
    if (!parsed.success)
      throw new Problem('UNAUTHENTICATED', `the identity has no ${claim} that can be read`);
    return parsed.data;
  };
  const known = take('role', role);
  switch (known) {
    case 'CUSTOMER':
      return { role: known, userId: take('user', userId), waitingId: null };
    case 'OPERATOR':
      return { role: known, id: take('user', name) };
    case 'OWNER':
      return { role: known, id: take('user', name), restaurants: new Set(take('restaurants', restaurants)) };
    case 'SERVICE': {
      // A platform's own back end serves all of its restaurants; an owner never has all.
      const all = claims.restaurants === '*';
      return {
        role: known,
        id: take('user', name),
        restaurants: all ? 'ALL' : new Set(take('restaurants', restaurants)),
      };
    }
  }
}
