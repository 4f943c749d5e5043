/** The variables that say who is believed. Described in docs/configuration.md. */
import { randomBytes } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

const texts = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().min(1)).min(1));
/** None with a shared secret: whoever can verify such a token could also make one. */
const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
] as const;

const secret = z.string().min(32, 'must have 32 characters or more');

export const accessVariables = {
  AUTH: z.enum(['open', 'jwt', 'gateway']).default('open'),
  AUTH_JWKS_URL: z.url().optional(),
  AUTH_KEY: z.string().optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  AUTH_ALGORITHMS: texts.pipe(z.array(z.enum(algorithms))).default(['ES256', 'RS256']),
  AUTH_CLOCK_TOLERANCE: z.coerce.number().int().min(0).max(300).default(5),
  AUTH_ROLE_CLAIM: z.string().default('role'),
  AUTH_USER_CLAIM: z.string().default('sub'),
  AUTH_RESTAURANTS_CLAIM: z.string().default('restaurants'),
  GATEWAY_SECRET: secret.optional(),
  LINK_KEYS: texts.pipe(z.array(secret)).optional(),
  HTTP_TLS_CERT: z.string().optional(),
  HTTP_TLS_KEY: z.string().optional(),
  HTTP_TLS_CLIENT_CA: z.string().optional(),
};

export interface JwtAccess {
  readonly mode: 'jwt';
  /** Where the provider publishes its keys, or the keys themselves: a JSON Web Key Set or a public key in PEM. */
  readonly keys: { readonly url: string } | { readonly text: string };
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: string[];
  readonly clockToleranceSeconds: number;
  /** Names of claims. */
  readonly claims: { readonly role: string; readonly user: string; readonly restaurants: string };
}

export interface GatewayAccess {
  readonly mode: 'gateway';
  /** null: its certificate proves it. */
  readonly secret: string | null;
}

export type Access = (JwtAccess | GatewayAccess | { readonly mode: 'open' }) & {
  /** The first signs links, all of them open some. */
  readonly linkKeys: readonly [string, ...string[]];
};

/** What the server proves itself with, in PEM, and whose certificates it wants of clients. */
export interface HttpTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | null;
}

type Given = z.output<z.ZodObject<typeof accessVariables>>;
/** Told of each variable that is wrong beside others. */
type Complain = (variable: string, message: string) => void;

/** What there is to believe; complaints end the start. `serves`: whether the process serves the API. */
export function accessOf(given: Given, host: string, serves: boolean, complain: Complain): Access {
  if (given.AUTH === 'open') {
    if (serves && !isLoopback(host)) {
      complain(
        'AUTH',
        `open is for a loopback address only, and HTTP_HOST is ${host}: choose jwt or gateway`,
      );
    }
    // Without keys links hold as long as the process: enough to try it.
    return { mode: 'open', linkKeys: linkKeys(given) ?? [randomBytes(32).toString('hex')] };
  }
  const keys = linkKeys(given);
  if (serves && !keys) complain('LINK_KEYS', `is missing: with AUTH=${given.AUTH} links have to be signed`);
  const common = { linkKeys: keys ?? ([''] as const) };
  return given.AUTH === 'jwt'
    ? { ...jwtAccess(given, complain), ...common }
    : { ...gatewayAccess(given, complain), ...common };
}

function jwtAccess(given: Given, complain: Complain): JwtAccess {
  const { AUTH_JWKS_URL: url, AUTH_KEY: text } = given;
  if ((url === undefined) === (text === undefined)) {
    complain('AUTH_JWKS_URL', 'either this or AUTH_KEY says what tokens are signed with');
  }
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE'] as const) {
    if (given[name] === undefined) complain(name, 'is missing: whose tokens, and made for whom?');
  }
  return {
    mode: 'jwt',
    keys: url === undefined ? { text: text ?? '' } : { url },
    issuer: given.AUTH_ISSUER ?? '',
    audience: given.AUTH_AUDIENCE ?? '',
    algorithms: given.AUTH_ALGORITHMS,
    clockToleranceSeconds: given.AUTH_CLOCK_TOLERANCE,
    claims: {
      role: given.AUTH_ROLE_CLAIM,
      user: given.AUTH_USER_CLAIM,
      restaurants: given.AUTH_RESTAURANTS_CLAIM,
    },
  };
}

function gatewayAccess(given: Given, complain: Complain): GatewayAccess {
  const secret = given.GATEWAY_SECRET ?? null;
  if (secret === null && given.HTTP_TLS_CLIENT_CA === undefined) {
    complain(
      'GATEWAY_SECRET',
      'is missing: without it, HTTP_TLS_CLIENT_CA says whose certificate a gateway has',
    );
  }
  return { mode: 'gateway', secret };
}

const linkKeys = ({ LINK_KEYS: keys }: Given): readonly [string, ...string[]] | null =>
  keys ? (keys as [string, ...string[]]) : null;

export function httpTlsOf(given: Given, complain: Complain): HttpTls | null {
  const { HTTP_TLS_CERT: cert, HTTP_TLS_KEY: key, HTTP_TLS_CLIENT_CA: clientCa = null } = given;
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa };
  if (cert !== undefined || key !== undefined || clientCa !== null) {
    complain(
      'HTTP_TLS_CERT',
      'and HTTP_TLS_KEY belong together, and clients are only asked for theirs with both',
    );
  }
  return null;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const isLoopback = (host: string): boolean => {
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
};
