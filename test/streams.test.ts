/** Live streams over real HTTP, on the real servers: what customers and an owner see of a queue as it changes. */
import { describe, expect, test } from '@jest/globals';
import { type Application, withSetting } from './application.ts';
import { type EventStream, openStream } from './eventStream.ts';
import { eventually, insist, newRestaurant, numberIn, openRestaurant } from './http.ts';

const register = async (app: Application, restaurantId: number, userId: number): Promise<number> =>
  numberIn(
    await insist(app.call, 'POST', '/waitings', { datesId: 1, userId, userCount: 2, restaurantId }),
    'waitingId',
  );

const ofWaiting = ({ url }: Application, waitingId: number, headers?: Record<string, string>) =>
  openStream(url, `/waitings/${waitingId}/stream`, headers);
const ofRestaurant = ({ url }: Application, restaurantId: number) =>
  openStream(url, `/restaurants/${restaurantId}/stream`);

/** The stream has brought so many events. */
const hears = (stream: EventStream, count: number): Promise<void> =>
  eventually(`event ${count} after ${JSON.stringify(stream.events)}`, () => stream.events.length >= count);

const versions = ({ events }: EventStream): number[] => events.map(({ id }) => Number.parseInt(id, 10));

function expectIncreasing(stream: EventStream): void {
  const changes = versions({ ...stream, events: stream.events.filter(({ event }) => event !== 'end') });
  expect(changes).toEqual([...new Set(changes)].sort((a, b) => a - b));
}

/** The stream's events in short. */
const told = ({ events }: EventStream, ...fields: string[]): unknown[][] =>
  events.map(({ event, data }) => [event, ...fields.map((field) => data?.[field])]);

describe('live streams', () => {
  test(
    'two customers and the owner see one life, step by step',
    () =>
      withSetting(async (setting) => {
        const app = await setting.application();
        await app.start();
        const restaurantId = newRestaurant();
        await openRestaurant(app, restaurantId);
        const one = await register(app, restaurantId, 1);
        const two = await register(app, restaurantId, 2);
        const [first, second, owner] = await Promise.all([
          ofWaiting(app, one),
          ofWaiting(app, two),
          ofRestaurant(app, restaurantId),
        ]);
        await Promise.all([first, second, owner].map((stream) => hears(stream, 1)));

        const act = async (waitingId: number, action: string, body?: object): Promise<void> => {
          const path = `/waitings/${restaurantId}/${waitingId}/actions/${action}`;
          const seen = owner.events.length;
          expect(await app.call('POST', path, body)).toMatchObject({ status: 200 });
          await hears(owner, seen + 1);
        };
        await act(one, 'waiting_call');
        await act(one, 'waiting_user_coming', { moveTime: 10 });
        await act(one, 'waiting_user_arrived');
        await act(one, 'waiting_entered');
        await first.ended;
        await hears(second, 2);
        // From here on nobody answers, in a time in which a stream shows a call on a slow machine, too.
        await openRestaurant(app, restaurantId, { minuteMillis: 400 });
        await act(two, 'waiting_call');
        await hears(second, 4);
        await act(two, 'waiting_call', { call: 'FINAL' });
        await second.ended;

        expect(told(first, 'status', 'teamsAhead')).toEqual([
          ['snapshot', 'WAITING', 0],
          ['change', 'FIRST_CALLED', 0],
          ['change', 'COMMING', 0],
          ['change', 'ARRIVED', 0],
          ['change', 'ENTERED', null],
          ['end', undefined, undefined],
        ]);
        expect(told(second, 'status', 'teamsAhead')).toEqual([
          ['snapshot', 'WAITING', 1],
          ['change', 'WAITING', 0],
          ['change', 'FIRST_CALLED', 0],
          ['change', 'NO_ANSWER', null],
          ['change', 'FINAL_CALLED', 0],
          ['change', 'NO_ANSWER2', null],
          ['end', undefined, undefined],
        ]);
        const { body } = await app.call('GET', `/restaurants/${restaurantId}/queue`);
        await eventually(
          'the owner sees the queue as it is',
          () => owner.events.at(-1)?.data?.['teams'] === 0,
        );
        await eventually(
          'the last version',
          () => owner.events.at(-1)?.data?.['version'] === body?.['version'],
        );
        expect(owner.events.at(-1)?.data).toEqual(body);
        for (const stream of [first, second, owner]) expectIncreasing(stream);
        expect(owner.events[0]?.event).toBe('snapshot');
        for (const { id, data } of owner.events) expect(data?.['version']).toBe(Number(id));
        owner.close();
      }),
    120_000,
  );

  test(
    'a killed process: its clients come back to a snapshot, and hear what follows',
    () =>
      withSetting(async (setting) => {
        const app = await setting.application();
        await app.start();
        const restaurantId = newRestaurant();
        await openRestaurant(app, restaurantId);
        const waitingId = await register(app, restaurantId, 1);
        const before = await ofWaiting(app, waitingId);
        await hears(before, 1);

        await app.server.kill();
        await before.ended;
        await app.start();
        const last = before.events[0]?.id ?? '';
        const after = await ofWaiting(app, waitingId, { 'Last-Event-ID': last });
        await hears(after, 1);
        expect(after.events[0]).toEqual(before.events[0]);

        const path = `/waitings/${restaurantId}/${waitingId}/actions/waiting_call`;
        expect(await insist(app.call, 'POST', path)).toMatchObject({ status: 200 });
        await hears(after, 2);
        expect(told(after, 'status')).toEqual([
          ['snapshot', 'WAITING'],
          ['change', 'FIRST_CALLED'],
        ]);
        expectIncreasing(after);
        after.close();
      }),
    120_000,
  );

  test(
    'two processes: a stream of the one hears what the other was asked; one that stops ends its streams',
    () =>
      withSetting(async (setting) => {
        const [here, there] = [await setting.application(), await setting.application()];
        await here.start();
        await there.start();
        const restaurantId = newRestaurant();
        await openRestaurant(there, restaurantId);
        const stream = await ofRestaurant(here, restaurantId);
        await hears(stream, 1);
        await register(there, restaurantId, 1);
        await hears(stream, 2);
        expect(told(stream, 'teams')).toEqual([
          ['snapshot', 0],
          ['change', 1],
        ]);

        await Promise.all([here.server.stop(), stream.ended]);
      }),
    120_000,
  );
});
