/** Every page in every state: nothing serious for axe, nothing beyond the edge of a narrow phone, targets for a thumb. */
import { afterAll, test } from '@jest/globals';
import { expectAccessible } from './accessible.ts';
import { type House, sharedPages, type Team } from './house.ts';
import { type Person, withPeople } from './person.ts';
import { guest, isLive, letsGoOf, misses, owner, reads, refused, shows, tapTooLate } from './scenes.ts';

const shared = sharedPages();

const remarks: string[] = [];
afterAll(() => {
  if (remarks.length > 0) console.log(`axe remarks, of no weight:\n${[...new Set(remarks)].join('\n')}`);
});

/** Checks it, and keeps a picture of it. */
async function check(person: Person, state: string): Promise<void> {
  await person.picture(state);
  remarks.push(...(await expectAccessible(person, state)));
}

test('joining', async () => {
  const { browser, house: open } = shared();
  const house = await open({ maxTeams: 1 });
  await withPeople(browser, async (arrive) => {
    const phone = await arrive({ device: 'phone' });
    await phone.open(await house.joinUrl());
    await phone.sees(guest.open);
    await check(phone, 'join-open');
    await tapTooLate(phone, guest.join(2), () => house.team());
    await phone.sees(refused('QUEUE_FULL'));
    await check(phone, 'join-refused');
    await phone.page.reload();
    await phone.sees(guest.full);
    await check(phone, 'join-full');
    await house.configure({ maxTeams: 20 });
    await phone.page.reload();
    await phone.tap('button', guest.join(2));
    await reads(phone, guest.near);
    await phone.page.goBack();
    await phone.sees(guest.alreadyHere);
    await check(phone, 'join-already');
    await house.closeDay();
    const late = await arrive({ device: 'phone' });
    await late.open(await house.joinUrl());
    await late.sees(guest.closed);
    await check(late, 'join-closed');
    const lost = await arrive({ device: 'phone' });
    await lost.open((await house.joinUrl()).replace(/#.*/, '#nonsense'));
    await reads(lost, guest.joinBadLink);
    await check(lost, 'join-bad-link');
  });
});

test('waiting', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  const states: readonly (readonly [state: string, headline: string, live: (team: Team) => Promise<void>])[] =
    [
      ['first-called', guest.firstCall, (team) => team.call()],
      ['coming', guest.coming, (team) => inTurn(team.call, team.coming)],
      ['arrived', guest.arrived, (team) => inTurn(team.call, team.arrives)],
      ['entered', guest.entered, (team) => team.enters()],
      ['cancelled', guest.cancelled, (team) => team.leaves()],
      ['owner-cancelled', guest.ownerCancelled, (team) => team.isSentAway(owner.cancelReasons.soldOut)],
      ['no-answer', guest.missed, (team) => team.lapses()],
      ['final-called', guest.finalCall, (team) => inTurn(team.lapses, team.call)],
      ['no-show', guest.noShow, (team) => inTurn(team.lapses, team.lapses)],
    ];
  await withPeople(browser, async (arrive) => {
    const phone = await arrive({ device: 'phone' });
    const waiting = await house.team();
    await phone.open(waiting.url);
    await reads(phone, guest.next);
    await check(phone, 'waiting');
    await phone.tap('button', guest.cancel);
    await phone.control('dialog', guest.cancelTitle);
    await check(phone, 'cancelling');
    await phone.tap('button', guest.cancelNo);
    await phone.page.setOfflineMode(true);
    await phone.sees(guest.offline('').split('.')[0] ?? '');
    await check(phone, 'offline');
    await phone.page.setOfflineMode(false);
    for (const [state, headline, live] of states) {
      const team = await house.team(3);
      await live(team);
      await phone.open(team.url);
      await reads(phone, headline);
      await check(phone, state);
    }
    // One whose browser knows no better link.
    const stranger = await arrive({ device: 'phone' });
    await stranger.open(waiting.url.replace(/#.*/, '#nonsense'));
    await reads(stranger, guest.badLink);
    await check(stranger, 'bad-link');
  });
});

test('the owner’s page', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  await withPeople(browser, async (arrive) => {
    const tablet = await arrive({ device: 'tablet' });
    await tablet.open(await house.pair());
    await isLive(tablet);
    await tablet.sees(owner.noTeams);
    await check(tablet, 'owner-empty');
    await bringTeams(house);
    await showsTeams(tablet);
    await check(tablet, 'owner-board');

    const phone = await arrive({ device: 'phone' });
    await phone.open(await house.pair());
    await showsTeams(phone);
    for (const person of [tablet, phone]) {
      const on = `owner-${person.device}`;
      await check(person, `${on}-board`);
      for (const [control, name, seen] of [
        [owner.cancelTeam(6), 'cancel', owner.cancelTitle(6, 2)],
        [owner.joinQr, 'qr', owner.print],
        [owner.changeHours, 'hours', owner.closingTime],
        [owner.closeDay, 'close', owner.closeTitle],
      ] as const) {
        await person.tap('button', control);
        await person.sees(seen);
        await check(person, `${on}-${name}`);
        await person.press('Escape');
        await person.noLongerSees(seen);
      }
      await person.page.setOfflineMode(true);
      await person.sees(owner.connections.offline);
      await check(person, `${on}-offline`);
      await person.page.setOfflineMode(false);
      await isLive(person);
    }
    await house.closeDay();
    await tablet.sees(owner.notOpen);
    for (const ticketNo of [1, 2, 3, 4, 6, 7]) await letsGoOf(tablet, ticketNo);
    await check(tablet, 'owner-closed');
    await tablet.tap('button', owner.openDay);
    await tablet.sees(owner.reopens);
    await check(tablet, 'owner-open');
    const stranger = await arrive({ device: 'tablet' });
    await stranger.open((await house.pair()).replace(/#.*/, ''));
    await reads(stranger, owner.gate.unpaired);
    await check(stranger, 'owner-unpaired');
  });
});

/** One each is called, coming and at the door; the fourth has not answered, the fifth is a no-show, two wait. */
async function bringTeams(house: House): Promise<void> {
  const teams: Team[] = [];
  for (let n = 0; n < 7; n += 1) teams.push(await house.team());
  const [called, coming, arrived, late, missing] = teams as [Team, Team, Team, Team, Team];
  await inTurn(late.lapses, missing.lapses, missing.lapses, called.call, coming.call, coming.coming);
  await inTurn(arrived.call, arrived.arrives);
}

/** Waits until all of them are shown so, whatever is told last. */
async function showsTeams(person: Person): Promise<void> {
  for (const [ticketNo, state] of [
    [1, 'FIRST_CALLED'],
    [2, 'COMMING'],
    [3, 'ARRIVED'],
    [4, 'NO_ANSWER'],
    [6, 'WAITING'],
    [7, 'WAITING'],
  ] as const)
    await shows(person, ticketNo, state);
  await misses(person, 5, 2);
}

async function inTurn(...doings: readonly (() => Promise<void>)[]): Promise<void> {
  for (const doing of doings) await doing();
}
