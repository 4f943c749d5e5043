import { createServer, IncomingMessage } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { Problem } from '../problems.ts';
import type { Access, JwtAccess } from './config.ts';
import { createIdentify } from './identify.ts';
import { createLinks } from './links.ts';
import type { Principal } from './principal.ts';

const now = Date.parse('2025-10-02T12:00:00+09:00');
const seconds = (millis: number): number => Math.floor(millis / 1_000);
const hour = 3_600_000;
const linkKeys = ['the newer of two keys for links, long', 'the older of two keys for links, long'] as const;
const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });

const jwt: JwtAccess & { readonly linkKeys: readonly [string, string] } = {
  mode: 'jwt',
  keys: { text: jwks },
  issuer: 'https://id.example',
  audience: 'waiting',
  algorithms: ['ES256'],
  clockToleranceSeconds: 5,
  claims: { role: 'role', user: 'sub', restaurants: 'restaurants' },
  linkKeys,
};

interface Asked {
  readonly access?: Access;
  readonly at?: number;
  /** The queue's pairing generation. */
  readonly pairing?: number;
}

const request = (headers: IncomingMessage['headers']): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { headers });

/** Who somebody is who shows this. */
async function whoShows(
  headers: IncomingMessage['headers'],
  { access = jwt, at = now, pairing = 0 }: Asked = {},
): Promise<Principal> {
  const links = createLinks(access.linkKeys, () => at);
  const identify = createIdentify(access, {
    links,
    pairingOf: () => Promise.resolve(pairing),
    now: () => at,
  });
  return await identify(request(headers));
}

const withToken = (token: string): IncomingMessage['headers'] => ({ authorization: `Bearer ${token}` });

/** A good owner's token, but for these claims. */
const token = (claims: Record<string, unknown> = {}, key = privateKey, alg = 'ES256'): Promise<string> =>
  new SignJWT({
    iss: 'https://id.example',
    aud: 'waiting',
    exp: seconds(now + hour),
    sub: 'kim',
    role: 'owner',
    restaurants: [1, 2],
    ...claims,
  })
    .setProtectedHeader({ alg })
    .sign(key);

/** The status and the words of a refusal. Throws when there is none. */
async function refused(asked: Promise<Principal>): Promise<string> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof Problem) return `${error.status} ${error.message}`;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a token of the identity provider', () => {
  test('names an owner and his restaurants', async () => {
    expect(await whoShows(withToken(await token()))).toEqual({
      role: 'OWNER',
      id: 'kim',
      restaurants: new Set([1, 2]),
    });
  });

  test.each([
    ['a customer', { role: 'customer', sub: '17' }, { role: 'CUSTOMER', userId: 17, waitingId: null }],
    ['an operator', { role: 'OPERATOR', sub: 'ops' }, { role: 'OPERATOR', id: 'ops' }],
    [
      'a service for some',
      { role: 'service', sub: 'kiosks', restaurants: '3, 4' },
      { role: 'SERVICE', id: 'kiosks', restaurants: new Set([3, 4]) },
    ],
    [
      'a service for all',
      { role: 'service', sub: 'backend', restaurants: '*' },
      { role: 'SERVICE', id: 'backend', restaurants: 'ALL' },
    ],
  ])('names %s', async (_, claims, expected) => {
    expect(await whoShows(withToken(await token(claims)))).toEqual(expected);
  });

  test('may have its claims under other names', async () => {
    const claims = { role: 'https://x/role', user: 'uid', restaurants: 'shops' };
    const shown = await token({ role: undefined, 'https://x/role': 'owner', uid: 9, shops: [5] });
    expect(await whoShows(withToken(shown), { access: { ...jwt, claims } })).toEqual({
      role: 'OWNER',
      id: '9',
      restaurants: new Set([5]),
    });
  });

  test.each([
    ['an unknown role', { role: 'king' }, 'role'],
    ['no role', { role: undefined }, 'role'],
    ['no user', { sub: undefined }, 'user'],
    ['a customer who is no number', { role: 'customer', sub: 'kim' }, 'user'],
    ['no restaurants', { restaurants: [] }, 'restaurants'],
    ['an owner of all', { restaurants: '*' }, 'restaurants'],
    ['a restaurant that cannot be', { restaurants: [-1] }, 'restaurants'],
  ])('with %s is refused', async (_, claims, claim) => {
    expect(await refused(whoShows(withToken(await token(claims))))).toBe(
      `401 the identity has no ${claim} that can be read`,
    );
  });

  test.each([
    ['expired', { exp: seconds(now) - 6 }, 'the token has expired'],
    ['without an end', { exp: undefined }, 'the token is from or for somebody else, or not valid yet'],
    ['not valid yet', { nbf: seconds(now) + 6 }, 'the token is from or for somebody else, or not valid yet'],
    [
      'of another issuer',
      { iss: 'https://evil' },
      'the token is from or for somebody else, or not valid yet',
    ],
    ['for another audience', { aud: 'shop' }, 'the token is from or for somebody else, or not valid yet'],
  ])('that is %s is refused', async (_, claims, detail) => {
    expect(await refused(whoShows(withToken(await token(claims))))).toBe(`401 ${detail}`);
  });

  test('is let in a moment after its end: clocks differ', async () => {
    expect(await whoShows(withToken(await token({ exp: seconds(now) - 4 })))).toMatchObject({ id: 'kim' });
  });

  test('is not believed from memory when its time is over', async () => {
    let at = now;
    const links = createLinks(linkKeys, () => at);
    const identify = createIdentify(jwt, { links, pairingOf: () => Promise.resolve(0), now: () => at });
    const shown = request(withToken(await token()));
    const first = await identify(shown);
    // The same object, at once: it was not verified again.
    expect(identify(shown)).toBe(first);
    at = now + hour + 6_000;
    await expect(Promise.resolve(identify(shown))).rejects.toThrow('the token has expired');
  });

  const notBelieved = '401 the token is not one that is believed here';

  test('signed by somebody else is refused', async () => {
    const other = await generateKeyPair('ES256');
    expect(await refused(whoShows(withToken(await token({}, other.privateKey))))).toBe(notBelieved);
  });

  test('without a signature, or signed with the public key as if it were a secret, is refused', async () => {
    const unsigned = new UnsecuredJWT({ role: 'owner', sub: 'kim', restaurants: [1] }).encode();
    expect(await refused(whoShows(withToken(unsigned)))).toBe(notBelieved);
    const secret = new TextEncoder().encode(await exportSPKI(publicKey));
    const confused = await new SignJWT({ role: 'owner', sub: 'kim', restaurants: [1] })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secret);
    expect(await refused(whoShows(withToken(confused)))).toBe(notBelieved);
  });

  test.each(['nonsense', 'a.b.c', 'e30.e30.'])('that is %j is refused', async (text) => {
    expect(await refused(whoShows(withToken(text)))).toBe(notBelieved);
  });

  test('of another scheme is refused, and not taken for no token', async () => {
    const basic = whoShows({ authorization: 'Basic a2ltOnNlY3JldA==' });
    expect(await refused(basic)).toBe('401 the Authorization header has no bearer token');
  });

  test('is verified with a public key in PEM, too', async () => {
    const access = { ...jwt, keys: { text: await exportSPKI(publicKey) }, algorithms: ['RS256', 'ES256'] };
    expect(await whoShows(withToken(await token()), { access })).toMatchObject({ id: 'kim' });
    const rsa = await generateKeyPair('RS256');
    const other = await token({}, rsa.privateKey, 'RS256');
    expect(await refused(whoShows(withToken(other), { access }))).toBe(notBelieved);
  });

  test('is verified with the keys that the provider publishes; without them nobody can say', async () => {
    const provider = createServer(
      (_req, res) => void res.setHeader('content-type', 'application/json').end(jwks),
    );
    await new Promise<void>((listening) => void provider.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;
    expect(await whoShows(withToken(await token()), { access: { ...jwt, keys: { url } } })).toMatchObject({
      id: 'kim',
    });
    provider.closeAllConnections();
    await new Promise((closed) => provider.close(closed));
    expect(await refused(whoShows(withToken(await token()), { access: { ...jwt, keys: { url } } }))).toBe(
      '503 the keys that tokens are verified with cannot be fetched',
    );
  });
});

describe('a link', () => {
  const links = createLinks(linkKeys, () => now);

  test('of a customer opens one waiting until a day after its business day', async () => {
    const shown = withToken(await links.forWaiting({ waitingId: 10_000_001, userId: 7 }, now + hour));
    const customer = { role: 'CUSTOMER', userId: 7, waitingId: 10_000_001 };
    expect(await whoShows(shown)).toEqual(customer);
    expect(await whoShows(shown, { at: now + 25 * hour - 1_000 })).toEqual(customer);
    expect(await refused(whoShows(shown, { at: now + 25 * hour }))).toBe('401 the token has expired');
  });

  test('is the same for a repeated request', async () => {
    const of = (): Promise<string> => links.forWaiting({ waitingId: 10_000_001, userId: 7 }, now);
    expect(await of()).toBe(await of());
  });

  test('of a tablet stands for its restaurant until pairings are revoked', async () => {
    const shown = withToken((await links.forTablet(3, 1)).token);
    expect(await whoShows(shown, { pairing: 1 })).toEqual({
      role: 'TABLET',
      id: expect.stringMatching(/^tablet-[0-9a-f]{8}$/),
      restaurants: new Set([3]),
    });
    expect(await refused(whoShows(shown, { pairing: 2 }))).toBe('401 the pairing of this tablet was revoked');
  });

  test('holds while any of the keys is the one that signed it', async () => {
    const [newer, older] = linkKeys;
    const waiting = { waitingId: 10_000_001, userId: 7 };
    const old = withToken(await createLinks([older], () => now).forWaiting(waiting, now));
    expect(await whoShows(old)).toMatchObject({ waitingId: 10_000_001 });
    expect(await refused(whoShows(old, { access: { ...jwt, linkKeys: [newer] } }))).toBe(
      '401 the token is not one that is believed here',
    );
  });

  test('is taken where nobody has to say who he is, and then counts; another token is not', async () => {
    const access = { mode: 'open', linkKeys } as const;
    expect(await whoShows({}, { access })).toEqual({ role: 'ANYONE' });
    const link = withToken(await links.forWaiting({ waitingId: 10_000_001, userId: 7 }, now));
    expect(await whoShows(link, { access })).toMatchObject({ role: 'CUSTOMER' });
    expect(await refused(whoShows(withToken(await token()), { access }))).toBe(
      '401 the token is not a link that was given out here',
    );
  });
});

describe('a gateway', () => {
  const secret = 'what gateway and ingress both know, long';
  const access = { mode: 'gateway', secret, linkKeys } as const;
  const said = { 'x-waiting-role': 'owner', 'x-waiting-user': 'kim', 'x-waiting-restaurants': '1,2' };
  const owner = { role: 'OWNER', id: 'kim', restaurants: new Set([1, 2]) };

  test('is believed with the secret, and nobody without it', async () => {
    expect(await whoShows({ ...said, 'x-gateway-secret': secret }, { access })).toEqual(owner);
    for (const wrong of [{}, { 'x-gateway-secret': 'guessed' }]) {
      expect(await whoShows({ ...said, ...wrong }, { access })).toEqual({ role: 'STRANGER' });
    }
  });

  test('has its headers read in no other mode', async () => {
    expect(await whoShows({ ...said, 'x-gateway-secret': secret })).toEqual({ role: 'STRANGER' });
    const open = { mode: 'open', linkKeys } as const;
    expect(await whoShows(said, { access: open })).toEqual({ role: 'ANYONE' });
  });

  test('that says nothing, or nonsense', async () => {
    expect(await whoShows({ 'x-gateway-secret': secret }, { access })).toEqual({ role: 'STRANGER' });
    const nonsense = {
      'x-gateway-secret': secret,
      'x-waiting-role': 'customer',
      'x-waiting-user': '1 or 1=1',
    };
    expect(await refused(whoShows(nonsense, { access }))).toBe(
      '401 the identity has no user that can be read',
    );
  });

  test('may pass on the link of a customer', async () => {
    const link = await createLinks(linkKeys, () => now).forWaiting({ waitingId: 10_000_001, userId: 7 }, now);
    const shown = { ...withToken(link), 'x-gateway-secret': secret };
    expect(await whoShows(shown, { access })).toMatchObject({ role: 'CUSTOMER', waitingId: 10_000_001 });
  });

  test('is not needed by a link, which proves itself, nor does a link vouch for headers', async () => {
    const links = createLinks(linkKeys, () => now);
    const customer = await links.forWaiting({ waitingId: 10_000_001, userId: 7 }, now);
    const shown = await whoShows({ ...withToken(customer), ...said }, { access });
    expect(shown).toEqual({ role: 'CUSTOMER', userId: 7, waitingId: 10_000_001 });
    const { token: tablet } = await links.forTablet(1, 3);
    expect(await whoShows(withToken(tablet), { access, pairing: 3 })).toMatchObject({ role: 'TABLET' });
    expect(await refused(whoShows(withToken(tablet), { access, pairing: 4 }))).toBe(
      '401 the pairing of this tablet was revoked',
    );
    const forged = createLinks(['a key that is not of this product, long'], () => now);
    expect(await refused(whoShows(withToken(await forged.forGuests(1)), { access }))).toMatch(/^401 /);
    expect(await whoShows(withToken(await token()), { access })).toEqual({ role: 'STRANGER' });
  });
});
