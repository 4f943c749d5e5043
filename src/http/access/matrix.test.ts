/** Everybody on every route: who gets through, and what the others are answered. */
import { describe, expect, test } from '@jest/globals';
import { withIngress, type Client } from '../../../test/httpIngress.ts';
import { inMemoryWorker } from '../../../test/httpInMemoryWorker.ts';
import { identities } from '../../../test/identities.ts';
import { document } from '../../../test/openApiCheck.ts';
import { subscription } from '../../../test/pushPeer.ts';

/** Of restaurant 1 but where it says otherwise. */
const people = [
  'owner',
  'owner of another',
  'tablet',
  'revoked tablet',
  'customer',
  'another customer',
  'link',
  'link of another',
  'service',
  'service of others',
  'operator',
  'stranger',
  'forger',
  'guest',
  'guest of another',
] as const;
type Person = (typeof people)[number];

/** 'in': whatever it is that the queue answers. */
type Answered = 'in' | 401 | 403 | 404;

const waiting = 10_000_001;
const key = '0190b9f0-0000-7000-8000-000000000001';

/** Each about restaurant 1, and the waiting of the customer there. */
const requests: Readonly<Record<string, readonly [method: string, path: string, body?: object]>> = {
  registerWaiting: ['POST', '/waitings', { restaurantId: 1, datesId: 1, userId: 11, userCount: 2 }],
  getWaiting: ['GET', `/waitings/${waiting}`],
  getOrder: ['GET', `/waitings/order/1/${waiting}`],
  streamWaiting: ['HEAD', `/waitings/${waiting}/stream`],
  listWaitings: ['GET', '/waitings?restaurantId=1'],
  callWaiting: ['POST', `/waitings/1/${waiting}/actions/waiting_call`, {}],
  answerCall: ['POST', `/waitings/1/${waiting}/actions/waiting_user_coming`, { moveTime: 5 }],
  markArrived: ['POST', `/waitings/1/${waiting}/actions/waiting_user_arrived`, {}],
  markEntered: ['POST', `/waitings/1/${waiting}/actions/waiting_entered`, {}],
  cancelWaiting: ['POST', `/waitings/1/${waiting}/actions/waiting_cancel`, {}],
  deleteWaiting: ['DELETE', `/waitings/${waiting}`],
  deleteAllWaitings: ['DELETE', '/waitings/all/1'],
  subscribeToPush: ['PUT', `/waitings/${waiting}/push`, subscription],
  unsubscribeFromPush: ['DELETE', `/waitings/${waiting}/push`],
  getPushKey: ['GET', '/push/key'],
  registerNoShow: ['POST', '/noShows', { restaurantId: 1, userId: 99 }],
  getNoShow: ['GET', '/noShows/10000001'],
  listNoShows: ['GET', '/noShows?restaurantId=1'],
  deleteNoShow: ['DELETE', '/noShows/10000001'],
  deleteAllNoShows: ['DELETE', '/noShows/all/1'],
  configureRestaurant: ['PUT', '/restaurants/1', { name: '다예약 식당' }],
  openBusinessDay: [
    'PUT',
    '/restaurants/1/dates/1',
    { date: '2025-10-02', opensAt: '2025-10-02T11:00:00', closesAt: '2025-10-02T22:00:00' },
  ],
  closeBusinessDay: ['POST', '/restaurants/1/dates/1/actions/close', {}],
  getDayNumbers: ['GET', '/restaurants/1/dates/1/numbers'],
  getQueue: ['GET', '/restaurants/1/queue'],
  streamQueue: ['HEAD', '/restaurants/1/stream'],
  pairTablet: ['POST', '/restaurants/1/pairings', {}],
  revokePairings: ['DELETE', '/restaurants/1/pairings'],
  getSummary: ['GET', '/restaurants/1/summary'],
  joinQueue: ['POST', '/restaurants/1/guests', { guestId: key, userCount: 2 }],
  getJoinLink: ['GET', '/restaurants/1/joinLink'],
  getCommand: ['GET', `/commands/${key}?restaurantId=1`],
  isAlive: ['GET', '/health/live'],
  isReady: ['GET', '/health/ready'],
  getMetrics: ['GET', '/metrics'],
  getOpenApi: ['GET', '/openapi.json'],
  getAsyncApi: ['GET', '/asyncapi.json'],
  getDocs: ['GET', '/docs'],
  getEventDocs: ['GET', '/docs/events'],
  getStyle: ['GET', '/docs/style.css'],
  getCustomerPage: ['GET', `/w/${waiting}`],
  getJoinPage: ['GET', '/r/1'],
  getOwnerPage: ['GET', '/o/1'],
  getPageFile: ['GET', '/pages/api.js'],
};

/** Guests may nothing where a row says nothing of them. */
const row = (...answered: Answered[]): readonly Answered[] =>
  [...answered, ...([403, 403] as const)].slice(0, people.length);
const everybody = people.map((): Answered => 'in');
const customers = row(403, 403, 403, 401, 'in', 404, 'in', 404, 403, 403, 403, 401, 401);
const anySide = row('in', 404, 'in', 401, 'in', 404, 'in', 404, 'in', 404, 403, 401, 401);
const ownersAlone = row('in', 404, 'in', 401, 403, 403, 403, 403, 403, 403, 403, 401, 401);
const staff = row('in', 404, 'in', 401, 403, 403, 403, 403, 'in', 404, 403, 401, 401);
const notOnTablets = row('in', 404, 403, 401, 403, 403, 403, 403, 'in', 404, 403, 401, 401);

/** In the order of `people`. */
const matrix: Readonly<Record<string, readonly Answered[]>> = {
  // A customer registers himself; the link of a waiting registers nobody.
  registerWaiting: row(403, 403, 403, 401, 'in', 403, 403, 403, 'in', 404, 403, 401, 401),
  getWaiting: anySide,
  getOrder: anySide,
  streamWaiting: anySide,
  listWaitings: staff,
  callWaiting: ownersAlone,
  answerCall: customers,
  markArrived: customers,
  markEntered: ownersAlone,
  cancelWaiting: row('in', 404, 'in', 401, 'in', 404, 'in', 404, 403, 403, 403, 401, 401),
  deleteWaiting: notOnTablets,
  deleteAllWaitings: notOnTablets,
  subscribeToPush: customers,
  unsubscribeFromPush: customers,
  getPushKey: everybody,
  registerNoShow: staff,
  getNoShow: staff,
  listNoShows: staff,
  deleteNoShow: notOnTablets,
  deleteAllNoShows: notOnTablets,
  configureRestaurant: notOnTablets,
  openBusinessDay: staff,
  closeBusinessDay: staff,
  getDayNumbers: staff,
  getQueue: staff,
  streamQueue: staff,
  pairTablet: notOnTablets,
  revokePairings: notOnTablets,
  // Whose command it was is known once there is an outcome: until then it is pending for every customer.
  getCommand: row('in', 404, 'in', 401, 'in', 'in', 'in', 'in', 'in', 404, 403, 401, 401, 'in', 404),
  getSummary: row('in', 404, 'in', 401, 'in', 'in', 'in', 'in', 'in', 404, 403, 401, 401, 'in', 404),
  joinQueue: row(403, 403, 403, 401, 403, 403, 403, 403, 403, 403, 403, 401, 401, 'in', 404),
  getJoinLink: staff,
  isAlive: everybody,
  isReady: everybody,
  getMetrics: row(403, 403, 403, 401, 403, 403, 403, 403, 403, 403, 'in', 401, 401),
  getOpenApi: everybody,
  getAsyncApi: everybody,
  getDocs: everybody,
  getEventDocs: everybody,
  getStyle: everybody,
  getCustomerPage: everybody,
  getJoinPage: everybody,
  getOwnerPage: everybody,
  getPageFile: everybody,
};

const operations = Object.values(document.paths).flatMap((methods) =>
  Object.values(methods).map(({ operationId }) => operationId),
);

test('every route is in the matrix', () => {
  expect(Object.keys(matrix).sort()).toEqual([...operations].sort());
  expect(Object.keys(requests).sort()).toEqual([...operations].sort());
});

const provider = await identities();
const forger = await identities();
const { access } = provider;

/** A queue with the customer's waiting and another's, and what everybody shows to be let in; null: nothing. */
async function scene(client: Client, now: number): Promise<Readonly<Record<Person, string | null>>> {
  const sign = (claims: Record<string, unknown>): Promise<string> => provider.token(claims, now);
  const owner = await sign({ sub: 'kim', role: 'owner', restaurants: [1] });
  const service = await sign({ sub: 'kiosks', role: 'service', restaurants: [1] });
  const ask = async (token: string, method: string, path: string, body?: object): Promise<string> => {
    const answer = await client.call(method, path, body, { authorization: `Bearer ${token}` });
    if (answer.status > 299) throw new Error(`${method} ${path}: ${answer.text}`);
    return String(answer.body?.['token']);
  };
  await ask(owner, 'PUT', '/restaurants/1', { name: '다예약 식당' });
  await ask(owner, ...(requests['openBusinessDay'] ?? ['', '']));
  const register = (userId: number): Promise<string> =>
    ask(service, 'POST', '/waitings', { restaurantId: 1, datesId: 1, userId, userCount: 2 });
  const pair = (): Promise<string> => ask(owner, 'POST', '/restaurants/1/pairings', {});
  const links = [await register(11), await register(12)] as const;
  await ask(owner, 'POST', '/noShows', { restaurantId: 1, userId: 99 });
  const ownerElsewhere = await sign({ sub: 'lee', role: 'owner', restaurants: [2, 3] });
  await ask(ownerElsewhere, 'PUT', '/restaurants/2', { name: '다른 식당' });
  const revoked = await pair();
  await ask(owner, 'DELETE', '/restaurants/1/pairings');
  return {
    owner,
    'owner of another': ownerElsewhere,
    tablet: await pair(),
    'revoked tablet': revoked,
    customer: await sign({ sub: '11', role: 'customer' }),
    'another customer': await sign({ sub: '12', role: 'customer' }),
    link: links[0],
    'link of another': links[1],
    service,
    'service of others': await sign({ sub: 'others', role: 'service', restaurants: [2] }),
    operator: await sign({ sub: 'ops', role: 'operator' }),
    stranger: null,
    forger: await forger.token({ sub: 'kim', role: 'owner', restaurants: [1] }, now),
    guest: await ask(owner, 'GET', '/restaurants/1/joinLink'),
    'guest of another': await ask(ownerElsewhere, 'GET', '/restaurants/2/joinLink'),
  };
}

describe.each(operations)('%s', (operation) => {
  test.each(people.map((person, index) => [person, matrix[operation]?.[index]] as const))(
    'asked by the %s: %s',
    async (person, expected) => {
      const worker = inMemoryWorker();
      await withIngress(
        async (client) => {
          const shown = (await scene(client, worker.now))[person];
          const [method, path, body] = requests[operation] ?? ['', ''];
          const headers = shown === null ? {} : { authorization: `Bearer ${shown}` };
          const { status } = await client.call(method, path, body, headers);
          expect(status === 401 || status === 403 || status === 404 ? status : 'in').toBe(expected);
          // A refusal of the queue is an answer, too; nothing here is to fail.
          expect(status).toBeLessThan(500);
        },
        { worker, access },
      );
    },
  );
});
