/** Pages that lose their server, or their network: they say so, keep what they knew, and catch up by themselves. */
import { expect, test } from '@jest/globals';
import { eventually } from '../http.ts';
import { identity, sharedPages } from './house.ts';
import { type Person, withPeople } from './person.ts';
import { guest, isLive, owner, reads, shows, workerOf } from './scenes.ts';

const shared = sharedPages();

/** A page asks for its stream again at least every half a minute. */
const backMillis = 60_000;

/** A text with a time in it, as a pattern. */
const anyTime = (words: (time: string) => string): RegExp => {
  const [before = '', after = ''] = words('\0').split('\0');
  return new RegExp(`${before}\\d\\d:\\d\\d${after}`);
};

test('a killed ingress is missed, and what happened meanwhile is shown when it is back', async () => {
  const { browser, application, house: open } = shared();
  const ingress = await application({ ...identity, ROLES: 'ingress' });
  await ingress.start();
  const house = await open({}, ingress);
  const [first, second] = [await house.team(), await house.team()];
  await withPeople(browser, async (arrive) => {
    const [tablet, phone] = await bothOpen(arrive, await house.pair(), first.url);
    await ingress.server.kill();
    await Promise.all([
      tablet.sees(anyTime(owner.outage), backMillis),
      phone.sees(
        new RegExp(`${anyTime(guest.offline).source}|${anyTime(guest.reconnecting).source}`),
        backMillis,
      ),
    ]);
    // What was known is still there.
    await Promise.all([reads(phone, guest.next), shows(tablet, second.ticketNo, 'WAITING')]);

    await first.call();
    await second.leaves();
    await ingress.start();
    await tablet.sees(owner.connections.live, backMillis);
    await shows(tablet, first.ticketNo, 'FIRST_CALLED');
    await tablet.sees(owner.teams(1, 20));
    await phone.control('button', guest.comeIn(5), backMillis);
    await reads(phone, guest.firstCall);
    await Promise.all([
      tablet.noLongerSees(anyTime(owner.outage)),
      phone.noLongerSees(anyTime(guest.offline)),
    ]);

    // And both work again.
    await phone.tap('button', guest.comeIn(5));
    await Promise.all([reads(phone, guest.coming), shows(tablet, first.ticketNo, 'COMMING')]);
  });
  await ingress.server.stop();
});

test('without a network a page says as of when it is, and goes on once there is one', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  const team = await house.team();
  await withPeople(browser, async (arrive) => {
    const [tablet, phone] = await bothOpen(arrive, await house.pair(), team.url);
    for (const { page } of [tablet, phone]) await page.setOfflineMode(true);
    await Promise.all([
      tablet.sees(owner.connections.offline),
      tablet.sees(anyTime(owner.outage)),
      phone.sees(anyTime(guest.offline)),
    ]);
    expect(await phone.has('heading', guest.next)).toBe(true);
    await team.call();
    for (const { page } of [tablet, phone]) await page.setOfflineMode(false);
    await Promise.all([reads(phone, guest.firstCall), isLive(tablet)]);
    await shows(tablet, team.ticketNo, 'FIRST_CALLED');
    await phone.noLongerSees(anyTime(guest.offline));
  });
});

test('a page that comes too slowly is shown as it was kept', async () => {
  const { app, browser, house: open } = shared();
  const house = await open();
  const team = await house.team();
  await withPeople(browser, async (arrive) => {
    const phone = await arrive({ device: 'phone' });
    await phone.open(team.url);
    await reads(phone, guest.next);
    await eventually('all of the page is kept', () => phone.page.evaluate(isKept));
    const worker = await workerOf(browser, app.url);
    // What has come is not kept before the test is over.
    await worker.evaluate(() => {
      Cache.prototype.put = () => new Promise(() => undefined);
    });
    await phone.page.reload();
    await reads(phone, guest.next);
  });
});

/** Whether the service worker has everything that the page was made of. */
async function isKept(): Promise<boolean> {
  const parts = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
  const files = parts.filter((path) => path.startsWith('/pages/'));
  const found = await Promise.all(['/w/', ...files].map((path) => caches.match(path)));
  return found.every((answer) => answer !== undefined);
}

async function bothOpen(
  arrive: Parameters<Parameters<typeof withPeople>[1]>[0],
  tabletUrl: string,
  phoneUrl: string,
): Promise<[tablet: Person, phone: Person]> {
  const [tablet, phone] = [await arrive({ device: 'tablet' }), await arrive({ device: 'phone' })];
  await tablet.open(tabletUrl);
  await phone.open(phoneUrl);
  await isLive(tablet);
  await reads(phone, guest.next);
  return [tablet, phone];
}
