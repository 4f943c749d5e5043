/** How long it takes from an owner's tap until the customer's page shows the call, by the clock that both pages share. */
import { expect, test } from '@jest/globals';
import { sharedPages } from './house.ts';
import { withPeople } from './person.ts';
import { guest, isLive, owner, reads } from './scenes.ts';

const shared = sharedPages();

const calls = 20;

test('a call appears on the customer’s page', async () => {
  const { browser, house: open } = shared();
  const house = await open({ maxTeams: calls });
  const millis: number[] = [];
  await withPeople(browser, async (arrive) => {
    const tablet = await arrive({ device: 'tablet' });
    await tablet.open(await house.pair());
    await isLive(tablet);
    await tablet.page.evaluate(noteClicks);
    const phone = await arrive({ device: 'phone' });
    for (let n = 0; n < calls; n += 1) {
      const { ticketNo, url } = await house.team();
      await phone.open(url);
      // The first of its line as soon as the one before is called, but never seated here.
      await phone.control('button', guest.cancel);
      await phone.page.evaluate(noteHeadline, guest.firstCall);
      await tablet.tap('button', owner.firstCallTeam(ticketNo));
      await reads(phone, guest.firstCall);
      const [tapped, shown] = await Promise.all([tablet.page.evaluate(noted), phone.page.evaluate(noted)]);
      millis.push(shown - tapped);
    }
  });
  expect(millis.every((took) => took > 0)).toBe(true);
  const sorted = millis.toSorted((a, b) => a - b);
  const percentile = (p: number): string => (sorted[Math.ceil(p * calls) - 1] ?? NaN).toFixed(0);
  console.log(
    `from tap to the customer's page, ${calls} calls: p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms`,
  );
});

/** Both note when it happened last, in milliseconds since the epoch. */
declare global {
  interface Window {
    noted: number;
  }
}
const noted = (): number => window.noted;

function noteClicks(): void {
  document.addEventListener(
    'click',
    (event) => (window.noted = performance.timeOrigin + event.timeStamp),
    true,
  );
}

function noteHeadline(headline: string): void {
  const observer = new MutationObserver(() => {
    if (document.querySelector('h1')?.textContent !== headline) return;
    window.noted = performance.timeOrigin + performance.now();
    observer.disconnect();
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
}
