/** What happens on the way from one state of a page to the next: whoever looks at that moment has to be able to read it. */
import { expect, test } from '@jest/globals';
import { expectReadable } from './accessible.ts';
import { sharedPages, type Team } from './house.ts';
import { holdMotion } from './motion.ts';
import { type Person, withPeople } from './person.ts';
import { guest, isLive, owner, reads, shows, tapTooLate } from './scenes.ts';

const shared = sharedPages();

test('text can be read at every moment of a change', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  const lives: readonly (readonly [live: (team: Team) => Promise<void>, headline: string])[][] = [
    [
      [(team) => team.call(), guest.firstCall],
      [(team) => team.coming(), guest.coming],
      [(team) => team.arrives(), guest.arrived],
      [(team) => team.enters(), guest.entered],
    ],
    [
      [(team) => team.lapses(), guest.missed],
      [(team) => team.call(), guest.finalCall],
      [(team) => team.leaves(), guest.cancelled],
    ],
  ];
  await withPeople(browser, async (arrive) => {
    const [tablet, phone] = [await arrive({ device: 'tablet' }), await arrive({ device: 'phone' })];
    for (const { page } of [tablet, phone]) await holdMotion(page);
    await tablet.open(await house.pair());
    await isLive(tablet);
    for (const life of lives) {
      const team = await house.team();
      await phone.open(team.url);
      await reads(phone, guest.next);
      await expectReadable(phone, guest.next);
      for (const [live, headline] of life) {
        await live(team);
        await reads(phone, headline);
        await expectReadable(phone, headline);
      }
    }
    const called = await house.team();
    await called.call();
    await shows(tablet, called.ticketNo, 'FIRST_CALLED');
    await expectReadable(tablet, owner.states.FIRST_CALLED);
  });
});

test('that something is being sent is said once it takes longer, and can be read from then on', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  await withPeople(browser, async (arrive) => {
    for (const reducedMotion of ['no-preference', 'reduce']) {
      const phone = await arrive({ device: 'phone' });
      await phone.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: reducedMotion }]);
      await holdMotion(phone.page);
      const team = await house.team();
      await team.call();
      await phone.open(team.url);
      await tapTooLate(phone, guest.comeIn(5), async () => {
        await phone.sees(guest.sending);
        expect(await opacityOf(phone, '#sending')).toBe(0);
        await expectReadable(phone, `sending, ${reducedMotion}`);
        expect(await opacityOf(phone, '#sending')).toBe(1);
      });
      await reads(phone, guest.coming);
    }
  });
});

const opacityOf = ({ page }: Person, selector: string): Promise<number> =>
  page.$eval(selector, (element) => Number(getComputedStyle(element).opacity));

test('the bar of the browser has the colour of the page', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  const team = await house.team();
  await withPeople(browser, async (arrive) => {
    const phone = await arrive({ device: 'phone' });
    await phone.open(team.url);
    for (const [live, headline, colour] of [
      [() => Promise.resolve(), guest.next, 'rgb(251, 249, 245)'],
      [team.call, guest.firstCall, 'rgb(179, 71, 0)'],
      [team.coming, guest.coming, 'rgb(251, 249, 245)'],
      [team.arrives, guest.arrived, 'rgb(27, 110, 60)'],
    ] as const) {
      await live();
      await reads(phone, headline);
      const bar = await phone.page.$eval('meta[name=theme-color]', (meta) => meta.getAttribute('content'));
      expect({ headline, bar }).toEqual({ headline, bar: colour });
    }
  });
});
