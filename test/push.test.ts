/** Web Push on the real stack: a service over TLS that verifies who sends, and browsers that decrypt what comes. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { newAuthority, serverPair } from '../infra/security/authority.ts';
import { redisSubscriptions } from '../src/push/subscriptions.ts';
import { sharedApplication } from './application.ts';
import { eventually, insist, newRestaurant, numberIn, openRestaurant } from './http.ts';
import { newBrowser, type Received, type Shown, signer, startPushPeer } from './pushPeer.ts';

const folder = mkdtempSync(join(tmpdir(), 'waiting-push-'));
const authority = await newAuthority();
const peer = await startPushPeer(await serverPair(authority, 'push'));
const trusted = join(folder, 'ca.pem');
writeFileSync(trusted, authority.cert);

const shared = sharedApplication({
  VAPID_PUBLIC_KEY: signer.publicKey,
  VAPID_PRIVATE_KEY: signer.privateKey,
  VAPID_SUBJECT: signer.subject,
  PUSH_SERVICES: peer.host,
  NODE_EXTRA_CA_CERTS: trusted,
});
afterAll(async () => {
  await peer.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A group whose last member was killed: its session has to end first. */
const takeoverMillis = 40_000;

interface Guest {
  readonly waitingId: number;
  readonly endpoint: string;
  readonly act: (action: string, body?: object) => Promise<void>;
  /** Requests to his endpoint. */
  readonly received: () => readonly Received[];
  /** What his phone shows of the n-th of them. */
  readonly shown: (n: number) => Shown | undefined;
  readonly subscribe: (language?: string) => Promise<number>;
}

async function register(restaurantId: number, userId: number): Promise<Guest> {
  const { app } = shared();
  const body = { datesId: 1, userId, userCount: 2, restaurantId };
  const registered = await insist(app.call, 'POST', '/waitings', body);
  const waitingId = numberIn(registered, 'waitingId');
  const authorization = `Bearer ${String(registered.body?.['token'])}`;
  const browser = newBrowser();
  const endpoint = peer.endpoint();
  const received = (): Received[] => peer.received.filter(({ path }) => path === new URL(endpoint).pathname);
  return {
    waitingId,
    endpoint,
    received,
    act: async (action, body_) => {
      const path = `/waitings/${restaurantId}/${waitingId}/actions/${action}`;
      expect((await insist(app.call, 'POST', path, body_)).status).toBe(200);
    },
    shown: (n) => {
      const message = received()[n];
      return message && browser.decrypt(message.body);
    },
    subscribe: async (language = 'ko') => {
      const given = { endpoint, keys: browser.keys, language };
      const { status } = await app.call('PUT', `/waitings/${waitingId}/push`, given, { authorization });
      return status;
    },
  };
}

async function guestOfAnOpenRestaurant(): Promise<Guest> {
  const restaurantId = newRestaurant();
  await openRestaurant(shared().app, restaurantId, { name: '성수 만두' });
  return register(restaurantId, 1);
}

const keyOf = ({ waitingId }: Guest): string => `waiting:push:${waitingId}`;
const comes = (guest: Guest, count: number, patience?: number): Promise<void> =>
  eventually(`message ${count}`, () => guest.received().length >= count, patience);

async function counted(outcome: string): Promise<number> {
  const { text } = await shared().app.call('GET', '/metrics');
  const [, count] =
    new RegExp(`^waiting_push_messages_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text) ?? [];
  return Number(count);
}

test('a phone is told of its call, and of the end, and is forgotten then', async () => {
  const guest = await guestOfAnOpenRestaurant();
  expect(await guest.subscribe()).toBe(204);
  await guest.act('waiting_call');
  await comes(guest, 1);
  const [call] = guest.received();
  expect(call?.claims).toMatchObject({ sub: signer.subject, aud: `https://${peer.host}` });
  expect(call?.headers).toMatchObject({ urgency: 'high', topic: `waiting-${guest.waitingId}` });
  const ttl = Number(call?.headers['ttl']);
  expect(ttl).toBeGreaterThan(500);
  expect(ttl).toBeLessThanOrEqual(600);
  expect(guest.shown(0)).toEqual({
    title: '성수 만두',
    body: expect.stringMatching(/^1번, 지금 와 주세요. \d\d:\d\d까지 답해 주세요.$/),
    lang: 'ko',
    tag: `waiting-${guest.waitingId}`,
    url: `/w/${guest.waitingId}`,
    call: true,
  });
  // In another language from now on; what he does himself he is not told.
  expect(await guest.subscribe('en')).toBe(204);
  await guest.act('waiting_user_coming', { moveTime: 10 });
  await guest.act('waiting_cancel', { actor: 'OWNER', reason: '재료 소진' });
  await comes(guest, 2);
  expect(guest.shown(1)).toMatchObject({ body: 'The restaurant has cancelled your waiting.', call: false });
  await eventually('nothing is left', async () => (await shared().redis.exists(keyOf(guest))) === 0);
  expect(guest.received()).toHaveLength(2);
});

test('a browser that is gone is forgotten', async () => {
  const guest = await guestOfAnOpenRestaurant();
  await guest.subscribe();
  const before = await counted('gone');
  peer.answer(new URL(guest.endpoint).pathname, 410);
  await guest.act('waiting_call');
  await eventually('it is dropped', async () => (await shared().redis.exists(keyOf(guest))) === 0);
  await eventually('and counted', async () => (await counted('gone')) === before + 1);
  expect(guest.received()).toHaveLength(1);
});

test('a service that is busy is asked again, until it takes the call', async () => {
  const guest = await guestOfAnOpenRestaurant();
  await guest.subscribe();
  const before = await counted('sent');
  peer.answer(new URL(guest.endpoint).pathname, 503, 429);
  await guest.act('waiting_call');
  await comes(guest, 3, 30_000);
  await eventually('it is counted once', async () => (await counted('sent')) === before + 1);
  expect([0, 1, 2].map((n) => guest.shown(n)?.body)).toEqual(Array(3).fill(guest.shown(0)?.body));
});

test('a call that a killed process was telling is told by the next one', async () => {
  const { app } = shared();
  const guest = await guestOfAnOpenRestaurant();
  await guest.subscribe();
  peer.answer(new URL(guest.endpoint).pathname, 'silence');
  await guest.act('waiting_call');
  await comes(guest, 1);
  await app.server.kill();
  await app.start();
  await comes(guest, 2, takeoverMillis);
  expect(guest.shown(1)).toEqual(guest.shown(0));
});

describe('what Redis keeps', () => {
  const place = { name: '성수 만두', timeZone: 'Asia/Seoul' };
  const subscriptionAt = (n: number) => ({
    endpoint: `https://push.example/${n}`,
    keys: newBrowser().keys,
    language: 'en' as const,
    place,
  });

  test('ends by itself, two days after it was put last', async () => {
    const guest = await guestOfAnOpenRestaurant();
    await guest.subscribe();
    const { redis } = shared();
    const ttl = await redis.ttl(keyOf(guest));
    expect(ttl).toBeGreaterThan(47 * 3_600);
    expect(ttl).toBeLessThanOrEqual(48 * 3_600);
    // No user: keys, a language, and what the restaurant is called.
    const [text = ''] = Object.values(await redis.hgetall(keyOf(guest)));
    expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(['at', 'keys', 'language', 'place']);
  });

  test('is the newest five of a waiting', async () => {
    const { redis } = shared();
    let now = 0;
    const prefix = `test-${randomUUID()}`;
    const subscriptions = redisSubscriptions(redis, prefix, () => (now += 1));
    const six = [1, 2, 3, 4, 5, 6].map(subscriptionAt);
    for (const each of six.slice(0, 5)) await subscriptions.put(1, each);
    const [first, second] = six;
    // Put again, so that it is not the oldest any more.
    if (first) await subscriptions.put(1, first);
    for (const each of six.slice(5)) await subscriptions.put(1, each);
    const [kept, none] = await subscriptions.of([1, 2]);
    const endpoints = kept?.map(({ endpoint }) => endpoint).sort();
    expect(endpoints).toEqual(six.filter((each) => each !== second).map(({ endpoint }) => endpoint));
    expect(kept).toContainEqual(first);
    expect(none).toEqual([]);
    await redis.del(`${prefix}:1`);
  });

  test('is passed over where another version has written it', async () => {
    const { redis } = shared();
    const prefix = `test-${randomUUID()}`;
    const subscriptions = redisSubscriptions(redis, prefix);
    await redis.hset(`${prefix}:1`, 'https://push.example/old', '{"p256dh":"…"}');
    const one = subscriptionAt(1);
    await subscriptions.put(1, one);
    expect(await subscriptions.of([1])).toEqual([[one]]);
    await redis.del(`${prefix}:1`);
  });
});
