/**
 * An identity provider's place in a hardened stack: a key pair, which is kept as long as the data so that tokens outlive
 * a start, and tokens that are signed with it.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';

const issuer = 'https://identity.example';
const audience = 'restaurant-waiting';

/** Whom a token names, by the claims that AUTH=jwt looks at when nothing else is said. */
export interface Claims {
  readonly role: 'OWNER' | 'CUSTOMER' | 'SERVICE' | 'OPERATOR';
  readonly sub: string;
  /** `*`: all of them. */
  readonly restaurants?: readonly number[] | '*';
}

export interface Identities {
  /** By which an ingress believes the tokens. */
  readonly environment: Readonly<Record<string, string>>;
  readonly token: (claims: Claims) => Promise<string>;
}

/** Somebody of each kind, to try it with. */
const ready: Readonly<Record<string, Claims>> = {
  owner: { role: 'OWNER', sub: 'owner-1', restaurants: [1] },
  customer: { role: 'CUSTOMER', sub: '1' },
  service: { role: 'SERVICE', sub: 'kiosk-1', restaurants: '*' },
  operator: { role: 'OPERATOR', sub: 'operator-1' },
};

export async function createIdentities(folder: string): Promise<Identities> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const privateFile = join(folder, 'private.key');
  const publicFile = join(folder, 'public.pem');
  if (!existsSync(privateFile)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  const key = createPrivateKey(readFileSync(privateFile));
  writeFileSync(publicFile, createPublicKey(key).export({ type: 'spki', format: 'pem' }));

  const token = ({ sub, ...claims }: Claims): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(sub)
      .setIssuedAt()
      .setExpirationTime('30d')
      .sign(key);
  for (const [name, claims] of Object.entries(ready))
    writeFileSync(join(folder, `${name}.jwt`), await token(claims), { mode: 0o600 });

  return {
    environment: {
      AUTH: 'jwt',
      AUTH_KEY_FILE: publicFile,
      // One that is in the environment already would contradict it.
      AUTH_KEY: '',
      AUTH_JWKS_URL: '',
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: audience,
    },
    token,
  };
}
