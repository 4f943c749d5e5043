/**
 * A full restaurant as its owner has it, and as four of its customers do: kept among the artifacts, or in the folder that
 * PICTURES names, which is how `npm run screenshots` makes those of the README.
 */
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { DateTime } from 'luxon';
import { type House, sharedPages, type Team } from './house.ts';
import { artifacts, withPeople } from './person.ts';
import { guest, misses, reads, shows } from './scenes.ts';

const shared = sharedPages();

const folder = resolve(process.env['PICTURES'] ?? artifacts);

test('a full restaurant', async () => {
  const { browser, house: open } = shared();
  const house = await open();
  await closeTonight(house);
  const { waiting, called, coming } = await fill(house);
  await withPeople(browser, async (arrive) => {
    const tablet = await arrive({ device: 'tablet' });
    await tablet.open(await house.pair());
    await shows(tablet, called.ticketNo, 'FIRST_CALLED');
    await misses(tablet, 3, 3);
    await tablet.picture('owner', folder);
    for (const [name, url, headline] of [
      ['join', await house.joinUrl(), house.name],
      ['waiting', waiting.url, guest.waiting],
      ['called', called.url, guest.firstCall],
      ['coming', coming.url, guest.coming],
    ] as const) {
      const phone = await arrive({ device: 'phone' });
      await phone.open(url);
      await reads(phone, headline);
      await phone.picture(name, folder);
    }
  });
});

/** Days of tests last for years, which no restaurant's does. */
async function closeTonight({ call, restaurantId }: House): Promise<void> {
  const now = DateTime.now().setZone('Asia/Seoul');
  const hours = { date: now.toISODate(), opensAt: now.toISO(), closesAt: now.plus({ hours: 3 }).toISO() };
  expect((await call('PUT', `/restaurants/${restaurantId}/dates/1`, hours)).status).toBe(200);
}

/** Parties of different sizes in every state. */
async function fill(house: House): Promise<Record<'waiting' | 'called' | 'coming', Team>> {
  const teams: Team[] = [];
  for (const people of [2, 4, 3, 2, 2, 5, 2, 4, 3, 6, 2, 1]) teams.push(await house.team(people));
  const [seated, gone, missing, late, arrived, coming, called] = teams as [
    Team,
    Team,
    Team,
    Team,
    Team,
    Team,
    Team,
  ];
  await seated.call();
  await seated.arrives();
  await seated.enters();
  await gone.leaves();
  await missing.lapses();
  await missing.lapses();
  await late.lapses();
  await arrived.call();
  await arrived.arrives();
  await coming.call();
  await coming.coming(10);
  await called.call();
  const waiting = teams.at(-1);
  if (!waiting) throw new Error('there are teams');
  return { waiting, called, coming };
}
