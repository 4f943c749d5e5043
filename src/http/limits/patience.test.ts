import { connect, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, type Setting, withIngress } from '../../../test/httpIngress.ts';
import { defaultPatience } from './patience.ts';

/** So short that a test need not wait long, and longer than a quick client takes on a busy machine; the server looks often. */
const patience = { headers: 1_000, request: 2_000, look: 20, idle: 1_000, silence: 1_500 };

/** What a client hears that sends the first part at once, and the rest a byte every 10 ms; resolves at the end of its connection. */
function heard({ url }: Setting, atOnce: string, dribbled: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const left = [...Buffer.from(dribbled)];
  return new Promise((resolve) => {
    let text = '';
    const socket: Socket = connect(Number(port), hostname, () => {
      socket.write(atOnce);
    });
    const dribble = setInterval(() => {
      const next = left.shift();
      if (next !== undefined) socket.write(Buffer.of(next));
    }, 10);
    socket.on('data', (piece: Buffer) => (text += piece.toString()));
    // Its writes may meet a connection that is gone.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(dribble);
      resolve(text);
    });
  });
}

/** Of a request with one that ends well, sent while the slow client is at it. */
const meanwhile = async (setting: Setting): Promise<number> => {
  const { status } = await setting.call('GET', '/waitings/10000001');
  return status;
};

describe('a client that takes its time', () => {
  test('with its headers is answered 408 and cut off, while others are served', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        await register(setting, 1);
        const slow = heard(
          setting,
          'GET /waitings/10000001 HTTP/1.1\r\nHost: a\r\n',
          `X-Slow: ${'a'.repeat(500)}`,
        );
        expect(await meanwhile(setting)).toBe(200);
        expect(await slow).toMatch(/^HTTP\/1\.1 408 /);
      },
      { patience },
    ));

  test('with its body is answered 408 and cut off, while others are served; nothing is done', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        await register(setting, 1);
        const written = setting.worker.log.length;
        const head =
          'POST /waitings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n';
        const slow = heard(setting, head, `{"datesId": 1,${' '.repeat(485)}`);
        expect(await meanwhile(setting)).toBe(200);
        expect(await slow).toMatch(/^HTTP\/1\.1 408 /);
        expect(setting.worker.log).toHaveLength(written);
      },
      { patience },
    ));

  test('with its first byte is cut off as well', () =>
    withIngress(
      async (setting) => {
        expect(await heard(setting, '', '')).toMatch(/^(HTTP\/1\.1 408 |$)/);
      },
      { patience },
    ));

  test('with its next request finds the connection closed', () =>
    withIngress(
      async (setting) => {
        const answer = await heard(setting, 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n', '');
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      },
      { patience },
    ));
});

test('headers beyond 16 KiB are answered 431', () =>
  withIngress(async (setting) => {
    const answer = await heard(
      setting,
      `GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${'a'.repeat(17_000)}\r\n\r\n`,
      '',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  }));

test('no header is dropped for their number: a proxy adds its own last', () =>
  withIngress(async (setting) => {
    const many = Array.from({ length: 2_500 }, () => 'a:b').join('\r\n');
    const request = `GET /health/live HTTP/1.1\r\nHost: a\r\n${many}\r\nX-Request-Id: last-1\r\nConnection: close\r\n\r\n`;
    expect(await heard(setting, request, '')).toMatch(/^X-Request-Id: last-1\r$/m);
  }));

test('the default lets a stream live from heartbeat to heartbeat, and a request be whole after its headers', () => {
  const { headers, request, silence } = defaultPatience;
  expect(silence).toBeGreaterThan(3 * 15_000);
  expect(request).toBeGreaterThan(headers);
});
