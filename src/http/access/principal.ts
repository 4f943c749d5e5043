/** Who is asking, as far as it was proven, and what that lets him reach. Which routes are his says table.ts. */
import type { Actor } from '../../domain/command.ts';
import { type Problem, restaurantNotFound, waitingNotFound } from '../problems.ts';

type Restaurants = ReadonlySet<number> | 'ALL';

/** Somebody of a restaurant, or who acts for some. A tablet was paired by an owner, for one restaurant. */
interface Staff {
  readonly role: 'OWNER' | 'TABLET' | 'SERVICE';
  readonly id: string;
  readonly restaurants: Restaurants;
}

interface Customer {
  readonly role: 'CUSTOMER';
  readonly userId: number;
  /** The one waiting that his link opens; null: he is known himself, and all of his are open. */
  readonly waitingId: number | null;
}

/** Whoever stands at the door, with the link of the restaurant's sign. */
interface Guest {
  readonly role: 'GUEST';
  readonly restaurants: ReadonlySet<number>;
}

/** A stranger did not say who he is; anyone does not have to, where `AUTH` is `open`. */
export type Principal =
  | Staff
  | Customer
  | Guest
  | { readonly role: 'OPERATOR'; readonly id: string }
  | { readonly role: 'STRANGER' | 'ANYONE' };

export type Role = Principal['role'];

export const stranger: Principal = { role: 'STRANGER' };
export const anyone: Principal = { role: 'ANYONE' };

/** Throws what an unknown restaurant answers, before anybody looks whether there is one. */
export function requireRestaurant(
  who: Principal,
  restaurantId: number,
  notFound: () => Problem = () => restaurantNotFound(restaurantId),
): void {
  if (!('restaurants' in who) || who.restaurants === 'ALL') return;
  if (!who.restaurants.has(restaurantId)) throw notFound();
}

/**
 * The same for a waiting, by its ids. Whose it is, is not known yet: `isOwn` says so of what was read, and the queue
 * itself of what it is asked to do.
 */
export function requireWaiting(who: Principal, restaurantId: number, waitingId: number): void {
  const notFound = (): Problem => waitingNotFound(waitingId);
  requireRestaurant(who, restaurantId, notFound);
  if (who.role === 'CUSTOMER' && (who.waitingId ?? waitingId) !== waitingId) throw notFound();
}

/** Whether a customer may see it; whom else it is shown to, its restaurant decides. */
export const isOwn = (
  who: Principal,
  waiting: { readonly waitingId: number; readonly userId: number },
): boolean =>
  who.role !== 'CUSTOMER' ||
  (waiting.userId === who.userId && (who.waitingId ?? waiting.waitingId) === waiting.waitingId);

/** Whom a command is from. Where nobody has to say who he is, it is whom the path speaks for. */
export function actorOf(who: Principal, spokenFor: Actor): Actor {
  switch (who.role) {
    case 'ANYONE':
      return spokenFor;
    case 'CUSTOMER':
      return { role: 'CUSTOMER', id: String(who.userId) };
    case 'OWNER':
    case 'TABLET':
      return { role: 'OWNER', id: who.id };
    case 'SERVICE':
      return { role: 'SERVICE', id: who.id };
    case 'GUEST':
    case 'OPERATOR':
    case 'STRANGER':
      throw new Error(`a ${who.role} sends no commands`);
  }
}
