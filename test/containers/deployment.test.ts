/** The image, as compose.yaml runs it: what it may do, a life of a waiting, its pages, and how it ends. */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { sharedBrowser } from '../browser/chromium.ts';
import { withPeople } from '../browser/person.ts';
import { guest, isLive, join, owner, reads, shows } from '../browser/scenes.ts';
import type { Answer } from '../httpIngress.ts';
import { eventually, insist, newRestaurant, numberIn, openRestaurant } from '../http.ts';
import { sharedDeployment } from './deployment.ts';

const deployment = sharedDeployment();
const browser = sharedBrowser();

/** What the product promises of a stop in order (ms). */
const stopMillis = 2_000;

test('it runs as its user, without a capability, and writes nowhere but into /tmp', async () => {
  const { docker, app } = deployment();
  const container = await app();
  const inside = (script: string): Promise<string> => docker('exec', container, 'sh', '-c', script);
  const status = new Map(
    (await inside('cat /proc/1/status')).split('\n').map((line) => line.split(/:\s+/) as [string, string]),
  );
  expect(status.get('Uid')).toBe('1000\t1000\t1000\t1000');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    expect(status.get(set)).toMatch(/^0+$/);
  expect(status.get('NoNewPrivs')).toBe('1');
  for (const folder of ['/', '/app', '/home/node', '/usr/local/bin', '/var/tmp'])
    expect([folder, await inside(`touch ${folder}/file 2>/dev/null || echo refused`)]).toEqual([
      folder,
      'refused',
    ]);
  expect(await inside('touch /tmp/file && echo written')).toBe('written');
});

test('it has what runs in production, and none of what builds and tests it', async () => {
  const { docker, app } = deployment();
  const found = await docker(
    'exec',
    await app(),
    'sh',
    '-c',
    'cd /app && ls && ls node_modules && find dist -name "*.ts" -o -name "*.test.*"',
  );
  const names = found.split('\n');
  expect(names.slice(0, 4)).toEqual(['dist', 'infra', 'node_modules', 'package.json']);
  expect(names).toEqual(expect.arrayContaining(['kafkajs', 'express', 'zod']));
  for (const name of ['typescript', 'jest', 'eslint', 'node', 'testcontainers', 'puppeteer-core'])
    expect(names).not.toContain(name);
  expect(names.filter((name) => name.endsWith('.ts'))).toEqual([]);
});

test('a waiting lives its life, and the operators find nothing wrong', async () => {
  const { service, as, compose } = deployment();
  const restaurantId = newRestaurant();
  await openRestaurant(service, restaurantId);
  const [kim, guestOfKims] = [as('owner', 'kim', String(restaurantId)), as('customer', '7')];
  const registered = await guestOfKims.call('POST', '/waitings', {
    datesId: 1,
    userId: 7,
    userCount: 2,
    restaurantId,
  });
  expect(registered).toMatchObject({ status: 201, body: { ticketNo: 1, position: 1 } });
  const waitingId = numberIn(registered, 'waitingId');
  const actions = `/waitings/${restaurantId}/${waitingId}/actions`;
  for (const [who, action, body, status] of [
    [kim, 'waiting_call', { call: 'FIRST' }, 'FIRST_CALLED'],
    [guestOfKims, 'waiting_user_coming', { moveTime: 5 }, 'COMMING'],
    [guestOfKims, 'waiting_user_arrived', {}, 'ARRIVED'],
    [kim, 'waiting_entered', {}, 'ENTERED'],
  ] as const) {
    expect(await who.call('POST', `${actions}/${action}`, body)).toMatchObject({
      status: 200,
      body: { status },
    });
  }
  expect(await guestOfKims.call('GET', `/waitings/${waitingId}`)).toMatchObject({
    status: 200,
    body: { status: 'ENTERED' },
  });
  for (const command of ['doctor', 'verify'])
    await compose('exec', '-T', 'app', 'node', 'dist/cli.js', command);
});

test('the links that it prints open its pages: a customer joins, the owner calls', async () => {
  const { compose } = deployment();
  const said = await compose('run', '--rm', 'links');
  const [, ownersLink = '', customersLink = ''] = /the owner +(\S+)\n +a customer +(\S+)/.exec(said) ?? [];
  await withPeople(browser(), async (arrive) => {
    const tablet = await arrive({ device: 'tablet' });
    await tablet.open(ownersLink);
    await isLive(tablet);
    const phone = await arrive({ device: 'phone' });
    await join(phone, customersLink, 2);
    await Promise.all([reads(phone, guest.next), shows(tablet, 1, 'WAITING')]);
    await tablet.tap('button', owner.firstCallTeam(1));
    await Promise.all([reads(phone, guest.firstCall), shows(tablet, 1, 'FIRST_CALLED')]);
    await phone.tap('button', guest.comeIn(10));
    await Promise.all([reads(phone, guest.coming), shows(tablet, 1, 'COMMING')]);
  });
}, 120_000);

test('it stops within 2 s under load, ends with 0, and goes on where it was', async () => {
  const { service, docker, app, isReady } = deployment();
  const restaurantId = newRestaurant();
  await openRestaurant(service, restaurantId, { maxTeams: 1_000 });
  const answered: { readonly key: string; readonly body: object; readonly answer: Answer }[] = [];
  let users = 0;
  /** Until the door is closed: no connection, or a 503. */
  const client = async (): Promise<void> => {
    for (;;) {
      const body = { datesId: 1, userId: (users += 1), userCount: 2, restaurantId };
      const key = randomUUID();
      const answer = await service
        .call('POST', '/waitings', body, { 'Idempotency-Key': key })
        .catch(() => null);
      if (answer === null || answer.status === 503) return;
      answered.push({ key, body, answer });
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await eventually('there is load', () => answered.length >= 100);

  const container = await app();
  const asked = Date.now();
  await docker('stop', '--time', '30', container);
  const took = Date.now() - asked;
  await Promise.all(clients);
  console.log(`stopped under load in ${took} ms`);
  expect(await docker('inspect', '--format', '{{.State.ExitCode}}', container)).toBe('0');
  expect(took).toBeLessThan(stopMillis);

  await docker('start', container);
  await eventually('it is ready again', isReady, 60_000);
  for (const { key, body, answer } of answered) {
    expect([key, answer.status]).toEqual([key, 201]);
    expect((await insist(service.call, 'POST', '/waitings', body, key)).body).toEqual(answer.body);
  }
}, 120_000);
