/**
 * A phone that is locked: what a customer's page, the service worker, the product and a push service make of a call
 * between them. This Chromium has no push service and shows no notifications: an address and a permission are put in their
 * place, and what the service worker would show is caught.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Page, WebWorker } from 'puppeteer-core';
import { newAuthority, serverPair } from '../../infra/security/authority.ts';
import { words as pushWords } from '../../src/http/pages/public/push.words.js';
import { eventually } from '../http.ts';
import { newBrowser, type PushPeer, signer, startPushPeer } from '../pushPeer.ts';
import { identity, sharedPages } from './house.ts';
import { withPeople } from './person.ts';
import { guest, reads, workerOf } from './scenes.ts';

const shared = sharedPages();

test('who taps for it is told of a call on the locked phone, and finds the page behind it', async () => {
  const { browser, application, house: open } = shared();
  await withService(async (peer, trusted) => {
    const app = await application({
      ...identity,
      ROLES: 'ingress,push',
      VAPID_PUBLIC_KEY: signer.publicKey,
      VAPID_PRIVATE_KEY: signer.privateKey,
      VAPID_SUBJECT: signer.subject,
      PUSH_SERVICES: peer.host,
      NODE_EXTRA_CA_CERTS: trusted,
    });
    await app.start();
    const house = await open({ name: '성수 만두' }, app);
    const team = await house.team();
    const device = newBrowser();
    await withPeople(browser, async (arrive) => {
      const phone = await arrive({ device: 'phone' });
      await withPushManager(phone.page, peer.endpoint(), device.keys);
      await phone.open(team.url);
      await phone.tap('button', guest.push);
      await phone.control('button', pushWords.ko.on);

      await team.call();
      await eventually('the push service is told', () => peer.received.length === 1);
      const [{ body } = { body: Buffer.of() }] = peer.received;
      const told = device.decrypt(body);
      expect(told).toMatchObject({ title: '성수 만두', call: true });

      const worker = await workerOf(browser, app.url);
      await catchShown(worker);
      await deliver(phone.page, app.url, JSON.stringify(told));
      await eventually('it is shown', async () => (await shownBy(worker)).length === 1);
      expect(await shownBy(worker)).toEqual([
        {
          title: '성수 만두',
          body: told.body,
          tag: `waiting-${team.waitingId}`,
          requireInteraction: true,
          url: `/w/${team.waitingId}`,
        },
      ]);

      // Its address has no token: the browser remembers it.
      const behind = await phone.another();
      await behind.open(`${app.url}${told.url}`);
      await reads(behind, guest.firstCall);
    });
    await app.server.stop();
  });
});

/** Runs the callback with a push service, and the path of the certificate by which it is trusted. */
async function withService(callback: (peer: PushPeer, trusted: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-push-'));
  const authority = await newAuthority();
  const trusted = join(folder, 'ca.pem');
  writeFileSync(trusted, authority.cert);
  const peer = await startPushPeer(await serverPair(authority, 'push'));
  try {
    await callback(peer, trusted);
  } finally {
    await peer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Has the page's browser subscribe at an address, once its user allows it. */
async function withPushManager(page: Page, endpoint: string, keys: object): Promise<void> {
  await page.evaluateOnNewDocument(
    (given) => {
      let permission: NotificationPermission = 'default';
      Object.defineProperty(Notification, 'permission', { get: () => permission });
      Notification.requestPermission = () => {
        permission = 'granted';
        return Promise.resolve(permission);
      };
      PushManager.prototype.getSubscription = () => Promise.resolve(null);
      PushManager.prototype.subscribe = () => Promise.resolve({ toJSON: () => given } as PushSubscription);
    },
    { endpoint, keys },
  );
}

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  readonly requireInteraction: boolean;
  readonly url: string;
}

/** As much as is used of a service worker's global scope. */
interface Scope {
  readonly registration: {
    showNotification: (
      title: string,
      options: Omit<Shown, 'title' | 'url'> & { readonly data: { readonly url: string } },
    ) => Promise<void>;
  };
  shown: Shown[];
}

const catchShown = (worker: WebWorker): Promise<void> =>
  worker.evaluate(() => {
    const scope = globalThis as unknown as Scope;
    scope.shown = [];
    scope.registration.showNotification = (title, { body, tag, requireInteraction, data: { url } }) => {
      scope.shown.push({ title, body, tag, requireInteraction, url });
      return Promise.resolve();
    };
  });

const shownBy = (worker: WebWorker): Promise<Shown[]> =>
  worker.evaluate(() => (globalThis as unknown as Scope).shown);

/** As the browser hands over what has come from its push service. */
async function deliver(page: Page, origin: string, data: string): Promise<void> {
  const session = await page.createCDPSession();
  const registrations: string[] = [];
  session.on('ServiceWorker.workerRegistrationUpdated', (updated) => {
    for (const { registrationId, scopeURL } of updated.registrations)
      if (scopeURL.startsWith(origin)) registrations.push(registrationId);
  });
  await session.send('ServiceWorker.enable');
  await eventually('the registration is known', () => registrations.length > 0);
  await session.send('ServiceWorker.deliverPushMessage', {
    origin,
    registrationId: registrations[0] ?? '',
    data,
  });
  await session.detach();
}
