/**
 * Ids name their queue without a look-up: `restaurantId × 10,000,000 + n`, n counting up per restaurant for ever.
 * The same on every replay, and a safe JavaScript integer.
 */
const idsPerRestaurant = 10_000_000;

/** The largest restaurant whose ids are all safe integers. */
export const maxRestaurantId = Math.floor(Number.MAX_SAFE_INTEGER / idsPerRestaurant) - 1;

/** A waiting's or a no-show's id. */
export const idOf = (restaurantId: number, n: number): number => restaurantId * idsPerRestaurant + n;

/** The queue that issued an id. */
export const restaurantOf = (id: number): number => Math.floor(id / idsPerRestaurant);

/** Whether this restaurant has issued the id, `last` being the n of its newest one. */
export const wasIssued = (restaurantId: number, last: number, id: number): boolean =>
  id > idOf(restaurantId, 0) && id <= idOf(restaurantId, last);
