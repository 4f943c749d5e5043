/** The keys of Web Push are bytes in base64url, without padding (RFC 8291, RFC 8292). */
import { createECDH, ECDH } from 'node:crypto';

const curve = 'prime256v1';

export const isBase64url = (text: string, bytes: number): boolean =>
  /^[\w-]+$/.test(text) && Buffer.from(text, 'base64url').length === bytes;

/** An uncompressed point of P-256, which is what public keys are. */
export function isPublicKey(text: string): boolean {
  if (!isBase64url(text, 65)) return false;
  try {
    ECDH.convertKey(text, curve, 'base64url');
    return true;
  } catch {
    return false; // not on the curve
  }
}

/** The public key of a private one; null: it is none. */
export function publicKeyOf(privateKey: string): string | null {
  if (!isBase64url(privateKey, 32)) return null;
  const pair = createECDH(curve);
  try {
    pair.setPrivateKey(privateKey, 'base64url');
    return pair.getPublicKey('base64url');
  } catch {
    return null; // zero, or beyond the order of the curve
  }
}
