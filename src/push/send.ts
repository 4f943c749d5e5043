/** One message, handed to a push service once (RFC 8030), encrypted for its browser (RFC 8291) and signed (RFC 8292). */
import webpush from 'web-push';
import type { Signer } from './config.ts';
import type { Message } from './messages.ts';
import type { Subscription } from './subscriptions.ts';

/** `again`: the service may take it later, not before `afterMillis`. `refused`: never. */
export type Attempt =
  | { readonly kind: 'sent' | 'gone' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'again'; readonly why: string; readonly afterMillis: number };

/** Never rejects. `ttlSeconds`: for how long the service keeps it for a phone that is out of reach. */
export type Send = (
  subscription: Pick<Subscription, 'endpoint' | 'keys'>,
  message: Pick<Message, 'payload' | 'urgency' | 'topic'>,
  ttlSeconds: number,
) => Promise<Attempt>;

/** A service that has not answered by then is tried again. */
const withinMillis = 10_000;

/**
 * The library encrypts and signs; the request is made here, since its own has no limit to the time and the size of an
 * answer, and reads the address by other rules than those it was checked by.
 */
export const createSend =
  ({ publicKey, privateKey, subject }: Signer, patience = withinMillis): Send =>
  async ({ endpoint, keys }, { payload, urgency, topic }, ttlSeconds) => {
    let request;
    try {
      request = webpush.generateRequestDetails({ endpoint, keys }, payload, {
        vapidDetails: { publicKey, privateKey, subject },
        TTL: ttlSeconds,
        urgency,
        topic,
      });
    } catch (error) {
      return { kind: 'refused', why: whyOf(error) };
    }
    // Of the body's length fetch speaks itself.
    const { 'Content-Length': _length, ...headers } = request.headers;
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers,
        body: new Uint8Array(request.body),
        // Whoever it is passed on to was not checked.
        redirect: 'manual',
        signal: AbortSignal.timeout(patience),
      });
      await response.body?.cancel();
      return attemptOf(response);
    } catch (error) {
      return { kind: 'again', why: whyOf(error), afterMillis: 0 };
    }
  };

function attemptOf({ ok, status, headers }: Response): Attempt {
  if (ok) return { kind: 'sent' };
  const why = `it answers ${status}`;
  if (status === 404 || status === 410) return { kind: 'gone' };
  if (status === 408 || status === 429 || status >= 500)
    return { kind: 'again', why, afterMillis: afterMillis(headers.get('retry-after')) };
  return { kind: 'refused', why };
}

/** Seconds, or a date. */
function afterMillis(retryAfter: string | null): number {
  if (retryAfter === null) return 0;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now());
}

/** `fetch failed` says nothing; what it was caused by does. */
const whyOf = (error: unknown): string =>
  String(typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error);
