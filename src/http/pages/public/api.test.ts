import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { createApi, Refusal } from './api.js';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (_req, res) =>
    void res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

/** A server that answers one request after the other, and what it was asked. */
async function withAnswers(
  answers: readonly Answer[],
  work: (url: string, asked: readonly IncomingMessage[]) => Promise<void>,
): Promise<void> {
  const asked: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    asked.push(req);
    (answers[asked.length - 1] ?? json(500, {}))(req, res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const cutOff: Answer = (req) => void req.socket.destroy();

describe('a write', () => {
  test('is repeated with the same key until it is answered', () =>
    withAnswers(
      [cutOff, json(503, { code: 'COMMAND_NOT_SENT' }), json(200, { waitingId: 1 })],
      async (url, asked) => {
        expect(await createApi('a-token').write('POST', `${url}/x`, { moveTime: 5 })).toEqual({
          waitingId: 1,
        });
        const keys = new Set(asked.map(({ headers }) => headers['idempotency-key']));
        expect([asked.length, keys.size]).toEqual([3, 1]);
        expect(asked[0]?.headers.authorization).toBe('Bearer a-token');
      },
    ));

  test('that is refused is not repeated, and says why', () =>
    withAnswers([json(409, { code: 'CALL_PENDING', detail: 'not yet' })], async (url, asked) => {
      const refused: unknown = await createApi(null)
        .write('POST', `${url}/x`)
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Refusal);
      expect(refused).toMatchObject({ status: 409, code: 'CALL_PENDING', detail: 'not yet' });
      expect(asked).toHaveLength(1);
    }));

  test('without an outcome yet is followed until it has one', async () => {
    const waiting = { waitingId: 7 };
    const outcome = { status: 'ACCEPTED', waiting, token: 'link' };
    await withAnswers(
      [
        (req, res) =>
          json(
            202,
            { status: 'PENDING' },
            { location: `http://${String(req.headers.host)}/commands/1` },
          )(req, res),
        json(202, { status: 'PENDING' }),
        json(200, outcome),
      ],
      async (url) => {
        expect(await createApi(null).write('POST', `${url}/x`)).toEqual({ ...waiting, token: 'link' });
      },
    );
  });

  test('whose outcome turns out to be a refusal is refused', () =>
    withAnswers(
      [
        (req, res) => json(202, {}, { location: `http://${String(req.headers.host)}/commands/1` })(req, res),
        json(200, { status: 'REJECTED', code: 'QUEUE_FULL', detail: 'full' }),
      ],
      async (url) => {
        await expect(createApi(null).write('POST', `${url}/x`)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      },
    ));
});

test('a read that is refused says why, also without a body', () =>
  withAnswers([(_req, res) => void res.writeHead(502).end('<html>')], async (url) => {
    await expect(createApi(null).read(`${url}/x`)).rejects.toMatchObject({ status: 502, code: 'UNKNOWN' });
  }));
