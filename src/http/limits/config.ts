/** The variables of the limits and of what browsers may do. Described in docs/configuration.md. */
import { z } from 'zod';
import { type Trust, trustOf } from './clientAddress.ts';
import type { FrontSettings } from './front.ts';
import { defaultLimits, type LimitSettings } from './limits.ts';

const yearSeconds = 31_536_000;

export const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    'must be an origin such as https://example.org',
  );

const proxies = z.string().transform((text, context): Trust => {
  try {
    return trustOf(text);
  } catch {
    context.addIssue({
      code: 'custom',
      message: 'must be a number of hops, or addresses and subnets with commas',
    });
    return z.NEVER;
  }
});

export const limitVariables = {
  RATE_LIMIT_FACTOR: z.coerce.number().min(0).default(defaultLimits.factor),
  STREAMS_MOST: z.coerce.number().int().min(1).default(defaultLimits.streamsMost),
  TRUST_PROXY: proxies.optional(),
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(origin))
    .default([]),
  HSTS_SECONDS: z.coerce.number().int().min(0).optional(),
};

type Given = z.output<z.ZodObject<typeof limitVariables>>;

/** All but who counts for several processes. */
export const limitsOf = (given: Given): Omit<LimitSettings, 'shared'> => ({
  factor: given.RATE_LIMIT_FACTOR,
  streamsMost: given.STREAMS_MOST,
  trust: given.TRUST_PROXY ?? null,
});

/** `overTls`: whether this process serves TLS itself. */
export const frontOf = (given: Given, overTls: boolean): FrontSettings => ({
  corsOrigins: given.CORS_ORIGINS,
  hstsSeconds: given.HSTS_SECONDS ?? (overTls ? yearSeconds : 0),
});
