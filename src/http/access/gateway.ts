/**
 * An API gateway in front has verified who is asking, and says so in headers. It is believed when it proves itself, by a
 * secret that both know or by its certificate.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { principalOf } from './claims.ts';
import type { GatewayAccess } from './config.ts';
import { type Principal, stranger } from './principal.ts';

const header = (req: IncomingMessage, name: string): string | undefined => {
  const value = req.headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** Of equal length, so that the comparison takes as long whatever is wrong. */
const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/** Whether a request came through the gateway. */
export function throughGateway({ secret }: GatewayAccess): (req: IncomingMessage) => boolean {
  // Without a secret the certificate is the proof: the server then asks for one, and takes those of its authority only.
  if (secret === null) return ({ socket }) => socket instanceof TLSSocket && socket.authorized;
  const expected = digest(secret);
  return (req) => timingSafeEqual(digest(header(req, 'x-gateway-secret') ?? ''), expected);
}

/** Whom the gateway says it is; nobody, where it does not say. Throws a Problem for an identity that makes no sense. */
export function saidByGateway(req: IncomingMessage): Principal {
  const role = header(req, 'x-waiting-role');
  if (role === undefined) return stranger;
  const [user, restaurants] = [header(req, 'x-waiting-user'), header(req, 'x-waiting-restaurants')];
  return principalOf({ role, user, restaurants });
}
