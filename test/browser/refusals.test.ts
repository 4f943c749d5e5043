/** What somebody is told who cannot have what they ask for; and that names and reasons are text, whatever is in them. */
import { expect, test } from '@jest/globals';
import { sharedPages } from './house.ts';
import { withPeople } from './person.ts';
import { english, guest, isLive, join, owner, reads, refused, shows, tapTooLate } from './scenes.ts';

const shared = sharedPages();

test('a full queue, and one that fills up at the last moment', async () => {
  const { browser, house: open } = shared();
  const house = await open({ maxTeams: 2 });
  await house.team();
  await withPeople(browser, async (arrive) => {
    const phone = await arrive({ device: 'phone' });
    await phone.open(await house.joinUrl());
    await tapTooLate(phone, guest.join(2), () => house.team());
    await phone.sees(refused('QUEUE_FULL'));

    const late = await arrive({ device: 'phone' });
    await late.open(await house.joinUrl());
    await late.sees(guest.full);
    await late.sees(guest.fullMeans(2));
  });
});

test('a party of another size, and a closed day', async () => {
  const { browser, house: open } = shared();
  const house = await open({ minUserCount: 2, maxUserCount: 3 });
  await withPeople(browser, async (arrive) => {
    const phone = await arrive({ device: 'phone' });
    await phone.open(await house.joinUrl());
    await phone.sees(guest.partyBounds(2, 3));
    await tapTooLate(phone, guest.join(2), () => house.configure({ minUserCount: 3, maxUserCount: 3 }));
    await phone.sees(refused('PARTY_SIZE'));

    await house.closeDay();
    await phone.page.reload();
    await phone.sees(guest.closed);
    await phone.sees(guest.closedMeans);
    const tablet = await arrive({ device: 'tablet' });
    await tablet.open(await house.pair());
    await tablet.sees(owner.closed);
    await tablet.sees(owner.notOpen);
  });
});

test('who taps second is told that the other tablet was first', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  const { ticketNo } = await house.team();
  await withPeople(browser, async (arrive) => {
    const [second, first] = [await arrive({ device: 'tablet' }), await arrive({ device: 'tablet' })];
    for (const tablet of [second, first]) {
      await tablet.open(await house.pair());
      await isLive(tablet);
    }
    await tapTooLate(second, owner.firstCallTeam(ticketNo), async () => {
      await first.tap('button', owner.firstCallTeam(ticketNo));
      await shows(first, ticketNo, 'FIRST_CALLED');
    });
    await second.sees(owner.refusals.CALL_PENDING);
    await shows(second, ticketNo, 'FIRST_CALLED');
  });
});

test('a tablet whose link is revoked, links that open nothing, and a deleted waiting', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  const [team, deleted] = [await house.team(), await house.team()];
  await withPeople(browser, async (arrive) => {
    const tablet = await arrive({ device: 'tablet' });
    await tablet.open(await house.pair());
    await isLive(tablet);
    await tapTooLate(tablet, owner.firstCallTeam(team.ticketNo), house.revoke);
    await reads(tablet, owner.gate.unpaired);
    await tablet.page.reload();
    await reads(tablet, owner.gate.unpaired);
    const stranger = await arrive({ device: 'tablet' });
    await stranger.open(new URL(await house.pair()).href.replace(/#.*/, ''));
    await reads(stranger, owner.gate.unpaired);

    const phone = await arrive({ device: 'phone' });
    await phone.open(team.url.replace(/#.*/, '#nonsense'));
    await reads(phone, guest.badLink);
    await phone.open((await house.joinUrl()).replace(/#.*/, '#nonsense'));
    await reads(phone, guest.joinBadLink);
    const left = await arrive({ device: 'phone' });
    await left.open(deleted.url);
    await reads(left, guest.near);
    await house.call('DELETE', `/waitings/${deleted.waitingId}`);
    await reads(left, guest.deleted);
    await left.page.reload();
    await reads(left, guest.notFound);
  });
});

test('markup in a name or a reason is text on every page', async () => {
  const { browser, house: open } = shared();
  const name = '<script>alert(1)</script>';
  const reason = '"><img src=x onerror=alert(2)>';
  const house = await open({ name });
  const team = await house.team();
  await withPeople(browser, async (arrive) => {
    const [tablet, phone, joining] = [
      await arrive({ device: 'tablet' }),
      await arrive({ device: 'phone' }),
      await arrive({ device: 'phone' }),
    ];
    await tablet.open(await house.pair());
    await phone.open(team.url);
    await joining.open(await house.joinUrl());
    for (const person of [tablet, phone, joining]) await person.sees(name);
    await joining.tap('button', guest.join(2));
    await reads(joining, guest.near);
    await joining.sees(name);

    await tablet.tap('button', owner.joinQr);
    await tablet.sees(owner.poster);
    await tablet.press('Escape');
    await tablet.tap('button', owner.cancelTeam(team.ticketNo));
    await tablet.tap('radio', owner.cancelReasons.other);
    const other = await tablet.control('textbox', owner.otherReason);
    await other.type(reason);
    await tablet.tap('button', owner.confirmCancel);
    await reads(phone, guest.ownerCancelled);
    await phone.sees(guest.reason(reason));
    for (const { page } of [tablet, phone, joining])
      expect(
        await page.evaluate(() => document.querySelectorAll('script:not([src]), img[onerror]').length),
      ).toBe(0);
  });
});

test('pages speak English to whoever asks for it, by their browser or by the switch', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  await withPeople(browser, async (arrive) => {
    const tourist = await arrive({ device: 'phone', languages: 'en-US,en;q=0.9' });
    await tourist.open(await house.joinUrl());
    await tourist.tap('button', english.guest.join(2));
    await reads(tourist, english.guest.next);
    expect(await languageOf(tourist.page)).toBe('en');

    const phone = await arrive({ device: 'phone' });
    await join(phone, await house.joinUrl(), 2);
    expect(await languageOf(phone.page)).toBe('ko');
    await phone.tap('button', 'English');
    await reads(phone, english.guest.near);
    expect(await languageOf(phone.page)).toBe('en');
    await phone.page.reload();
    await reads(phone, english.guest.near);
    await phone.tap('button', '한국어');
    await reads(phone, guest.near);

    const tablet = await arrive({ device: 'tablet', languages: 'en-GB,en;q=0.9,ko;q=0.5' });
    await tablet.open(await house.pair());
    await tablet.tap('button', english.owner.firstCallTeam(1));
    await reads(tourist, english.guest.firstCall);
    await tablet.tap('button', '한국어');
    await shows(tablet, 1, 'FIRST_CALLED');
  });
});

const languageOf = (page: { evaluate: (get: () => string) => Promise<string> }): Promise<string> =>
  page.evaluate(() => document.documentElement.lang);
