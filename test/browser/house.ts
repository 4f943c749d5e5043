/**
 * A restaurant of a test's own, on the application as it runs in production: whoever asks has to say who they are. It is
 * opened, and brought into the state that a test begins with, over HTTP; what is tested happens on pages.
 */
import type { Browser } from 'puppeteer-core';
import { type Application, sharedApplication, type Setting } from '../application.ts';
import { type Client, eventually, newRestaurant, numberIn, openRestaurant } from '../http.ts';
import type { Answer } from '../httpIngress.ts';
import { identities } from '../identities.ts';
import { sharedBrowser } from './chromium.ts';

export interface Team {
  readonly waitingId: number;
  readonly ticketNo: number;
  /** What opens its customer's page. */
  readonly url: string;
  /** As its customer. */
  readonly coming: (moveTime?: number) => Promise<void>;
  readonly arrives: () => Promise<void>;
  readonly leaves: (reason?: string) => Promise<void>;
  /** As the owner. */
  readonly call: () => Promise<void>;
  readonly enters: () => Promise<void>;
  readonly isSentAway: (reason?: string) => Promise<void>;
  /** Calls it, and lets it be too late to answer. */
  readonly lapses: () => Promise<void>;
}

export interface House {
  readonly restaurantId: number;
  readonly name: string;
  /** As the owner, whose token it has. */
  readonly call: Client['call'];
  /** What is left out gets its default. */
  readonly configure: (settings: object) => Promise<void>;
  readonly closeDay: () => Promise<void>;
  /** Makes the links of all tablets void. */
  readonly revoke: () => Promise<void>;
  /** What opens the owner's page on one more tablet. */
  readonly pair: () => Promise<string>;
  /** What the QR code at the door says. */
  readonly joinUrl: () => Promise<string>;
  readonly team: (userCount?: number) => Promise<Team>;
}

export interface Pages {
  readonly app: Application;
  readonly application: Setting['application'];
  readonly browser: Browser;
  /** `pagesOf`: whose pages its links open, when that is another process. */
  readonly house: (settings?: object, pagesOf?: Client) => Promise<House>;
}

const provider = await identities();
/** What a process believes, so that another of the same deployment believes it too. */
export const identity = provider.env;

/** The application, and a browser, for all tests of a file. What it answers may be called inside tests only. */
export function sharedPages(): () => Pages {
  const application = sharedApplication(identity);
  const browser = sharedBrowser();
  return () => {
    const { app, application: more } = application();
    return {
      app,
      application: more,
      browser: browser(),
      house: (settings = {}, pagesOf = app) => openHouse(app, pagesOf.url, settings),
    };
  };
}

const authorized = (client: Client, token: string): Client => ({
  url: client.url,
  call: (method, path, body, headers) =>
    client.call(method, path, body, { authorization: `Bearer ${token}`, ...headers }),
});

/** Users are told apart over all tests. */
let users = Date.now();

async function openHouse(app: Client, pages: string, settings: object): Promise<House> {
  const restaurantId = newRestaurant();
  const restaurants = [restaurantId];
  const owner = authorized(app, await provider.token({ role: 'OWNER', sub: 'owner-1', restaurants }));
  const service = authorized(app, await provider.token({ role: 'SERVICE', sub: 'platform', restaurants }));
  const path = `/restaurants/${restaurantId}`;
  const named = { name: '광화문 국수', ...settings };
  await openRestaurant(owner, restaurantId, named);
  const configure = (changed: object): Promise<void> =>
    done(owner.call('PUT', path, { ...named, ...changed }));

  async function team(userCount = 2): Promise<Team> {
    const body = { datesId: 1, userId: (users += 1), userCount, restaurantId };
    const registered = await service.call('POST', '/waitings', body);
    const waitingId = numberIn(registered, 'waitingId');
    const token = textIn(registered, 'token');
    const customer = authorized(app, token);
    const act = ({ call }: Client, action: string, request?: object): Promise<void> =>
      done(call('POST', `/waitings/${restaurantId}/${waitingId}/actions/${action}`, request));
    const call = (): Promise<void> => act(owner, 'waiting_call');
    const status = async (): Promise<unknown> =>
      (await owner.call('GET', `/waitings/${waitingId}`)).body?.['status'];
    return {
      waitingId,
      ticketNo: numberIn(registered, 'ticketNo'),
      url: `${pages}/w/${waitingId}#${token}`,
      coming: (moveTime = 5) => act(customer, 'waiting_user_coming', { moveTime }),
      arrives: () => act(customer, 'waiting_user_arrived'),
      leaves: (reason) => act(customer, 'waiting_cancel', { ...(reason !== undefined && { reason }) }),
      call,
      enters: () => act(owner, 'waiting_entered'),
      isSentAway: (reason) => act(owner, 'waiting_cancel', { ...(reason !== undefined && { reason }) }),
      lapses: async () => {
        await configure({ minuteMillis: 10, answerMinutes: 1 });
        await call();
        await configure({});
        await eventually('the call lapses', async () => String(await status()).startsWith('NO_ANSWER'));
      },
    };
  }

  return {
    restaurantId,
    name: named.name,
    call: owner.call,
    configure,
    closeDay: () => done(owner.call('POST', `${path}/dates/1/actions/close`)),
    revoke: () => done(owner.call('DELETE', `${path}/pairings`)),
    pair: async () => {
      const token = textIn(await owner.call('POST', `${path}/pairings`), 'token');
      return `${pages}/o/${restaurantId}#${token}`;
    },
    joinUrl: async () => {
      const { pathname, hash } = new URL(textIn(await owner.call('GET', `${path}/joinLink`), 'url'));
      return `${pages}${pathname}${hash}`;
    },
    team,
  };
}

/** Throws when it was refused. */
async function done(asked: Promise<Answer>): Promise<void> {
  const { status, text } = await asked;
  if (status >= 300) throw new Error(`refused: ${status} ${text}`);
}

function textIn(answer: Answer, field: string): string {
  const value = answer.body?.[field];
  if (typeof value !== 'string')
    throw new Error(`expected a text as ${field} in ${answer.status} ${answer.text}`);
  return value;
}
