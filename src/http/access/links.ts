/**
 * Links that this product gives out itself: a customer's, which opens one waiting, a tablet's, which stands for its
 * owner at one restaurant, and that of a restaurant's sign, by which guests join. Each is a signed token (JWT, HS256) that carries what it opens, so that nothing is kept of it.
 */
import { randomUUID, webcrypto } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { dayOf, type Queue } from '../../domain/queue.ts';
import type { Waiting } from '../../domain/waiting.ts';
import type { Principal } from './principal.ts';

const { subtle } = webcrypto;
const type = 'waiting-link+jwt';
const algorithm = 'HS256';

const hour = 3_600_000;
/** A customer's link ends so long after the business day has. */
const afterDay = 24 * hour;
const tabletLife = 365 * 24 * hour;
/** A sign is printed. */
const signLife = 10 * tabletLife;

const customerClaims = z.object({
  sub: z
    .string()
    .regex(/^[1-9]\d*$/)
    .transform(Number),
  waiting: z.int().positive(),
});
const tabletClaims = z.object({
  sub: z.string(),
  restaurant: z.int().positive(),
  pairing: z.int().nonnegative(),
});
const guestClaims = z.object({ guestsOf: z.int().positive() });

/** What a link was found to be. Of a tablet's, the pairing has still to be the queue's. */
interface Opened {
  readonly principal: Principal;
  readonly pairing: { readonly restaurantId: number; readonly generation: number } | null;
  /** When it ends (ms). */
  readonly expiresAt: number;
}

export interface Links {
  /** The same for the same waiting and day, so that a repeated request is answered alike. */
  readonly forWaiting: (
    waiting: { readonly waitingId: number; readonly userId: number },
    dayClosesAt: number,
  ) => Promise<string>;
  readonly forTablet: (
    restaurantId: number,
    generation: number,
  ) => Promise<{ readonly token: string; readonly expiresAt: number }>;
  readonly forGuests: (restaurantId: number) => Promise<string>;
  readonly isLink: (token: string) => boolean;
  /** Rejects for one that none of the keys has signed, or whose time is over. */
  readonly open: (token: string) => Promise<Opened>;
}

/** Once: the library would make one of a text at every signature, and let that wait for another thread. */
const toKey = (secret: string): Promise<webcrypto.CryptoKey> =>
  subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);

/** A customer's link. Where the state cannot be seen, no day is known to be longer than this. */
export const linkOf = (links: Links, waiting: Waiting, queue: Queue | null): Promise<string> =>
  links.forWaiting(
    waiting,
    (queue && dayOf(queue, waiting.datesId)?.closesAt) ?? waiting.createdAt + afterDay,
  );

/** The first key signs, all of them open: so keys can be changed one after the other. */
export function createLinks([first, ...others]: readonly [string, ...string[]], now: () => number): Links {
  const signing = toKey(first);
  const keys = [signing, ...others.map(toKey)];

  const sign = async (subject: string, claims: Record<string, number>, expiresAt: number): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, typ: type })
      .setSubject(subject)
      .setExpirationTime(Math.floor(expiresAt / 1_000))
      .sign(await signing);

  async function verify(token: string) {
    const options = { algorithms: [algorithm], typ: type, currentDate: new Date(now()) };
    const tried = await Promise.allSettled(keys.map(async (key) => jwtVerify(token, await key, options)));
    const opened = tried.find((each) => each.status === 'fulfilled');
    if (opened) return opened.value.payload;
    throw (tried[0] as PromiseRejectedResult).reason;
  }

  return {
    forWaiting: ({ waitingId, userId }, dayClosesAt) =>
      sign(String(userId), { waiting: waitingId }, dayClosesAt + afterDay),
    forTablet: async (restaurantId, generation) => {
      const expiresAt = now() + tabletLife;
      const id = `tablet-${randomUUID().slice(0, 8)}`;
      return {
        token: await sign(id, { restaurant: restaurantId, pairing: generation }, expiresAt),
        expiresAt,
      };
    },
    forGuests: (restaurantId) => sign('guest', { guestsOf: restaurantId }, now() + signLife),
    isLink: (token) => {
      try {
        return decodeProtectedHeader(token).typ === type;
      } catch {
        return false;
      }
    },
    open: async (token) => {
      const payload = await verify(token);
      const expiresAt = (payload.exp ?? 0) * 1_000;
      if (payload['waiting'] !== undefined) {
        const { sub: userId, waiting: waitingId } = customerClaims.parse(payload);
        return { principal: { role: 'CUSTOMER', userId, waitingId }, pairing: null, expiresAt };
      }
      if (payload['guestsOf'] !== undefined) {
        const { guestsOf } = guestClaims.parse(payload);
        return { principal: { role: 'GUEST', restaurants: new Set([guestsOf]) }, pairing: null, expiresAt };
      }
      const { sub: id, restaurant: restaurantId, pairing: generation } = tabletClaims.parse(payload);
      const principal = { role: 'TABLET', id, restaurants: new Set([restaurantId]) } as const;
      return { principal, pairing: { restaurantId, generation }, expiresAt };
    },
  };
}
