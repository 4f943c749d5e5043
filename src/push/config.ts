/** The variables of Web Push. Described in docs/configuration.md. */
import { z } from 'zod';
import type { Complain } from '../fileVariables.ts';
import { list } from '../serverVariables.ts';
import { isPublicKey, publicKeyOf } from './keys.ts';
import { knownServices, servicePattern } from './services.ts';

export const pushVariables = {
  VAPID_PUBLIC_KEY: z.string().refine(isPublicKey, 'must be a public key of P-256 in base64url').optional(),
  VAPID_PRIVATE_KEY: z.string().optional(),
  /** Whom a push service writes to when something is wrong with our messages. */
  VAPID_SUBJECT: z
    .string()
    .regex(/^(mailto:\S+@\S+|https:\/\/\S+)$/, 'must be mailto:… or https://…')
    .optional(),
  PUSH_SERVICES: list
    .pipe(z.array(z.string().toLowerCase().regex(servicePattern, 'must be hosts such as push.example.org')))
    .default(knownServices),
};

/** What messages are signed with (RFC 8292). */
export interface Signer {
  readonly publicKey: string;
  readonly privateKey: string;
  readonly subject: string;
}

export interface PushSettings {
  /** What browsers subscribe with. */
  readonly publicKey: string;
  /** Hosts that messages may be sent to. */
  readonly services: readonly string[];
  /** null: this process sends none. */
  readonly signer: Signer | null;
}

type Given = z.output<z.ZodObject<typeof pushVariables>>;

/** null: there is no Web Push. `sends`: whether the process has the role. */
export function pushOf(given: Given, sends: boolean, complain: Complain): PushSettings | null {
  const {
    VAPID_PUBLIC_KEY: publicKey,
    VAPID_PRIVATE_KEY: privateKey,
    VAPID_SUBJECT: subject,
    PUSH_SERVICES: services,
  } = given;
  if (publicKey === undefined) {
    if (privateKey !== undefined)
      complain('VAPID_PUBLIC_KEY', 'is missing: VAPID_PRIVATE_KEY is half of a pair');
    return null;
  }
  if (sends && privateKey === undefined)
    complain('VAPID_PRIVATE_KEY', 'is missing: the role push signs messages with it');
  if (sends && subject === undefined)
    complain('VAPID_SUBJECT', 'is missing: whom may a push service write to? mailto:… or https://…');
  // Another's messages are refused by every push service, one by one.
  if (privateKey !== undefined && publicKeyOf(privateKey) !== publicKey)
    complain('VAPID_PRIVATE_KEY', 'is not the one that belongs to VAPID_PUBLIC_KEY');
  const signs = privateKey !== undefined && subject !== undefined;
  return { publicKey, services, signer: signs ? { publicKey, privateKey, subject } : null };
}
