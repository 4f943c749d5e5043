/** Finds out who is asking, as `AUTH` says, before anything else is done for a request. */
import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { Problem } from '../problems.ts';
import { badToken, bearerTokens } from './bearer.ts';
import type { Access } from './config.ts';
import { saidByGateway, throughGateway } from './gateway.ts';
import type { Links } from './links.ts';
import { anyone, type Principal, stranger } from './principal.ts';

/** At once where nothing has to be verified anew: a read is not to wait for a promise. Throws or rejects with a Problem. */
export type Identify = (req: IncomingMessage) => Principal | Promise<Principal>;

/** How many tokens are known as good, and for how long none of them is verified again (ms). */
const remembered = { max: 10_000, ttl: 60_000 };

interface Deps {
  readonly links: Links;
  /** The queue's pairing generation: tablets that were paired under an older one are not any more. Throws a Problem. */
  readonly pairingOf: (restaurantId: number) => Promise<number>;
  readonly now: () => number;
}

export function createIdentify(access: Access, { links, pairingOf, now }: Deps): Identify {
  const known = new LRUCache<string, { readonly principal: Principal; readonly expiresAt: number }>(
    remembered,
  );
  const verifyForeign =
    access.mode === 'jwt'
      ? bearerTokens(access, now)
      : () =>
          Promise.reject(new Problem('UNAUTHENTICATED', 'the token is not a link that was given out here'));

  async function openLink(token: string): Promise<Principal> {
    const { principal, pairing, expiresAt } = await links.open(token).catch((error: unknown) => {
      throw badToken(error);
    });
    if (pairing === null) {
      known.set(token, { principal, expiresAt });
    } else if (pairing.generation !== (await pairingOf(pairing.restaurantId))) {
      throw new Problem('UNAUTHENTICATED', 'the pairing of this tablet was revoked');
    }
    return principal;
  }

  async function verify(token: string): Promise<Principal> {
    if (links.isLink(token)) return openLink(token);
    const verified = await verifyForeign(token);
    known.set(token, verified);
    return verified.principal;
  }

  const byToken = (token: string): Principal | Promise<Principal> => {
    const before = known.get(token);
    return before && before.expiresAt > now() ? before.principal : verify(token);
  };

  switch (access.mode) {
    case 'open':
    case 'jwt': {
      const without = access.mode === 'open' ? anyone : stranger;
      return (req) => {
        const token = bearerOf(req);
        return token === null ? without : byToken(token);
      };
    }
    case 'gateway': {
      const isGateway = throughGateway(access);
      return (req) => {
        const said = isGateway(req) ? saidByGateway(req) : stranger;
        if (said !== stranger) return said;
        const token = bearerOf(req);
        // A link is ours and proves itself, whichever way it comes. Other tokens are for the gateway to verify.
        return token !== null && links.isLink(token) ? byToken(token) : stranger;
      };
    }
  }
}

/** Throws a Problem for another scheme: who says who he is should hear that he was not heard. */
function bearerOf({ headers: { authorization } }: IncomingMessage): string | null {
  if (authorization === undefined) return null;
  const [, token] = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  if (token === undefined)
    throw new Problem('UNAUTHENTICATED', 'the Authorization header has no bearer token');
  return token;
}
