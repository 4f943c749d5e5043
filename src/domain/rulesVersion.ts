/**
 * Which rules these are. Every event names the version that decided it, so that whoever decides the command log again
 * decides each command as it was decided then: the version is an argument of `handle`, and where an older one differed,
 * the rule itself says so.
 *
 * Raise it with every change after which `handle` gives another queue, other events or another outcome for some command
 * log: in deciding, evolving, remembering or forgetting. A command that is new, and was never in a log, changes nothing.
 * Test the former behaviour in `rulesVersion.test.ts`.
 */
export const rulesVersion = 4;

/**
 * All rules that have decided a log. Three changes came without raising the version, so that events that name 2 were
 * decided by one of four.
 *
 * - 1: the queue left to the ingress who may send what.
 * - 2: it holds to it itself.
 * - 2.1: refuses days that no calendar has, hours of the last day of 9999, and no-shows of a business day below 1.
 * - 2.2: says of a user who already waits which waiting that is, and no longer which user.
 * - 2.3: bounds what a queue holds besides its line.
 * - 3: ends with the ids of a restaurant.
 * - 4: holds a timer to what its sender vouches for.
 */
const rules = [1, 2, 2.1, 2.2, 2.3, 3, 4] as const;
export type Rules = (typeof rules)[number];

/** The version that events of these rules name. */
export const versionOf = (of: Rules): number => Math.trunc(of);

/** The rules that a version may stand for, newest first; none: this build does not have it. */
export const rulesOf = (version: number): readonly Rules[] =>
  rules.filter((each) => versionOf(each) === version).reverse();
