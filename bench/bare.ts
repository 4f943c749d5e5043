/** What `reads` and its peers, which are processes of their own, have to agree on. */

export const bares = ['node:http + Redis', 'express + Redis', 'express + Postgres'] as const;
export type Bare = (typeof bares)[number];

export const kinds = ['waiting', 'order', 'list'] as const;
export type Kind = (typeof kinds)[number];

/** The hashes that a peer over Redis reads, a field an id. */
export const hashes: Readonly<Record<Kind, string>> = {
  waiting: 'bench:waiting',
  order: 'bench:order',
  list: 'bench:list',
};

/** What a peer is told to begin with. */
export interface Opening {
  readonly bare: Bare;
  readonly redisUrl: string;
  readonly databaseUrl: string;
}
