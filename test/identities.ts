/** An identity provider of a test's own: it signs tokens, and the application believes its public key. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Config, readConfig } from '../src/config.ts';

const issuer = 'https://identity.test';
const audience = 'restaurant-waiting';

/** None of them is asked. */
const noServers = {
  KAFKA_BROKERS: 'none:1',
  SCHEMA_REGISTRY_URL: 'http://none',
  REDIS_URL: 'redis://none',
  DATABASE_URL: 'postgres://none',
};

export interface Identities {
  /** The environment under which the application believes it, beside LINK_KEYS. */
  readonly env: Readonly<Record<'AUTH' | 'AUTH_KEY' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'LINK_KEYS', string>>;
  /** The same as the ingress has it. */
  readonly access: Config['access'];
  /** A token with these claims. It holds for an hour from `now`, in milliseconds, unless the claims say otherwise. */
  readonly token: (claims: Readonly<Record<string, unknown>>, now?: number) => Promise<string>;
}

export async function identities(): Promise<Identities> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256' }];
  const env = {
    AUTH: 'jwt',
    AUTH_KEY: JSON.stringify({ keys }),
    AUTH_ISSUER: issuer,
    AUTH_AUDIENCE: audience,
    LINK_KEYS: 'a key for the links of tests that is long enough',
  };
  return {
    env,
    access: readConfig({ ...noServers, ...env }).access,
    token: (claims, now = Date.now()) =>
      new SignJWT({ iss: issuer, aud: audience, exp: Math.floor(now / 1_000) + 3_600, ...claims })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(privateKey),
  };
}
