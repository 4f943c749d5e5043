/** Against a push service that listens, verifies and decrypts; over plain HTTP, which only the ingress refuses. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newBrowser, type PushPeer, signer, startPushPeer } from '../../test/pushPeer.ts';
import { createSend } from './send.ts';

let peer: PushPeer;
beforeAll(async () => {
  peer = await startPushPeer();
});
afterAll(() => peer.close());

const send = createSend(signer);
/** For the one that never answers: others may take their time on a busy machine. */
const sendInHaste = createSend(signer, 300);
const shown = { title: '식당', body: '3번, 지금 와 주세요.', tag: 'waiting-1' };
const message = { payload: JSON.stringify(shown), urgency: 'high', topic: 'waiting-1' } as const;
const pathOf = (endpoint: string): string => new URL(endpoint).pathname;

test('a message is signed for the service, and encrypted for the browser alone', async () => {
  const [browser, another] = [newBrowser(), newBrowser()];
  const endpoint = peer.endpoint();
  expect(await send({ endpoint, keys: browser.keys }, message, 600)).toEqual({ kind: 'sent' });
  const came = peer.received.find(({ path }) => path === pathOf(endpoint));
  expect(came?.headers).toMatchObject({
    ttl: '600',
    urgency: 'high',
    topic: 'waiting-1',
    'content-encoding': 'aes128gcm',
    'content-length': String(came?.body.length),
  });
  expect(came?.claims).toMatchObject({ sub: signer.subject, aud: new URL(endpoint).origin });
  expect(came && browser.decrypt(came.body)).toEqual(shown);
  expect(() => came && another.decrypt(came.body)).toThrow();
});

describe('what a service answers', () => {
  const answered = async (status: number | 'silence') => {
    const endpoint = peer.endpoint();
    peer.answer(pathOf(endpoint), status);
    const sendOne = status === 'silence' ? sendInHaste : send;
    return sendOne({ endpoint, keys: newBrowser().keys }, message, 600);
  };

  test.each([200, 201, 202, 204])('%s: it has it', async (status) => {
    expect(await answered(status)).toEqual({ kind: 'sent' });
  });
  test.each([404, 410])('%s: the browser is gone', async (status) => {
    expect(await answered(status)).toEqual({ kind: 'gone' });
  });
  test.each([400, 401, 403, 413])('%s: it never will', async (status) => {
    expect(await answered(status)).toMatchObject({ kind: 'refused' });
  });
  test.each([408, 500, 502, 503])('%s: it may later', async (status) => {
    expect(await answered(status)).toMatchObject({ kind: 'again', afterMillis: 0 });
  });
  test('429: when it says', async () => {
    expect(await answered(429)).toMatchObject({ kind: 'again', afterMillis: 1_000 });
  });
  test('nothing: it may later', async () => {
    expect(await answered('silence')).toMatchObject({
      kind: 'again',
      why: expect.stringContaining('Timeout'),
    });
  });
  test('go elsewhere: nobody goes there', async () => {
    expect(await answered(307)).toMatchObject({ kind: 'refused' });
    expect(peer.received.filter(({ path }) => path === '/elsewhere')).toEqual([]);
  });
});

test('a service that is not there may be there later', async () => {
  const gone = await startPushPeer();
  const endpoint = gone.endpoint();
  await gone.close();
  expect(await send({ endpoint, keys: newBrowser().keys }, message, 600)).toMatchObject({
    kind: 'again',
    why: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a browser without a key that works is never sent anything', async () => {
  const keys = { ...newBrowser().keys, p256dh: Buffer.alloc(65, 4).toString('base64url') };
  expect(await send({ endpoint: peer.endpoint(), keys }, message, 600)).toMatchObject({ kind: 'refused' });
});
