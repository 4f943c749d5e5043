/** A full restaurant at its door: what one of them does on a page, all others see on theirs. */
import { expect, test } from '@jest/globals';
import { eventually } from '../http.ts';
import { sharedPages } from './house.ts';
import { type Person, withPeople } from './person.ts';
import { guest, hears, isLive, join, letsGoOf, misses, owner, reads, shows } from './scenes.ts';

const shared = sharedPages();

test('two owners and four customers live through a waiting each', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  await withPeople(browser, async (arrive) => {
    const tablets: Person[] = [];
    for (let n = 0; n < 2; n += 1) {
      const tablet = await arrive({ device: 'tablet' });
      await tablet.open(await house.pair());
      await isLive(tablet);
      tablets.push(tablet);
    }
    const [one, other] = tablets as [Person, Person];
    const bothShow = (...team: [ticketNo: number, state: keyof typeof owner.states]): Promise<unknown> =>
      Promise.all(tablets.map((tablet) => shows(tablet, ...team)));
    const bothLetGoOf = (ticketNo: number): Promise<unknown> =>
      Promise.all(tablets.map((tablet) => letsGoOf(tablet, ticketNo)));
    await one.sees(owner.noTeams);

    const joined = async (people: number, ticketNo: number, headline: string): Promise<Person> => {
      const phone = await arrive({ device: 'phone' });
      await join(phone, await house.joinUrl(), people);
      await Promise.all([reads(phone, headline), bothShow(ticketNo, 'WAITING')]);
      return phone;
    };
    const first = await joined(2, 1, guest.next);
    const second = await joined(3, 2, guest.near);
    const third = await joined(4, 3, guest.near);
    await third.sees(guest.teams(2));
    const fourth = await joined(2, 4, guest.waiting);

    await one.tap('button', owner.firstCallTeam(1));
    await Promise.all([reads(first, guest.firstCall), bothShow(1, 'FIRST_CALLED')]);
    await hears(first, guest.firstCall);
    await first.sees(/\b9:\d\d\b|\b10:00\b/);
    await eventually('the title calls', async () => (await first.page.title()).includes(guest.firstCall));
    await first.tap('button', guest.comeIn(10));
    await Promise.all([reads(first, guest.coming), bothShow(1, 'COMMING')]);
    await first.tap('button', guest.arrive);
    await Promise.all([reads(first, guest.arrived), bothShow(1, 'ARRIVED')]);
    await other.tap('button', owner.enterTeam(1));
    await Promise.all([reads(first, guest.entered), bothLetGoOf(1)]);
    await Promise.all([reads(second, guest.next), third.sees(guest.teams(1))]);

    // Nobody answers within that time.
    const tooShort = { minuteMillis: 10, answerMinutes: 1 };
    await house.configure(tooShort);
    await other.tap('button', owner.firstCallTeam(2));
    await Promise.all([reads(second, guest.missed), bothShow(2, 'NO_ANSWER')]);
    await reads(third, guest.next);
    await house.configure({});
    await one.tap('button', owner.finalCallTeam(2));
    await Promise.all([reads(second, guest.finalCall), bothShow(2, 'FINAL_CALLED')]);
    await second.tap('button', guest.comeIn(5));
    await Promise.all([reads(second, guest.coming), bothShow(2, 'COMMING')]);
    await one.tap('button', owner.enterTeam(2));
    await Promise.all([reads(second, guest.entered), bothLetGoOf(2)]);

    await third.tap('button', guest.cancel);
    await third.control('dialog', guest.cancelTitle);
    await third.tap('button', guest.cancelNo);
    await reads(third, guest.next);
    await third.tap('button', guest.cancel);
    await third.tap('button', guest.cancelYes);
    await Promise.all([reads(third, guest.cancelled), bothLetGoOf(3)]);

    await house.configure(tooShort);
    await one.tap('button', owner.firstCallTeam(4));
    await Promise.all([reads(fourth, guest.missed), bothShow(4, 'NO_ANSWER')]);
    await other.tap('button', owner.finalCallTeam(4));
    await Promise.all([reads(fourth, guest.noShow), bothLetGoOf(4)]);

    const { waiting, seated, cancelled, noShows } = owner.numberLabels;
    for (const tablet of tablets) {
      for (const [label, count] of [
        [waiting, 0],
        [seated, 2],
        [cancelled, 1],
        [noShows, 1],
      ] as const)
        await hasFigure(tablet, label, count);
      await misses(tablet, 4, 2);
      await tablet.sees(owner.noTeams);
    }
  });
});

/** Waits for a term of a list of figures to have this one. */
const hasFigure = ({ page }: Person, label: string, figure: number): Promise<void> =>
  eventually(`${label}: ${figure}`, () =>
    page.evaluate(
      (term, text) =>
        [...document.querySelectorAll('dt')].some(
          (dt) => dt.textContent.trim() === term && dt.nextElementSibling?.textContent.trim() === text,
        ),
      label,
      String(figure),
    ),
  );

test('tabs of one customer show the same, and neither a reload nor going back loses anything', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  const ahead = await house.team();
  await withPeople(browser, async (arrive) => {
    const tab = await arrive({ device: 'phone' });
    await join(tab, await house.joinUrl(), 2);
    await reads(tab, guest.near);

    const waitingPage = new URL(tab.page.url());
    const second = await tab.another();
    // As typed in, or from the history: without what the link said.
    await second.open(`${waitingPage.origin}${waitingPage.pathname}`);
    await reads(second, guest.near);
    await ahead.leaves();
    await Promise.all([reads(tab, guest.next), reads(second, guest.next)]);

    await tab.page.reload();
    await reads(tab, guest.next);
    await tab.page.goBack();
    await tab.sees(guest.alreadyHere);
    await tab.tap('link', guest.showWaiting);
    await reads(tab, guest.next);

    await tab.tap('button', guest.cancel);
    await tab.tap('button', guest.cancelYes);
    await Promise.all([reads(tab, guest.cancelled), reads(second, guest.cancelled)]);
    await second.page.reload();
    await reads(second, guest.cancelled);
    // Whoever is done may join anew.
    await tab.tap('link', guest.rejoin);
    await tab.tap('button', guest.join(2));
    await reads(tab, guest.next);
    expect(new URL(tab.page.url()).pathname).not.toBe(waitingPage.pathname);
  });
});
