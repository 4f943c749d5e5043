/** Who connects to the servers, each with rights of its own and no more: docs/security.md has what they may do. */
export const principals = ['setup', 'ingress', 'worker', 'history', 'push', 'upstream', 'operator'] as const;
export type Principal = (typeof principals)[number];

/** Users of Redis alone, beside a process's own: what they write there lies beside the state, which it must not touch. */
export const usersOfRedis = ['limits', 'subscriptions'] as const;

/** The user of Kafka and Redis, and the common name of a certificate. */
export const userOf = (principal: Principal | (typeof usersOfRedis)[number]): string =>
  `waiting-${principal}`;

/** The role of Postgres, whose names have no dashes. */
export const roleOf = (principal: Principal): string => `waiting_${principal}`;
