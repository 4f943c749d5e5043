/** A gateway that proves itself by its certificate, over real TLS. */
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { clientPair, newAuthority, type Pair, serverPair } from '../../../infra/security/authority.ts';
import { inMemoryWorker } from '../../../test/httpInMemoryWorker.ts';
import { ingressDeps } from '../../../test/ingressDeps.ts';
import { createIngress } from '../ingress.ts';

interface Answer {
  readonly status: number | undefined;
  readonly code: unknown;
  readonly hsts: unknown;
}

let authority: Pair;
let server: Pair;
beforeAll(async () => {
  authority = await newAuthority();
  server = await serverPair(authority, 'ingress');
});

/** What an owner's words are answered, said over a connection that shows this. */
async function answered(shown: Partial<Pair>): Promise<Answer> {
  const ingress = createIngress({
    ...ingressDeps(inMemoryWorker()),
    access: { mode: 'gateway', secret: null, linkKeys: ['a key of tests, which is long enough'] },
    tls: { ...server, clientCa: authority.cert },
    front: { hstsSeconds: 60 },
  });
  const port = await ingress.start(0, '127.0.0.1');
  const headers = { 'x-waiting-role': 'owner', 'x-waiting-user': 'kim', 'x-waiting-restaurants': '1' };
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const options = { ca: authority.cert, ...shown, headers, agent: false };
      get(`https://127.0.0.1:${port}/restaurants/1/queue`, options, (response) => {
        text(response).then((body) => {
          const { code } = JSON.parse(body) as { readonly code?: string };
          resolve({
            status: response.statusCode,
            code,
            hsts: response.headers['strict-transport-security'],
          });
        }, reject);
      }).on('error', reject);
    });
  } finally {
    await ingress.stop();
  }
}

describe('a gateway without a secret', () => {
  test('is believed by a certificate of its authority', async () => {
    // Nobody has configured the restaurant: whom it belongs to, the gateway has said.
    expect(await answered(await clientPair(authority, 'gateway'))).toEqual({
      status: 404,
      code: 'RESTAURANT_NOT_FOUND',
      hsts: 'max-age=60',
    });
  });

  test('is nobody without one', async () => {
    expect(await answered({})).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test('is nobody by the certificate of another authority', async () => {
    const other = await clientPair(await newAuthority(), 'gateway');
    expect(await answered(other)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});
