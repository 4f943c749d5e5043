/**
 * A push service and the browsers behind it, as far as the product meets them: the service takes messages over HTTP(S) and
 * checks who has signed them, the browser decrypts them, by what the RFCs say and none of the library's code.
 */
import { createDecipheriv, createECDH, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { importJWK, jwtVerify } from 'jose';
import webpush from 'web-push';
import type { Pair } from '../infra/security/authority.ts';
import type { Subscription, Subscriptions } from '../src/push/subscriptions.ts';

/** What messages of tests are signed with. */
export const vapidKeys = webpush.generateVAPIDKeys();
export const signer = { ...vapidKeys, subject: 'mailto:test@example.org' };

/** Somebody's browser, as it subscribes and as it reads what comes. */
export interface Browser {
  readonly keys: Subscription['keys'];
  /** Throws for what was not encrypted for it. */
  readonly decrypt: (body: Buffer) => Shown;
}

/** What the service worker is told to show. */
export interface Shown {
  readonly title: string;
  readonly body: string;
  readonly lang: string;
  readonly tag: string;
  readonly url: string;
  readonly call: boolean;
}

export function newBrowser(): Browser {
  const pair = createECDH('prime256v1');
  const ours = pair.generateKeys();
  const auth = randomBytes(16);
  return {
    keys: { p256dh: ours.toString('base64url'), auth: auth.toString('base64url') },
    decrypt: (body) => {
      // RFC 8188: salt, size of records, length of the key's name, and the name, which here is the sender's public key.
      const salt = body.subarray(0, 16);
      const content = 21 + body.readUInt8(20);
      const theirs = body.subarray(21, content);
      const derive = (secret: Buffer, with_: Buffer, info: Buffer, length: number): Buffer =>
        Buffer.from(hkdfSync('sha256', secret, with_, info, length));
      // RFC 8291
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), ours, theirs]);
      const secret = derive(pair.computeSecret(theirs), auth, info, 32);
      const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
      const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
      const cipher = createDecipheriv('aes-128-gcm', key, nonce);
      cipher.setAuthTag(body.subarray(-16));
      const padded = Buffer.concat([cipher.update(body.subarray(content, -16)), cipher.final()]);
      return JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString()) as Shown;
    },
  };
}

/** For one waiting, of a browser that nobody sends anything to. */
export const subscription = {
  endpoint: 'https://push.example/a-browser',
  keys: newBrowser().keys,
  language: 'ko',
} as const;

/** A message that has come, with who signed it. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The claims of its sender, verified; null: they are not those of the key that was subscribed with. */
  readonly claims: Readonly<Record<string, unknown>> | null;
}

export interface PushPeer {
  /** Of a new browser's endpoint. */
  readonly endpoint: () => string;
  readonly host: string;
  readonly received: readonly Received[];
  /** What it answers next at a path, one after the other; then 201. `silence`: nothing, for as long as it is asked. */
  readonly answer: (path: string, ...answers: readonly (number | 'silence')[]) => void;
  readonly close: () => Promise<void>;
}

/** Resolves when it listens on a free port. With a pair it speaks TLS. */
export async function startPushPeer(tls?: Pair): Promise<PushPeer> {
  const received: Received[] = [];
  const scripts = new Map<string, (number | 'silence')[]>();
  let origin = '';

  const listener: RequestListener = (req, res) => {
    void take(req, res);
  };
  async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url ?? '';
    const body = await buffer(req);
    const headers = req.headers as Received['headers'];
    received.push({ path, headers, body, claims: await claimsOf(headers['authorization'] ?? '', origin) });
    const answer = scripts.get(path)?.shift() ?? 201;
    if (answer === 'silence') return;
    res.statusCode = answer;
    if (answer === 429) res.setHeader('Retry-After', '1');
    if (answer === 307) res.setHeader('Location', `${origin}/elsewhere`);
    res.end();
  }

  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  origin = `${tls ? 'https' : 'http'}://${host}`;
  return {
    host,
    received,
    endpoint: () => `${origin}/${randomUUID()}`,
    answer: (path, ...answers) => void scripts.set(path, [...answers]),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** RFC 8292. */
async function claimsOf(authorization: string, audience: string): Promise<Received['claims']> {
  const [, token, key] = /^vapid t=(\S+), k=(\S+)$/.exec(authorization) ?? [];
  if (token === undefined || key !== vapidKeys.publicKey) return null;
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((each) => each.toString('base64url'));
  try {
    const publicKey = await importJWK({ kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, 'ES256');
    return (await jwtVerify(token, publicKey, { audience, requiredClaims: ['exp', 'sub'] })).payload;
  } catch {
    return null; // not signed by that key, or for somebody else
  }
}

/** Those of a test, in the place of Redis. */
export function memorySubscriptions(): Subscriptions & {
  readonly kept: ReadonlyMap<number, readonly Subscription[]>;
} {
  const kept = new Map<number, readonly Subscription[]>();
  const without = (waitingId: number, endpoint: string): readonly Subscription[] =>
    (kept.get(waitingId) ?? []).filter((each) => each.endpoint !== endpoint);
  return {
    kept,
    put: (waitingId, one) => {
      kept.set(waitingId, [...without(waitingId, one.endpoint), one]);
      return Promise.resolve();
    },
    of: (waitingIds) => Promise.resolve(waitingIds.map((waitingId) => kept.get(waitingId) ?? [])),
    drop: (waitingId, endpoint) => {
      kept.set(waitingId, without(waitingId, endpoint));
      return Promise.resolve();
    },
    dropAll: (waitingId) => {
      kept.delete(waitingId);
      return Promise.resolve();
    },
  };
}
