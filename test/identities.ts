/** An identity provider of a test's own: it signs tokens, and the application believes its public key. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const issuer = 'https://identity.test';
const audience = 'restaurant-waiting';

export interface Identities {
  /** The environment under which the application believes it, beside LINK_KEYS. */
  readonly env: Readonly<Record<'AUTH' | 'AUTH_KEY' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'LINK_KEYS', string>>;
  /** A token with these claims. It holds for an hour from `now`, in milliseconds, unless the claims say otherwise. */
  readonly token: (claims: Readonly<Record<string, unknown>>, now?: number) => Promise<string>;
}

export async function identities(): Promise<Identities> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256' }];
  return {
    env: {
      AUTH: 'jwt',
      AUTH_KEY: JSON.stringify({ keys }),
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: audience,
      LINK_KEYS: 'a key for the links of tests that is long enough',
    },
    token: (claims, now = Date.now()) =>
      new SignJWT({ iss: issuer, aud: audience, exp: Math.floor(now / 1_000) + 3_600, ...claims })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(privateKey),
  };
}
