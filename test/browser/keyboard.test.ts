/** Everything by keys alone: Tab leads everywhere, it can be seen where one is, and no change on the page takes that away. */
import { expect, test } from '@jest/globals';
import { sharedPages } from './house.ts';
import { type Person, withPeople } from './person.ts';
import { guest, isLive, letsGoOf, owner, reads, shows } from './scenes.ts';

const shared = sharedPages();

/** Text of what has the focus; the page's own, when nothing has it. */
const focused = ({ page }: Person): Promise<string> =>
  page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName ?? '',
  );

test('an owner calls, searches, cancels and seats', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  for (let n = 0; n < 3; n += 1) await house.team();
  await withPeople(browser, async (arrive) => {
    const tablet = await arrive({ device: 'tablet' });
    await tablet.open(await house.pair());
    await isLive(tablet);

    await tablet.reach('button', owner.firstCallTeam(1));
    await tablet.press('Enter');
    await shows(tablet, 1, 'FIRST_CALLED');
    // The button has another name by now, and still the focus.
    expect(await focused(tablet)).toBe(owner.finalCallTeam(1));
    await tablet.press('ArrowDown');
    expect(await focused(tablet)).toBe(owner.firstCallTeam(2));

    await tablet.reach('searchbox', owner.search);
    await tablet.press('3');
    await letsGoOf(tablet, 1);
    await shows(tablet, 3, 'WAITING');
    await tablet.press('Escape');
    await shows(tablet, 1, 'FIRST_CALLED');

    await tablet.reach('button', owner.cancelTeam(2));
    await tablet.press('Enter');
    await tablet.control('dialog', owner.cancelTitle(2, 2));
    await tablet.press('Escape');
    await tablet.noLongerSees(owner.cancelTitle(2, 2));
    expect(await focused(tablet)).toBe(owner.cancelTeam(2));
    await tablet.press('Enter');
    await tablet.reach('radio', owner.cancelReasons.soldOut);
    await tablet.press('Space');
    await tablet.reach('button', owner.confirmCancel);
    await tablet.press('Enter');
    await letsGoOf(tablet, 2);

    await tablet.reach('button', owner.enterTeam(1));
    await tablet.press('Space');
    await letsGoOf(tablet, 1);
    await tablet.reach('button', owner.joinQr);
    await tablet.press('Enter');
    await tablet.sees(owner.poster);
    await tablet.press('Escape');
    await tablet.noLongerSees(owner.poster);

    await tablet.reach('button', owner.closeDay);
    await tablet.press('Enter');
    await tablet.sees(owner.closeCancels(1));
    await tablet.reach('button', owner.confirmClose);
    await tablet.press('Enter');
    await tablet.sees(owner.closed);
    await tablet.reach('button', owner.openDay);
    await tablet.press('Enter');
    await tablet.sees(owner.reopens);
    await tablet.reach('button', owner.confirmOpen);
    await tablet.press('Enter');
    await tablet.noLongerSees(owner.notOpen);
    await tablet.sees(owner.noTeams);
  });
});

test('a customer joins, answers, arrives and cancels', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  await withPeople(browser, async (arrive) => {
    const tablet = await arrive({ device: 'tablet' });
    await tablet.open(await house.pair());
    const phone = await arrive({ device: 'phone' });
    await phone.open(await house.joinUrl());
    await phone.reach('button', guest.more);
    await phone.press('Enter');
    await phone.reach('button', guest.join(3));
    await phone.press('Enter');
    await reads(phone, guest.next);
    await tablet.tap('button', owner.firstCallTeam(1));
    await reads(phone, guest.firstCall);
    await phone.reach('button', guest.comeIn(15));
    await phone.press('Enter');
    await reads(phone, guest.coming);
    await phone.reach('button', guest.arrive);
    await phone.press('Enter');
    await reads(phone, guest.arrived);
    await shows(tablet, 1, 'ARRIVED');
    await phone.reach('button', guest.cancel);
    await phone.press('Enter');
    await phone.control('dialog', guest.cancelTitle);
    await phone.press('Escape');
    await phone.reach('button', guest.cancel);
    await phone.press('Enter');
    await phone.reach('button', guest.cancelYes);
    await phone.press('Enter');
    await reads(phone, guest.cancelled);
    await letsGoOf(tablet, 1);
  });
});

test('a move time of one’s own, by the slider', async () => {
  const { browser, house: open } = shared();
  const house = await open({ maxMoveMinutes: 12 });
  const team = await house.team();
  await team.call();
  await withPeople(browser, async (arrive) => {
    const phone = await arrive({ device: 'phone' });
    await phone.open(team.url);
    await reads(phone, guest.firstCall);
    expect(await phone.has('button', guest.comeIn(15))).toBe(false);
    await phone.page.evaluate(() => document.querySelector('summary')?.focus());
    await phone.press('Enter');
    await phone.reach('slider', guest.moveTime);
    await phone.press('End', 'ArrowLeft');
    await phone.reach('button', guest.answerWith(11));
    await phone.press('Enter');
    await reads(phone, guest.coming);
    expect((await house.call('GET', `/waitings/${team.waitingId}`)).body).toMatchObject({ moveMinutes: 11 });
  });
});
