/**
 * Somebody with a device in the hand. What they look for goes by role, name and text, as a screen reader has it; whatever
 * goes wrong on their pages fails the test: an error on the console, a dialog of the browser's own, a breach of the policy.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Browser, BrowserContext, ElementHandle, KeyInput, Page } from 'puppeteer-core';
import { eventually } from '../http.ts';
import { settle } from './motion.ts';

export const artifacts = join(import.meta.dirname, 'artifacts');

const devices = {
  phone: { width: 360, height: 740, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  tablet: { width: 1_280, height: 800, deviceScaleFactor: 1, isMobile: false, hasTouch: true },
};
type Device = keyof typeof devices;

/** What is not seen within this time (ms) is not coming: a page that was refused asks again after 10 s. */
export const patience = 20_000;
/** More controls than any page has. */
const mostTabs = 200;

/** As a screen reader names them; those that the pages have. */
type Role =
  | 'alert'
  | 'button'
  | 'combobox'
  | 'dialog'
  | 'heading'
  | 'link'
  | 'radio'
  | 'searchbox'
  | 'slider'
  | 'spinbutton'
  | 'textbox';

export interface Person {
  readonly page: Page;
  readonly device: Device;
  readonly open: (url: string) => Promise<void>;
  /** Another tab of the same browser. */
  readonly another: () => Promise<Person>;
  /** What stands on the page that is in front, with single spaces. */
  readonly text: () => Promise<string>;
  /** Waits until it stands there. */
  readonly sees: (text: string | RegExp, patience?: number) => Promise<void>;
  readonly noLongerSees: (text: string | RegExp) => Promise<void>;
  /** The first with this role and name, once it is there. */
  readonly control: (role: Role, name: string, patience?: number) => Promise<ElementHandle>;
  readonly has: (role: Role, name: string) => Promise<boolean>;
  /** Waits until it can be tapped, does, and until the page has heard of it. */
  readonly tap: (role: Role, name: string) => Promise<void>;
  /** Waits until it can be used, and goes there by the Tab key alone. Throws when nobody could see where they are. */
  readonly reach: (role: Role, name: string) => Promise<void>;
  readonly press: (...keys: KeyInput[]) => Promise<void>;
  /** Of the state that the page comes to; into the folder of artifacts unless another is given. */
  readonly picture: (name: string, folder?: string) => Promise<void>;
}

interface Arrival {
  readonly device: Device;
  /** As `Accept-Language` has it; Korean when not given. */
  readonly languages?: string;
}

export type Arrive = (arrival: Arrival) => Promise<Person>;

/** Runs the callback with people who come when they are asked to, each with a browser of their own. Fails for what went wrong on any page. */
export async function withPeople(
  browser: Browser,
  callback: (arrive: Arrive) => Promise<void>,
): Promise<void> {
  const contexts: BrowserContext[] = [];
  const people: Person[] = [];
  const faults: string[] = [];
  const made = (person: Person): Person => {
    people.push(person);
    return person;
  };
  try {
    await callback(async ({ device, languages = 'ko-KR,ko;q=0.9' }) => {
      const context = await browser.createBrowserContext();
      contexts.push(context);
      const newPage = async (): Promise<Person> =>
        made(person(await pageIn(context, device, languages, faults), device, newPage));
      return newPage();
    });
    expect(faults).toEqual([]);
  } catch (error) {
    const test = (expect.getState().currentTestName ?? 'a test').replaceAll(/[^\w]+/g, '-');
    await Promise.allSettled(people.map(({ picture }, n) => picture(`failed-${test}-${n + 1}`)));
    throw faults.length > 0 ? new Error(`on the pages: ${faults.join('; ')}`, { cause: error }) : error;
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
  }
}

async function pageIn(
  context: BrowserContext,
  device: Device,
  languages: string,
  faults: string[],
): Promise<Page> {
  const page = await context.newPage();
  await page.setViewport(devices[device]);
  await page.setExtraHTTPHeaders({ 'Accept-Language': languages });
  page.on('pageerror', (error) => faults.push(`an error: ${String(error)}`));
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // The browser's own remark on every refusal; that it is told in words is what tests look for.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(`on the console: ${message.text()}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? 'nobody says why';
    const isPart = new URL(request.url()).pathname.startsWith('/pages/');
    // What is on its way when a page is left is of no use any more.
    if (isPart && why !== 'net::ERR_ABORTED') faults.push(`not loaded: ${request.url()}, ${why}`);
  });
  await page.evaluateOnNewDocument(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error(`against the policy: ${violatedDirective} ${blockedURI}`);
    });
  });
  return page;
}

function person(page: Page, device: Device, another: () => Promise<Person>): Person {
  const all = (role: Role, name: string): Promise<ElementHandle[]> =>
    unlessItLeaves(page.$$(`aria/${name}[role="${role}"]`), []);
  const text = (): Promise<string> =>
    unlessItLeaves(
      page.evaluate(() => document.body.innerText.replaceAll(/\s+/g, ' ')),
      '',
    );
  const shows = async (wanted: string | RegExp): Promise<boolean> => {
    const shown = await text();
    return typeof wanted === 'string' ? shown.includes(wanted) : wanted.test(shown);
  };

  async function control(role: Role, name: string, within = patience): Promise<ElementHandle> {
    let [found] = await all(role, name);
    const there = async (): Promise<boolean> => {
      [found] = await all(role, name);
      return found !== undefined;
    };
    await eventually(`a ${role} "${name}"`, there, within);
    if (!found) throw new Error(`the ${role} "${name}" is gone`);
    return found;
  }

  /** The first that can be used. */
  async function usable(role: Role, name: string): Promise<ElementHandle | undefined> {
    const [found] = await all(role, name);
    return found && !(await unlessItLeaves(isDisabled(found), true)) ? found : undefined;
  }

  return {
    page,
    device,
    another,
    text,
    control,
    open: async (url) => {
      await page.goto(url, { waitUntil: 'load' });
    },
    has: async (role, name) => (await all(role, name)).length > 0,
    sees: async (wanted, within = patience) => {
      try {
        await eventually(`seeing ${String(wanted)}`, () => shows(wanted), within);
      } catch (error) {
        throw new Error(`${String(wanted)} is not in: ${await text()}`, { cause: error });
      }
    },
    noLongerSees: (unwanted) =>
      eventually(`no longer seeing ${String(unwanted)}`, async () => !(await shows(unwanted)), patience),
    tap: (role, name) =>
      eventually(
        `the ${role} "${name}" can be tapped`,
        async () => {
          const found = await usable(role, name);
          return found !== undefined && tapped(found, device);
        },
        patience,
      ),
    reach: async (role, name) => {
      const there = async (): Promise<boolean> => (await usable(role, name)) !== undefined;
      await eventually(`the ${role} "${name}" can be used`, there, patience);
      // Looked for anew each time: a page that is still loading may put another in its place.
      for (let tabs = 0; tabs < mostTabs; tabs += 1) {
        const wanted = await usable(role, name);
        if (wanted && (await unlessItLeaves(wanted.evaluate(hasFocus), false))) {
          if (await wanted.evaluate(hasVisibleFocus)) return;
          throw new Error(`that the ${role} "${name}" has the focus cannot be seen`);
        }
        await page.keyboard.press('Tab');
      }
      throw new Error(`the Tab key does not lead to the ${role} "${name}"`);
    },
    press: async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    },
    picture: async (name, folder = artifacts) => {
      mkdirSync(folder, { recursive: true });
      await settle(page);
      await page.screenshot({ path: join(folder, `${name}.png`) });
    },
  };
}

/** A page that just gives way to another shows nothing. */
export async function unlessItLeaves<T>(seen: Promise<T>, nothing: T): Promise<T> {
  try {
    return await seen;
  } catch (error) {
    if (error instanceof Error && /context|detached|navigat/i.test(error.message)) return nothing;
    throw error;
  }
}

const isDisabled = (element: ElementHandle): Promise<boolean> =>
  element.evaluate((it) => it.matches(':disabled') || it.getAttribute('aria-disabled') === 'true');

/** False when it was replaced, moved or covered in the meantime: it has not been tapped then. */
async function tapped(element: ElementHandle, device: Device): Promise<boolean> {
  // A browser makes a click of two touches when it comes to it, and a page that is left cannot say so.
  const clicked = unlessItLeaves(element.evaluate(nextClickIsHere, patience), true);
  try {
    const [isHere] = await Promise.all([clicked, device === 'phone' ? element.tap() : element.click()]);
    return isHere;
  } catch (error) {
    if (error instanceof Error && /detached|not clickable|not an Element/i.test(error.message)) return false;
    throw error;
  }
}

const nextClickIsHere = (element: Element, within: number): Promise<boolean> =>
  new Promise((resolve) => {
    const heard = ({ target }: Event): void => resolve(target instanceof Node && element.contains(target));
    document.addEventListener('click', heard, { capture: true, once: true });
    setTimeout(() => resolve(false), within);
  });

const hasFocus = (element: Element): boolean => element === document.activeElement;

function hasVisibleFocus(element: Element): boolean {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
}
