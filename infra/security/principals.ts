/** Who connects to the servers, each with rights of its own and no more: docs/security.md has what they may do. */
export const principals = ['setup', 'ingress', 'worker', 'history', 'upstream', 'operator'] as const;
export type Principal = (typeof principals)[number];

/** The user of Kafka and Redis, and the common name of a certificate. */
export const userOf = (principal: Principal | 'limits'): string => `waiting-${principal}`;

/** The role of Postgres, whose names have no dashes. */
export const roleOf = (principal: Principal): string => `waiting_${principal}`;
