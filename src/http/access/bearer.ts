/** Tokens of an identity provider: JWTs, believed for their signature, issuer, audience and time. */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  importSPKI,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import { Problem } from '../problems.ts';
import { principalOf } from './claims.ts';
import type { JwtAccess } from './config.ts';
import type { Principal } from './principal.ts';

interface Verified {
  readonly principal: Principal;
  /** When the token ends (ms). */
  readonly expiresAt: number;
}

/** Rejects with a Problem: 401 for a token that is not good, 503 where the provider's keys cannot be fetched. */
export function bearerTokens(config: JwtAccess, now: () => number): (token: string) => Promise<Verified> {
  const { algorithms, issuer, audience, clockToleranceSeconds: clockTolerance, claims } = config;
  const key = keyOf(config);
  return async (token) => {
    const options = { algorithms, issuer, audience, clockTolerance, requiredClaims: ['exp'] };
    const { payload } = await key
      .then((getKey) => jwtVerify(token, getKey, { ...options, currentDate: new Date(now()) }))
      .catch((error: unknown) => {
        throw isOfToken(error) ? badToken(error) : keysAway(error);
      });
    const said = (name: string): unknown => payload[name];
    return {
      principal: principalOf({
        role: said(claims.role),
        user: said(claims.user),
        restaurants: said(claims.restaurants),
      }),
      expiresAt: ((payload.exp ?? 0) + clockTolerance) * 1_000,
    };
  };
}

/** From the provider, or from a key that was given: a JSON Web Key Set, or a public key in PEM. */
async function keyOf({ keys, algorithms }: JwtAccess): Promise<JWTVerifyGetKey> {
  if ('url' in keys) return createRemoteJWKSet(new URL(keys.url));
  if (keys.text.trimStart().startsWith('{')) {
    return createLocalJWKSet(JSON.parse(keys.text) as Parameters<typeof createLocalJWKSet>[0]);
  }
  const imported = await Promise.all(
    algorithms.map(
      async (algorithm) => [algorithm, await importSPKI(keys.text, algorithm).catch(() => null)] as const,
    ),
  );
  return ({ alg }) => {
    const own = imported.find(([algorithm]) => algorithm === alg)?.[1];
    if (!own) throw new errors.JOSEAlgNotAllowed(`the key is not one of ${alg}`);
    return own;
  };
}

/** What the library finds wrong with a token, as against what kept it from the keys. */
const isOfToken = (error: unknown): boolean =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout) &&
  !(error instanceof errors.JWKSInvalid) &&
  error.code !== errors.JOSEError.code;

const reasons: Readonly<Record<string, string>> = {
  [errors.JWTExpired.code]: 'the token has expired',
  [errors.JWTClaimValidationFailed.code]: 'the token is from or for somebody else, or not valid yet',
};

/** Says no more than a client needs to get another one. */
export const badToken = (cause: unknown): Problem => {
  const reason = cause instanceof errors.JOSEError ? reasons[cause.code] : undefined;
  const problem = new Problem('UNAUTHENTICATED', reason ?? 'the token is not one that is believed here');
  problem.cause = cause;
  return problem;
};

function keysAway(cause: unknown): Problem {
  const problem = new Problem(
    'IDENTITY_UNAVAILABLE',
    'the keys that tokens are verified with cannot be fetched',
  );
  problem.cause = cause;
  return problem;
}
