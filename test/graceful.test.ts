/** Stopped in order under load: everybody is answered, everything decided is told, and the next start has no work. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { application } from '../infra/application/application.ts';
import { freePort } from '../infra/stack/ports.ts';
import { commandIdFor, customer } from '../src/http/commands.ts';
import { topics } from '../src/schemas/topics.ts';
import { positionKey } from '../src/topology/emission.ts';
import { taskKey } from '../src/topology/redis/taskStore.ts';
import { type Application, servers, type Setting, withSetting } from './application.ts';
import { checkNothingLostNothingTwice } from './checker.ts';
import { eventually, newRestaurantOn, openRestaurant } from './http.ts';
import type { Answer } from './httpIngress.ts';
import type { Acknowledged } from './load.ts';
import { decodeAll, readTopics } from './logs.ts';

const settings = { maxTeams: 1_000 };

test('SIGTERM under load: exit code 0, everyone answered, S = E, and nothing left to emit', async () => {
  await withSetting(async (setting) => {
    const { kafka, partitions } = setting;
    const app = await setting.application();
    await app.start();
    const restaurants = Array.from({ length: partitions }, (_, n) => newRestaurantOn(n, partitions));
    await Promise.all(restaurants.map((id) => openRestaurant(app, id, settings)));

    const requests = startRequests(app, restaurants);
    await eventually('there is load', () => requests.answered.length >= 100);
    const asked = Date.now();
    process.kill(app.server.pid ?? 0, 'SIGTERM');
    await eventually('it has ended', () => app.ended() !== null, 20_000);
    expect(app.ended()).toBe('ended with code 0');
    await requests.ended;

    // Nobody was under way at that moment who is not answered now: whose command is in the log has its answer.
    const read = await readTopics(kafka, topics.commands, topics.changelog);
    const logged = new Set(
      decodeAll(setting.codec, read[topics.commands].filter(hasKeyOf(restaurants))).map(({ decoded }) =>
        'commandId' in decoded.value ? decoded.value.commandId : '',
      ),
    );
    expect(requests.unanswered.filter(({ commandId }) => logged.has(commandId))).toEqual([]);
    expect(requests.answered.filter(({ answer }) => answer.status !== 201)).toEqual([]);
    expect(requests.answered.filter(({ at }) => at > asked).length).toBeGreaterThan(0);

    for (let partition = 0; partition < partitions; partition += 1) {
      const positions = decodeAll(
        setting.codec,
        read[topics.changelog].filter(
          ({ key, ...at }) => at.partition === partition && key?.toString() === positionKey,
        ),
      ).map(({ decoded }) => (decoded.name === 'TaskPosition' ? decoded.value.next : null));
      expect([partition, await nextOf(setting, partition)]).toEqual([partition, positions.at(-1)]);
    }

    await app.start();
    expect(app.says('took the task over')).toBe(true);
    expect(app.says('emitted the outbox')).toBe(false);
    expect(app.says('restoring the state from the changelog')).toBe(false);
    const told = { restaurants, acknowledged: requests.answered, appended: [] };
    await checkNothingLostNothingTwice(setting, app, told);
  });
});

test('what came while nobody was there is worked off by the next start, in large batches', async () => {
  await withSetting(async (setting) => {
    const { upstream, partitions } = setting;
    const app = await setting.application();
    await app.start();
    const restaurants = Array.from({ length: 6 }, () => newRestaurantOn(3 % partitions, partitions));
    await Promise.all(restaurants.map((id) => openRestaurant(app, id, settings)));
    await app.server.stop();

    const backlog = await Promise.all(
      Array.from({ length: 4_000 }, async (_, n) => {
        const restaurantId = restaurants[n % restaurants.length] ?? 0;
        return { restaurantId, ...(await upstream.registration(restaurantId, n + 1)) };
      }),
    );
    for (let n = 0; n < backlog.length; n += 500) {
      await upstream.sendAll(backlog.slice(n, n + 500).map(({ message }) => message));
    }
    await app.start();
    const told = { restaurants, acknowledged: [], appended: backlog };
    const report = await checkNothingLostNothingTwice(setting, app, told);
    expect(report.commands).toBe(backlog.length + 2 * restaurants.length);
  });
});

test('SIGTERM while it starts, and a server keeps it waiting: exit code 0 at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waiting-starting-'));
  const silent = createServer();
  await new Promise<void>((listening) => void silent.listen(0, '127.0.0.1', listening));
  const asked = once(silent, 'connection');
  const { port } = silent.address() as AddressInfo;
  const urls = { ...servers(), KAFKA_BROKERS: `127.0.0.1:${port}` };
  const places = { logDir: folder, runDir: folder, onDeath: () => undefined };
  const app = application({ urls, port: await freePort(), places });
  try {
    const started = app.start();
    const ended = expect(started).rejects.toThrow('app ended with code 0');
    const [socket] = (await asked) as [Socket];
    process.kill(app.pid ?? 0, 'SIGTERM');
    await ended;
    socket.destroy();
  } finally {
    await app.kill();
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

interface Requests {
  readonly answered: readonly (Acknowledged & { readonly answer: Answer; readonly at: number })[];
  readonly unanswered: readonly { readonly commandId: string; readonly error: unknown }[];
  /** Resolves when every client has met a closed door. */
  readonly ended: Promise<unknown>;
}

/** Clients that register teams and try nothing twice; each goes on until it gets no answer. */
function startRequests({ call }: Application, restaurants: readonly number[]): Requests {
  const answered: Requests['answered'][number][] = [];
  const unanswered: Requests['unanswered'][number][] = [];
  let users = 0;
  async function client(restaurantId: number): Promise<void> {
    for (;;) {
      const userId = (users += 1);
      const key = randomUUID();
      try {
        const body = { datesId: 1, userId, userCount: 2, restaurantId };
        const answer = await call('POST', '/waitings', body, { 'Idempotency-Key': key });
        answered.push({ key, restaurantId, userId, answer, at: Date.now() });
      } catch (error) {
        unanswered.push({ commandId: commandIdFor(key, restaurantId, customer(userId)), error });
        return;
      }
    }
  }
  const clients = [...restaurants, ...restaurants].map(client);
  return { answered, unanswered, ended: Promise.all(clients) };
}

const hasKeyOf =
  (restaurants: readonly number[]) =>
  ({ key }: { readonly key: Buffer | null }): boolean =>
    restaurants.includes(Number(key?.toString()));

/** S. */
async function nextOf({ redis }: Setting, partition: number): Promise<number> {
  return Number(await redis.hget(taskKey('waiting', topics.commands, partition), 'S'));
}
