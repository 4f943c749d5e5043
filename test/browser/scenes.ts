/** What the two sides' pages show and offer, by the words that they use themselves. */
import { type Browser, type HTTPRequest, TargetType, type WebWorker } from 'puppeteer-core';
import { eventually } from '../http.ts';
import { words as guestWords } from '../../src/http/pages/public/customer.words.js';
import { words as ownerWords } from '../../src/http/pages/public/owner.words.js';
import { patience, type Person, unlessItLeaves } from './person.ts';

/** In Korean, as pages are unless somebody wants them otherwise. */
export const guest = guestWords.ko;
export const owner = ownerWords.ko;
export const english = { guest: guestWords.en, owner: ownerWords.en };

/** What a guest is told of a refusal with this code. Throws when there is nothing to be told. */
export function refused(code: string): string {
  const told = guest.refusals[code];
  if (told === undefined) throw new Error(`there are no words for ${code}`);
  return told;
}

type State = keyof typeof owner.states;

/** Waits until the page says so. */
export async function reads({ control }: Person, headline: string): Promise<void> {
  await control('heading', headline);
}

/** Waits until a tablet shows the team in this state. */
export async function shows(tablet: Person, ticketNo: number, state: State): Promise<void> {
  let seen: readonly string[] = [];
  const there = async (): Promise<boolean> =>
    (seen = await rowOf(tablet, ticketNo)).includes(owner.states[state]);
  try {
    await eventually(`${ticketNo} is ${state}`, there, patience);
  } catch (error) {
    throw new Error(`of ${ticketNo}, not ${state}: ${seen.join(', ')}`, { cause: error });
  }
}

/** Waits until a tablet does not show the team among those that may still be seated. */
export const letsGoOf = (tablet: Person, ticketNo: number): Promise<void> =>
  eventually(`${ticketNo} is gone`, async () => (await rowOf(tablet, ticketNo)).length === 0, patience);

/** The texts in a team's row, which is where it can be seated; none when there is no such row. */
async function rowOf({ page }: Person, ticketNo: number): Promise<readonly string[]> {
  const seat = await unlessItLeaves(page.$(`aria/${owner.enterTeam(ticketNo)}[role="button"]`), null);
  if (!seat) return [];
  const texts = seat.evaluate((button) =>
    [...(button.closest('li')?.querySelectorAll('*') ?? [])].map((element) => element.textContent.trim()),
  );
  return unlessItLeaves(texts, []);
}

/** Waits until a tablet has the team among those that did not come. */
export const misses = (tablet: Person, ticketNo: number, people: number): Promise<void> =>
  tablet.sees(new RegExp(`${owner.team(ticketNo)}\\s?${owner.people(people)}`));

/** Waits until a tablet follows its queue. */
export const isLive = (tablet: Person): Promise<void> => tablet.sees(owner.connections.live);

/** How many people the page proposes. */
const proposed = 2;

/** Joins with two people or more, as somebody who has scanned the code at the door; ends on the page of the new waiting. */
export async function join(phone: Person, url: string, people: number): Promise<void> {
  await phone.open(url);
  await phone.control('button', guest.join(proposed));
  for (let more = proposed; more < people; more += 1) await phone.tap('button', guest.more);
  await phone.tap('button', guest.join(people));
  await phone.control('button', guest.cancel);
}

/** Taps; what the page then asks for is kept on its way until something else has happened. */
export async function tapTooLate(
  person: Person,
  name: string,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const { page, tap } = person;
  const asked = Promise.withResolvers<HTTPRequest>();
  const sort = (request: HTTPRequest): void => {
    if (request.method() === 'POST') asked.resolve(request);
    else void request.continue();
  };
  await page.setRequestInterception(true);
  page.on('request', sort);
  await tap('button', name);
  const request = await asked.promise;
  await meanwhile();
  page.off('request', sort);
  await request.continue();
  await page.setRequestInterception(false);
}

/** Waits until somebody who cannot see the page has been told. */
export const hears = ({ page }: Person, text: string): Promise<void> =>
  eventually(
    `hearing ${text}`,
    () =>
      page.evaluate(
        (told) =>
          [...document.querySelectorAll('[role=alert], [role=status], [aria-live]')].some((region) =>
            region.textContent.includes(told),
          ),
        text,
      ),
    patience,
  );

/** The service worker of the pages at this address. */
export async function workerOf(browser: Browser, url: string): Promise<WebWorker> {
  const target = await browser.waitForTarget(
    (each) => each.type() === TargetType.SERVICE_WORKER && each.url().startsWith(url),
  );
  const worker = await target.worker();
  if (!worker) throw new Error('the service worker cannot be spoken to');
  return worker;
}
