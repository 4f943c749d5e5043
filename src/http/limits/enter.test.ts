import { describe, expect, test } from '@jest/globals';
import { openStream } from '../../../test/eventStream.ts';
import { type Answer, openRestaurant, type Setting, until, withIngress } from '../../../test/httpIngress.ts';
import { inMemoryWorker } from '../../../test/httpInMemoryWorker.ts';
import { identities } from '../../../test/identities.ts';
import { allowances, ofAddress, type Rate } from './table.ts';

const provider = await identities();
const { access } = provider;

/** Sends a request again and again until it is refused for how often; answers how often it was not, and the refusal. */
async function flood(send: () => Promise<Answer>): Promise<readonly [times: number, refusal: Answer]> {
  for (let times = 0; ; times += 1) {
    const answer = await send();
    if (answer.status === 429) return [times, answer];
  }
}

/** So few that a test is over before their windows are. */
const few = 0.1;
const points = ({ points: all }: Rate): number => Math.ceil(all * few);

/** Runs the callback with restaurants 1 and 2, and what their owners and a customer send. */
function withPeople(
  callback: (
    setting: Setting,
    people: Record<'kim' | 'lee' | 'guest', Record<string, string>>,
  ) => Promise<void>,
  options: Parameters<typeof withIngress>[1] = {},
): Promise<void> {
  const worker = inMemoryWorker();
  const shows = async (claims: Record<string, unknown>) => ({
    authorization: `Bearer ${await provider.token(claims, worker.now)}`,
  });
  return withIngress(
    async (setting) => {
      const [kim, lee, guest] = await Promise.all([
        shows({ sub: 'kim', role: 'owner', restaurants: [1] }),
        shows({ sub: 'lee', role: 'owner', restaurants: [2] }),
        shows({ sub: '11', role: 'customer' }),
      ]);
      for (const [restaurantId, owner] of [kim, lee].entries()) {
        const call: Setting['call'] = (method, path, body) => setting.call(method, path, body, owner);
        await openRestaurant({ ...setting, call }, {}, restaurantId + 1);
      }
      await callback(setting, { kim, lee, guest });
    },
    { worker, access, limits: { factor: few }, ...options },
  );
}

describe('who asks too often', () => {
  test('is told when to go on, while others are served', () =>
    withPeople(async ({ call, worker }, { kim, lee }) => {
      const path = '/restaurants/1/dates/1/actions/close';
      const [, refusal] = await flood(() => call('POST', path, {}, kim));
      expect(refusal.body).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS', instance: path });
      expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(refusal.headers.get('retry-after'))).toBeLessThanOrEqual(allowances.OWNER.write.seconds);

      const written = worker.log.length;
      expect(await call('POST', path, {}, kim)).toMatchObject({ status: 429 });
      expect(worker.log).toHaveLength(written);
      expect(await call('GET', '/restaurants/1/queue', undefined, kim)).toMatchObject({ status: 200 });
      expect(await call('POST', '/restaurants/2/dates/1/actions/close', {}, lee)).toMatchObject({
        status: 200,
      });
    }));

  test.each(['/restaurants/1/queue', '/restaurants/1/queue/'])(
    'reads %s no more, however it is spelled',
    (path) =>
      withPeople(async ({ call, metrics, lines }, { kim, lee }) => {
        const [times] = await flood(() => call('GET', path, undefined, kim));
        expect(times).toBe(points(allowances.OWNER.read));
        expect(await call('GET', '/waitings?restaurantId=1', undefined, kim)).toMatchObject({ status: 429 });
        expect(await call('GET', '/restaurants/2/queue', undefined, lee)).toMatchObject({ status: 200 });
        expect(await metrics.metrics()).toContain('waiting_http_limited_total{kind="read",role="OWNER"} 2');
        // A flood is not to fill the log.
        expect(lines.filter((line) => line.includes('429'))).toEqual([]);
      }),
  );

  test('registers less often than he does anything else', () =>
    withPeople(async ({ call }, { guest }) => {
      const team = { datesId: 1, userCount: 2, restaurantId: 1, userId: 11 };
      const [times] = await flood(() => call('POST', '/waitings', team, guest));
      expect(times).toBeLessThan(points(allowances.CUSTOMER.write));
      expect(times).toBe(points(allowances.CUSTOMER.registration));
      expect(await call('GET', '/waitings/10000001', undefined, guest)).toMatchObject({ status: 200 });
    }));

  test('opens no more streams', () =>
    withPeople(
      async ({ url, call }, { kim }) => {
        const path = '/restaurants/1/stream';
        const streams = [await openStream(url, path, kim), await openStream(url, path, kim)];
        const refusal = await call('GET', path, undefined, kim);
        expect(refusal).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
        // Heartbeats look again who it is, and are not counted.
        await until(() => streams.every((stream) => stream.text().split('\n:').length > 20));
        for (const stream of streams) {
          stream.close();
          await stream.ended.catch(() => undefined);
        }
      },
      { streamTiming: { heartbeat: 2 } },
    ));
});

describe('a process that is full', () => {
  test('sends new streams elsewhere', () =>
    withPeople(
      async ({ url, call }, { kim }) => {
        const stream = await openStream(url, '/restaurants/1/stream', kim);
        const refusal = await call('GET', '/restaurants/1/stream', undefined, kim);
        expect(refusal).toMatchObject({ status: 503, body: { code: 'TOO_MANY_STREAMS' } });
        expect(refusal.headers.get('retry-after')).toBe('5');
        stream.close();
        await stream.ended.catch(() => undefined);
      },
      { limits: { streamsMost: 1 } },
    ));
});

describe('an address', () => {
  test.each([
    ['without a token', {}],
    ['with one that is not good', { authorization: 'Bearer nonsense' }],
  ])('that asks %s hears 401 only so often; who is known goes on', (_how, headers) =>
    withPeople(async ({ call }, { kim }) => {
      const [times] = await flood(() => call('GET', '/restaurants/1/queue', undefined, headers));
      expect(times).toBe(points(allowances.STRANGER.read));
      expect(await call('GET', '/restaurants/1/queue', undefined, kim)).toMatchObject({ status: 200 });
    }),
  );

  test('that tries tokens on what is no queue is limited as well', () =>
    withPeople(async ({ call }) => {
      const [times] = await flood(() =>
        call('GET', '/metrics', undefined, { authorization: 'Bearer nonsense' }),
      );
      expect(times).toBe(points(allowances.STRANGER.read));
    }));

  test('is limited in all that it asks, but for probes', () =>
    withIngress(
      async ({ url, call }) => {
        const get = async (path: string): Promise<number> => (await fetch(url + path)).status;
        expect(await get('/no/such/path')).toBe(404);
        expect([await get('/no/such/path'), await get('/docs'), await get('/waitings/1')]).toEqual([
          429, 429, 429,
        ]);
        expect(await call('GET', '/health/live')).toMatchObject({ status: 200 });
        expect(await call('GET', '/health/ready')).toMatchObject({ status: 200 });
      },
      { limits: { factor: 1 / ofAddress.points } },
    ));
});
