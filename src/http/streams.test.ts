import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { type EventStream, openStream } from '../../test/eventStream.ts';
import {
  openRestaurant,
  type Options,
  register,
  type Setting,
  until,
  withIngress,
} from '../../test/httpIngress.ts';
import type { CommandBody } from '../domain/command.ts';
import { commandRecord } from './commands.ts';

const minute = 60_000;
/** So long that only what the test brings about makes an ingress look. */
const never = [1e9, 1e9] as const;
const quiet = { streamTiming: { burst: 0, lookAgain: never, retry: never } } satisfies Options;

const act = ({ call }: Setting, n: number, name: string, body?: object) =>
  call('POST', `/waitings/1/${10_000_000 + n}/actions/${name}`, body);

const ofWaiting = ({ url }: Setting, n: number, headers?: Record<string, string>) =>
  openStream(url, `/waitings/${10_000_000 + n}/stream`, headers);
const ofRestaurant = ({ url }: Setting, headers?: Record<string, string>) =>
  openStream(url, '/restaurants/1/stream', headers);

/** The stream's events in short: what, the version, and the field asked for. */
const told = ({ events }: EventStream, field: string): unknown[][] =>
  events.map(({ event, id, data }) => [event, id, data?.[field]]);

/** Its notifications in short: the template, the version and the ticket. */
const toldTo = ({ notifications }: EventStream): unknown[][] =>
  notifications.map(({ data }) => [data?.['template'], data?.['version'], data?.['ticketNo']]);

async function openStreams({ call }: Setting): Promise<string[]> {
  const { text } = await call('GET', '/metrics');
  return text.split('\n').filter((line) => line.startsWith('waiting_open_streams{'));
}

/** A command that comes over Kafka: nobody waits for its outcome, or looks it up. */
async function send({ worker }: Setting, n: number, body: CommandBody): Promise<void> {
  const commandId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const actor = { role: 'SERVICE', id: null } as const;
  const command = { commandId, restaurantId: 1, actor, issuedAt: worker.now, ...body };
  const trace = { correlationId: 'kafka', traceparent: undefined };
  await worker.appender.append(commandRecord(worker.codec, command, 'nobody', trace));
}

const registration = (userId: number): CommandBody => ({
  type: 'RegisterWaiting',
  datesId: 1,
  userId,
  userCount: 2,
});

describe("a customer's stream", () => {
  test('is a snapshot, then every change of what it shows, then the end', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      await register(setting, 2);
      const [first, second] = [await ofWaiting(setting, 1), await ofWaiting(setting, 2)];
      expect(first).toMatchObject({ status: 200 });
      expect(first.headers.get('content-type')).toBe('text/event-stream');
      expect(first.headers.get('cache-control')).toBe('no-store, no-transform');
      await until(() => first.events.length === 1 && second.events.length === 1);

      await act(setting, 1, 'waiting_call');
      await until(() => first.events.length === 2);
      await act(setting, 1, 'waiting_user_coming', { moveTime: 10 });
      await until(() => first.events.length === 3);
      await act(setting, 1, 'waiting_cancel', { actor: 'CUSTOMER' });
      await Promise.all([first.ended, until(() => second.events.length === 2)]);

      expect(told(first, 'status')).toEqual([
        ['snapshot', '4', 'WAITING'],
        ['change', '5', 'FIRST_CALLED'],
        ['change', '6', 'COMMING'],
        ['change', expect.any(String), 'CANCEL'],
        ['end', expect.stringMatching(/^\d+-end$/), undefined],
      ]);
      // The calls of another team are none of its business; that it moved up is.
      expect(told(second, 'teamsAhead')).toEqual([
        ['snapshot', '4', 1],
        ['change', first.events[3]?.id, 0],
      ]);
      const { body } = await setting.call('GET', '/waitings/10000002');
      expect(second.events[1]?.data).toEqual({ ...body, teamsAhead: 0 });
      second.close();
    }, quiet));

  test('ends when the waiting is deleted', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      const stream = await ofWaiting(setting, 1);
      await setting.call('DELETE', '/waitings/10000001');
      await stream.ended;
      expect(told(stream, 'waitingId')).toEqual([
        ['snapshot', '3', 10_000_001],
        ['deleted', '4', 10_000_001],
        ['end', '4-end', undefined],
      ]);
    }, quiet));

  test('of a waiting just finished is a snapshot and the end; who comes back after the end is told to stay away', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      await act(setting, 1, 'waiting_entered');
      const stream = await ofWaiting(setting, 1);
      await stream.ended;
      expect(told(stream, 'status')).toEqual([
        ['snapshot', '4', 'ENTERED'],
        ['end', '4-end', undefined],
      ]);
      expect(await ofWaiting(setting, 1, { 'Last-Event-ID': '4-end' })).toMatchObject({ status: 204 });
    }, quiet));

  test('of one that the queue has let go of has nothing to tell', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      await act(setting, 1, 'waiting_entered');
      setting.worker.now += 16 * minute;
      await register(setting, 2);
      expect(await ofWaiting(setting, 1)).toMatchObject({ status: 204 });
    }, quiet));
});

describe("a restaurant's stream", () => {
  test('shows the queue as the plain read does, at every change', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const stream = await ofRestaurant(setting);
      await register(setting, 1);
      await until(() => stream.events.length === 2);
      await act(setting, 1, 'waiting_call');
      await until(() => stream.events.length === 3);
      expect(told(stream, 'teams')).toEqual([
        ['snapshot', '2', 0],
        ['change', '3', 1],
        ['change', '4', 1],
      ]);
      const { body } = await setting.call('GET', '/restaurants/1/queue');
      expect(stream.events[2]?.data).toEqual(body);
      stream.close();
    }, quiet));

  test('begins with a snapshot again for who comes back', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const stream = await ofRestaurant(setting);
      await until(() => stream.events.length === 1);
      stream.close();
      await register(setting, 1);
      const again = await ofRestaurant(setting, { 'Last-Event-ID': '2' });
      await until(() => again.events.length === 1);
      expect(told(again, 'teams')).toEqual([['snapshot', '3', 1]]);
      again.close();
    }, quiet));
});

describe('what is told', () => {
  test('comes to the side it is for, ahead of the change, and all of it before the end', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      const [customer, owner] = [await ofWaiting(setting, 1), await ofRestaurant(setting)];
      await register(setting, 2);
      await act(setting, 1, 'waiting_call');
      // Two changes that come together are shown as one.
      await until(() => customer.events.some(({ event }) => event === 'change'));
      await act(setting, 1, 'waiting_cancel', { actor: 'OWNER', reason: '재료 소진' });
      await customer.ended;
      await until(() => owner.notifications.length === 3);

      expect(toldTo(customer)).toEqual([
        ['FIRST_CALL', 5, 1],
        ['CANCELLED', 6, 1],
      ]);
      expect(toldTo(owner)).toEqual([
        ['REGISTERED', 4, 2],
        ['FIRST_CALL', 5, 1],
        ['CANCELLED', 6, 1],
      ]);
      expect(customer.notifications.map(({ data }) => data)).toEqual([
        {
          template: 'FIRST_CALL',
          version: 5,
          at: '2025-10-02T12:00:00+09:00',
          restaurantId: 1,
          waitingId: 10_000_001,
          ticketNo: 1,
          userCount: 2,
          status: 'FIRST_CALLED',
          position: null,
          estimatedWaitMinutes: null,
          deadlineAt: '2025-10-02T12:10:00+09:00',
          moveMinutes: null,
          reason: null,
        },
        expect.objectContaining({ status: 'OWNER_CANCEL', deadlineAt: null, reason: '재료 소진' }),
      ]);
      const names = [...customer.text().matchAll(/^event: ?(\w+)$/gm)].map(([, name]) => name);
      expect(names).toEqual(['snapshot', 'notification', 'change', 'notification', 'change', 'end']);
      owner.close();
    }, quiet));

  test('between the request and the snapshot: is in the snapshot, or comes after it', () =>
    withIngress(async (setting) => {
      const { worker } = setting;
      await openRestaurant(setting);
      const held: (() => void)[] = [];
      worker.onRead = (read) => new Promise((resolve) => held.push(() => resolve(read)));
      const opening = ofRestaurant(setting);
      await until(() => held.length === 1);
      worker.onRead = (read) => read;
      await send(setting, 1, registration(1));
      await new Promise(setImmediate);
      held[0]?.();
      const stream = await opening;
      await until(() => stream.events.at(-1)?.id === '3');
      const told = toldTo(stream);
      expect(told).toEqual(stream.events[0]?.id === '3' ? [] : [['REGISTERED', 3, 1]]);
      stream.close();
    }, quiet));

  test('again, by a worker that had to decide again, is not told again', () =>
    withIngress(async (setting) => {
      const { worker } = setting;
      await openRestaurant(setting);
      const stream = await ofRestaurant(setting);
      await until(() => stream.events.length === 1);
      worker.onChange = (tell) => {
        tell();
        tell();
      };
      await send(setting, 1, registration(1));
      await send(setting, 2, registration(2));
      await until(() => stream.notifications.length === 2 && stream.events.at(-1)?.id === '4');
      expect(toldTo(stream)).toEqual([
        ['REGISTERED', 3, 1],
        ['REGISTERED', 4, 2],
      ]);
      stream.close();
    }, quiet));

  test('and later than a look at the change: is waited for before the end, and the versions grow', () =>
    withIngress(
      async (setting) => {
        const { worker } = setting;
        await openRestaurant(setting);
        await register(setting, 1);
        const stream = await ofWaiting(setting, 1);
        await until(() => stream.events.length === 1);
        let tell: () => void = () => undefined;
        worker.onChange = (now) => (tell = now);
        await act(setting, 1, 'waiting_entered');
        await until(() => stream.events.length === 2);
        tell();
        await stream.ended;
        expect(toldTo(stream)).toEqual([['ENTERED', 4, 1]]);
        const ids = [...stream.text().matchAll(/^id: ?(\S+)$/gm)].map(([, id]) => id);
        expect(ids).toEqual(['3', '4', '4', '4-end']);
      },
      { streamTiming: { ...quiet.streamTiming, lookAgain: [5, 10], lastWords: 1e9 } },
    ));

  test.each([
    ['lost', () => undefined],
    ['of another make', ({ worker }: Setting) => worker.tellChange(Buffer.from('1 4 bm9uZQ=='))],
  ])('and %s: the stream shows the change all the same, and ends', (_what, instead) =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        await register(setting, 1);
        const stream = await ofWaiting(setting, 1);
        await until(() => stream.events.length === 1);
        setting.worker.onChange = () => instead(setting);
        await act(setting, 1, 'waiting_entered');
        await stream.ended;
        expect(told(stream, 'status')).toEqual([
          ['snapshot', '3', 'WAITING'],
          ['change', '4', 'ENTERED'],
          ['end', '4-end', undefined],
        ]);
        expect(stream.notifications).toEqual([]);
      },
      { streamTiming: { ...quiet.streamTiming, lookAgain: [5, 10], lastWords: 1 } },
    ),
  );
});

describe('a burst of changes', () => {
  test('is looked at once, however many streams show the queue', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        await register(setting, 100);
        const streams = await Promise.all([
          ...Array.from({ length: 10 }, () => ofRestaurant(setting)),
          ...Array.from({ length: 10 }, () => ofWaiting(setting, 1)),
        ]);
        await until(() => streams.every(({ events }) => events.length === 1));
        // The first change is looked at at once, the others together a burst later.
        await send(setting, 1, registration(1));
        await until(() => streams[0]?.events.length === 2);
        const looks = setting.worker.looks;
        for (let user = 2; user <= 15; user += 1) await send(setting, user, registration(user));
        await until(() => streams.slice(0, 10).every(({ events }) => events.at(-1)?.id === '18'));
        expect(setting.worker.looks - looks).toBe(1);
        for (const stream of streams.slice(0, 10)) {
          expect(told(stream, 'teams')).toEqual([
            ['snapshot', '3', 1],
            ['change', '4', 2],
            ['change', '18', 16],
          ]);
        }
        // Nothing of it concerns the first in the line.
        for (const stream of streams.slice(10))
          expect(told(stream, 'position')).toEqual([['snapshot', '3', 1]]);
        streams.forEach((stream) => stream.close());
      },
      { streamTiming: { ...quiet.streamTiming, burst: 300 } },
    ));

  test('that comes while the queue is being looked at is seen by the next look', () =>
    withIngress(async (setting) => {
      const { worker } = setting;
      await openRestaurant(setting);
      const stream = await ofRestaurant(setting);
      await until(() => stream.events.length === 1);
      const held: (() => void)[] = [];
      worker.onRead = (read) => new Promise((resolve) => held.push(() => resolve(read)));
      await send(setting, 1, registration(1));
      await until(() => held.length === 1);
      await send(setting, 2, registration(2));
      await new Promise(setImmediate);
      worker.onRead = (read) => read;
      held[0]?.();
      await until(() => stream.events.length === 3);
      expect(told(stream, 'teams').slice(1)).toEqual([
        ['change', '3', 1],
        ['change', '4', 2],
      ]);
      stream.close();
    }, quiet));
});

describe('what goes wrong on the way heals', () => {
  test('a lost message: by looking again from time to time', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        setting.worker.onChange = () => undefined;
        const stream = await ofRestaurant(setting);
        await register(setting, 1);
        await until(() => stream.events.length === 2);
        expect(told(stream, 'teams')[1]).toEqual(['change', '3', 1]);
        stream.close();
      },
      { streamTiming: { ...quiet.streamTiming, lookAgain: [10, 20] } },
    ));

  test('a lost subscription: once it is back', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        setting.worker.onChange = () => undefined;
        const stream = await ofRestaurant(setting);
        await until(() => stream.events.length === 1);
        await register(setting, 1);
        setting.worker.reconnect();
        await until(() => stream.events.length === 2);
        stream.close();
      },
      { streamTiming: { ...quiet.streamTiming, retry: [0, 10] } },
    ));

  test('a state that cannot be seen: by another look, and the stream stays', () =>
    withIngress(
      async (setting) => {
        const { worker } = setting;
        await openRestaurant(setting);
        const stream = await ofRestaurant(setting);
        await until(() => stream.events.length === 1);
        let failed = 0;
        worker.onRead = () => {
          failed += 1;
          return Promise.reject(new Error('connect ECONNREFUSED'));
        };
        await send(setting, 1, registration(1));
        await until(() => failed === 3);
        worker.onRead = (read) => read;
        await until(() => stream.events.length === 2);
        stream.close();
      },
      { streamTiming: { ...quiet.streamTiming, retry: [0, 10] } },
    ));

  test('a state from the past: is not shown', () =>
    withIngress(async (setting) => {
      const { worker } = setting;
      await openRestaurant(setting);
      const stream = await ofRestaurant(setting);
      let past: readonly (Buffer | null)[] = [];
      worker.onRead = (read) => {
        past = read.values;
        return read;
      };
      await send(setting, 1, registration(1));
      await until(() => stream.events.length === 2);
      const older = past;
      worker.onRead = (read) => read;
      await send(setting, 2, registration(2));
      await until(() => stream.events.length === 3);
      let shown = 0;
      worker.onRead = (read) => {
        shown += 1;
        return { ...read, values: older };
      };
      await send(setting, 3, registration(3));
      await until(() => shown === 1);
      worker.onRead = (read) => read;
      await send(setting, 4, registration(4));
      await until(() => stream.events.length === 4);
      expect(stream.events.map(({ id }) => id)).toEqual(['2', '3', '4', '6']);
      stream.close();
    }, quiet));

  test('a message that is none, or of a queue that nobody watches, is nothing', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const stream = await ofRestaurant(setting);
      await until(() => stream.events.length === 1);
      const { looks } = setting.worker;
      for (const message of ['', '1', '1 x', '2 99', '1 2', '1 1'])
        setting.worker.tellChange(Buffer.from(message));
      await send(setting, 1, registration(1));
      await until(() => stream.events.length === 2);
      // '1 2' is looked at, because nothing was seen by a look before; then the change itself.
      expect(setting.worker.looks - looks).toBeLessThanOrEqual(2);
      stream.close();
    }, quiet));
});

describe('a stream is refused before it begins', () => {
  test.each([
    ['/waitings/10000009/stream', 404, 'WAITING_NOT_FOUND'],
    ['/waitings/20000001/stream', 404, 'WAITING_NOT_FOUND'],
    ['/restaurants/2/stream', 404, 'RESTAURANT_NOT_FOUND'],
    ['/waitings/x/stream', 400, 'VALIDATION'],
    ['/restaurants/0/stream', 400, 'VALIDATION'],
  ])('%s: %i %s', (path, status, code) =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      expect(await setting.call('GET', path)).toMatchObject({ status, body: { code } });
      expect(await openStreams(setting)).toEqual([]);
    }, quiet),
  );

  test('where the state cannot be seen: 503 with Retry-After', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      setting.worker.onRead = ({ values }) => ({ next: null, values: values.map(() => null) });
      const { status, headers, body } = await setting.call('GET', '/restaurants/1/stream');
      expect({ status, body }).toMatchObject({ status: 503, body: { code: 'STATE_UNAVAILABLE' } });
      expect(headers.get('retry-after')).toBe('1');
    }, quiet));

  test('HEAD says what a GET would be, and ends', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const { status, headers, text } = await setting.call('HEAD', '/restaurants/1/stream');
      expect([status, headers.get('content-type'), text]).toEqual([200, 'text/event-stream', '']);
    }, quiet));
});

describe('a connection', () => {
  test('is told when to come back, and hears from us while nothing happens', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        const stream = await ofRestaurant(setting);
        await until(() => /(\n:\n\n:\n\n)/.test(stream.text()));
        const retry = Number(/^retry: ?(\d+)\n\n/.exec(stream.text())?.[1]);
        expect(retry).toBeGreaterThanOrEqual(1_000);
        expect(retry).toBeLessThanOrEqual(5_000);
        stream.close();
      },
      { streamTiming: { ...quiet.streamTiming, heartbeat: 5 } },
    ));

  test('that its client closes leaves nothing', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      const streams = [await ofWaiting(setting, 1), await ofWaiting(setting, 1), await ofRestaurant(setting)];
      await until(() => streams.every(({ events }) => events.length === 1));
      expect(await openStreams(setting)).toEqual([
        'waiting_open_streams{kind="waiting"} 2',
        'waiting_open_streams{kind="restaurant"} 1',
      ]);
      expect(setting.ingress.watched()).toBe(1);
      streams.forEach((stream) => stream.close());
      await until(() => setting.ingress.watched() === 0);
      expect(await openStreams(setting)).toEqual([
        'waiting_open_streams{kind="waiting"} 0',
        'waiting_open_streams{kind="restaurant"} 0',
      ]);
      // Streams have a length, no duration of an answer.
      expect((await setting.call('GET', '/metrics')).text).not.toContain('/stream"');
    }, quiet));

  test('that its client closes before the stream begins leaves nothing', () =>
    withIngress(async (setting) => {
      const { worker } = setting;
      await openRestaurant(setting);
      const held: (() => void)[] = [];
      worker.onRead = (read) => new Promise((resolve) => held.push(() => resolve(read)));
      const socket = connect(Number(new URL(setting.url).port), '127.0.0.1');
      socket.write('GET /restaurants/1/stream HTTP/1.1\r\nHost: test\r\n\r\n');
      await until(() => held.length === 1);
      socket.destroy();
      await until(() => setting.ingress.watched() === 0);
      held[0]?.();
      worker.onRead = (read) => read;
      expect(await openStreams(setting)).toEqual([]);
    }, quiet));

  test('that is not read is cut off', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting, { maxTeams: 1_000 });
        for (let user = 1; user <= 300; user += 1) await send(setting, user, registration(user));
        const socket = connect(Number(new URL(setting.url).port), '127.0.0.1');
        socket.write('GET /restaurants/1/stream HTTP/1.1\r\nHost: test\r\n\r\n');
        socket.pause();
        await until(() => setting.ingress.watched() === 1);
        for (let user = 301; setting.ingress.watched() === 1; user += 1) {
          await send(setting, user, registration(user));
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        socket.destroy();
      },
      { streamTiming: { ...quiet.streamTiming, unread: 100_000 } },
    ));

  test('ends when the ingress stops, also one that is just about to begin', () =>
    withIngress(async (setting) => {
      const { worker } = setting;
      await openRestaurant(setting);
      const stream = await ofRestaurant(setting);
      await until(() => stream.events.length === 1);
      const held: (() => void)[] = [];
      worker.onRead = (read) => new Promise((resolve) => held.push(() => resolve(read)));
      const late = ofRestaurant(setting);
      await until(() => held.length === 1);
      const stopped = setting.ingress.stop(60_000);
      await stream.ended;
      held[0]?.();
      const { ended, events } = await late;
      await ended;
      expect(events.map(({ event }) => event)).toEqual(['snapshot']);
      await stopped;
    }, quiet));
});

describe('a stream ends with what opened it', () => {
  const soon = { streamTiming: { ...quiet.streamTiming, heartbeat: 20 } } satisfies Options;

  test("a tablet's within a heartbeat of its pairing's end, and the one paired since goes on", () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const paired = async (): Promise<EventStream> => {
        const { body } = await setting.call('POST', '/restaurants/1/pairings', {});
        return ofRestaurant(setting, { authorization: `Bearer ${String(body?.['token'])}` });
      };
      const before = await paired();
      await until(() => before.events.length === 1);
      await setting.call('DELETE', '/restaurants/1/pairings');
      const since = await paired();
      await before.ended;
      const beats = (): number => since.text().split(':\n\n').length;
      await until(() => beats() > 3);
      since.close();
      await since.ended;
    }, soon));

  test('but not because nobody can say at the moment', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const { body } = await setting.call('POST', '/restaurants/1/pairings', {});
      const stream = await ofRestaurant(setting, { authorization: `Bearer ${String(body?.['token'])}` });
      await until(() => stream.events.length === 1);
      const { worker } = setting;
      worker.onRead = () => Promise.reject(new Error('Redis is away'));
      const looks = worker.looks;
      await until(() => worker.looks > looks + 2);
      stream.close();
      await stream.ended;
    }, soon));
});
