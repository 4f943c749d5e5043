import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, withIngress, type Answer, type Client } from '../../test/httpIngress.ts';
import { inMemoryWorker } from '../../test/httpInMemoryWorker.ts';
import { identities } from '../../test/identities.ts';
import { isGuest } from './guests.ts';

const join = (
  { call }: Client,
  guestId: string,
  headers: Record<string, string> = {},
  body: object = {},
): Promise<Answer> => call('POST', '/restaurants/1/guests', { guestId, userCount: 2, ...body }, headers);

describe('a guest', () => {
  test('joins the day that is open, and is given the link of the waiting', () =>
    withIngress(async (client) => {
      await openRestaurant(client);
      const { status, body } = await join(client, randomUUID());
      expect(status).toBe(201);
      expect(body).toMatchObject({ waitingId: 10_000_001, ticketNo: 1, status: 'WAITING', datesId: 1 });
      expect(isGuest(Number(body?.['userId']))).toBe(true);
      const link = { authorization: `Bearer ${String(body?.['token'])}` };
      expect((await client.call('GET', '/waitings/10000001', undefined, link)).status).toBe(200);
    }));

  test('of one browser is one customer, of another another one', () =>
    withIngress(async (client) => {
      await openRestaurant(client);
      const guestId = randomUUID();
      await join(client, guestId);
      const again = await join(client, guestId.toUpperCase());
      expect([again.status, again.body?.['code']]).toEqual([409, 'ALREADY_WAITING']);
      expect((await join(client, randomUUID())).status).toBe(201);
    }));

  test('whose answer was lost gets it again, also when the day is closed by then', () =>
    withIngress(async (client) => {
      await openRestaurant(client);
      const [guestId, key] = [randomUUID(), { 'idempotency-key': randomUUID() }];
      const first = await join(client, guestId, key);
      await client.call('POST', '/restaurants/1/dates/1/actions/close', {});
      const again = await join(client, guestId, key);
      expect([again.status, again.body?.['waitingId'], again.body?.['token']]).toEqual([
        201,
        first.body?.['waitingId'],
        first.body?.['token'],
      ]);
    }));

  test.each([
    ['no restaurant', 2, { guestId: randomUUID(), userCount: 2 }, 404, 'RESTAURANT_NOT_FOUND'],
    ['no UUID', 1, { guestId: 'me', userCount: 2 }, 400, 'VALIDATION'],
    ['nobody', 1, { guestId: randomUUID(), userCount: 0 }, 400, 'VALIDATION'],
    ['too large a party', 1, { guestId: randomUUID(), userCount: 21 }, 422, 'PARTY_SIZE'],
  ])('with %s is refused', (_, restaurantId, body, status, code) =>
    withIngress(async (client) => {
      await openRestaurant(client);
      const answer = await client.call('POST', `/restaurants/${restaurantId}/guests`, body);
      expect([answer.status, answer.body?.['code']]).toEqual([status, code]);
    }),
  );

  test('is refused before any day, and while the restaurant is closed', () =>
    withIngress(async (client) => {
      await client.call('PUT', '/restaurants/1', { name: '다예약 식당' });
      const early = await join(client, randomUUID());
      expect([early.status, early.body?.['code']]).toEqual([404, 'DATES_NOT_FOUND']);
      await openRestaurant(client);
      await client.call('POST', '/restaurants/1/dates/1/actions/close', {});
      const late = await join(client, randomUUID());
      expect([late.status, late.body?.['code']]).toEqual([422, 'OUTSIDE_BUSINESS_HOURS']);
    }));
});

describe('the summary', () => {
  test('says what is to be known before joining', () =>
    withIngress(async (client) => {
      await openRestaurant(client, { minutesPerTeam: 4 });
      await register(client, 1);
      await register(client, 2);
      const { body } = await client.call('GET', '/restaurants/1/summary');
      expect(body).toMatchObject({
        name: '다예약 식당',
        open: true,
        datesId: 1,
        opensAt: '2025-10-02T11:00:00+09:00',
        closesAt: '2025-10-02T22:00:00+09:00',
        teams: 2,
        maxTeams: 20,
        estimatedWaitMinutes: 8,
      });
    }));

  test('of a restaurant without a day, and of a closed one, says that it is not open', () =>
    withIngress(async (client) => {
      await client.call('PUT', '/restaurants/1', { name: '다예약 식당' });
      expect((await client.call('GET', '/restaurants/1/summary')).body).toMatchObject({
        open: false,
        datesId: null,
        opensAt: null,
      });
      await openRestaurant(client);
      await client.call('POST', '/restaurants/1/dates/1/actions/close', {});
      expect((await client.call('GET', '/restaurants/1/summary')).body).toMatchObject({
        open: false,
        datesId: 1,
      });
    }));
});

describe("the link of a restaurant's sign", () => {
  const links = async (client: Client): Promise<readonly unknown[]> => {
    await openRestaurant(client);
    const sign = await client.call('GET', '/restaurants/1/joinLink');
    const pairing = await client.call('POST', '/restaurants/1/pairings', {});
    expect(sign.body?.['qr']).toMatch(/^<svg /);
    return [sign.body?.['url'], pairing.body?.['url']].map((url) => String(url).replace(/#eyJ.+$/, '#…'));
  };

  test('and a tablet’s lead to where the request came to', () =>
    withIngress(async (client) => {
      expect(await links(client)).toEqual([`${client.url}/r/1#…`, `${client.url}/o/1#…`]);
    }));

  test('and a tablet’s lead to the public address, where there is one', () =>
    withIngress(
      async (client) => {
        expect(await links(client)).toEqual(['https://wait.example/r/1#…', 'https://wait.example/o/1#…']);
      },
      { publicUrl: 'https://wait.example' },
    ));

  test('lets nobody see or do anything but join', async () => {
    const { access, token } = await identities();
    const worker = inMemoryWorker();
    await withIngress(
      async (client) => {
        const owner = await token({ sub: 'kim', role: 'owner', restaurants: [1] }, worker.now);
        const as = (who: string): Client => ({
          ...client,
          call: (method, path, body) => client.call(method, path, body, { authorization: `Bearer ${who}` }),
        });
        await openRestaurant(as(owner));
        const sign = String((await as(owner).call('GET', '/restaurants/1/joinLink')).body?.['token']);
        expect((await as(sign).call('GET', '/restaurants/1/queue')).status).toBe(403);
        const joined = await join(as(sign), randomUUID());
        expect(joined.status).toBe(201);
        // Not even the waiting: that takes the link that it was answered.
        expect((await as(sign).call('GET', '/waitings/10000001')).status).toBe(403);
        const own = String(joined.body?.['token']);
        expect((await as(own).call('GET', '/waitings/10000001')).status).toBe(200);
        expect((await as(own).call('GET', '/restaurants/1/summary')).status).toBe(200);
      },
      { worker, access },
    );
  });
});
