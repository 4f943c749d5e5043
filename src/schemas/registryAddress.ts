import { Agent } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

export interface RegistryAddress {
  /** The base of its API. */
  readonly url: string;
  /** Sent with every request (HTTP basic authentication). */
  readonly auth?: { readonly username: string; readonly password: string };
  /** PEM, for `https://`. Without a `ca`, what Node trusts is trusted. */
  readonly tls?: SecureContextOptions;
}

/** What requests to it go over; undefined: over Node's own. */
export const agentOf = ({ tls }: RegistryAddress): Agent | undefined => tls && new Agent(tls);
