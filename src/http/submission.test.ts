import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import { openRestaurant, register, until, withIngress, type Setting } from '../../test/httpIngress.ts';
import { schemaIds } from '../../test/codec.ts';
import { inMemoryWorker } from '../../test/httpInMemoryWorker.ts';
import { createCodec } from '../schemas/codec.ts';
import { loadSchemas } from '../schemas/load.ts';
import { NotSentError } from '../topology/ports.ts';

const key = { 'idempotency-key': '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10' };
const hour = 60 * 60_000;
const never = new Promise<never>(() => undefined);
/** Nothing but what a test brings about ends the waiting. */
const patient = { lookUpAfterMillis: 50_000, answerWithinMillis: 50_000 };
const quickLook = { lookUpAfterMillis: 5, answerWithinMillis: 50_000 };
const quickDeadline = { lookUpAfterMillis: 50_000, answerWithinMillis: 20 };

const answers = async ({ metrics }: Setting): Promise<Record<string, number>> => {
  const metric = await metrics.getSingleMetric('waiting_command_answer_seconds')?.get();
  const counts =
    metric?.values.filter(({ labels }) => 'type' in labels && labels['type'] === 'RegisterWaiting') ?? [];
  return Object.fromEntries(
    counts
      .filter((value) => 'metricName' in value && String(value.metricName).endsWith('_count'))
      .map(({ labels, value }) => [String(labels['outcome']), value]),
  );
};

describe('the same Idempotency-Key again', () => {
  test('answers the same status and body, and nothing happens twice', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const first = await register(setting, 1, key);
      expect(first.status).toBe(201);
      await setting.call('POST', '/waitings/1/10000001/actions/waiting_call');
      const again = await register(setting, 1, key);
      expect([again.status, again.text]).toEqual([201, first.text]);
      expect(await register(setting, 1)).toMatchObject({ status: 409, body: { code: 'ALREADY_WAITING' } });
      expect(await answers(setting)).toEqual({ accepted: 2, rejected: 1 });
    }));

  test('repeats a refusal too', () =>
    withIngress(async (setting) => {
      const first = await register(setting, 1, key);
      await openRestaurant(setting);
      const again = await register(setting, 1, key);
      expect([again.status, again.text]).toEqual([404, first.text]);
    }));

  test('with another body is refused', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1, key);
      expect(await register(setting, 1, key, { userCount: 3 })).toMatchObject({
        status: 422,
        body: { code: 'COMMAND_REUSED' },
      });
    }));

  test('with another body is refused by a look at the state, too', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        await register(setting, 1, key);
        setting.worker.onReply = () => undefined;
        expect(await register(setting, 1, key, { userCount: 3 })).toMatchObject({
          body: { code: 'COMMAND_REUSED' },
        });
      },
      { timing: quickLook },
    ));

  test('by another caller is another command', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1, key);
      expect(await register(setting, 2, key)).toMatchObject({ status: 201, body: { ticketNo: 2 } });
    }));

  test('after a day is a new command: what the state still holds of the old one is no answer', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        await register(setting, 1, key);
        setting.worker.now += 25 * hour;
        setting.worker.onAppend = () => Promise.resolve();
        expect(await register(setting, 1, key)).toMatchObject({ status: 202 });
      },
      { timing: quickDeadline },
    ));

  test.each(['1', '', 'not-a-uuid'])('must be a UUID, which %p is not', (wrong) =>
    withIngress(async (setting) => {
      expect(await register(setting, 1, { 'idempotency-key': wrong })).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION', errors: [{ field: 'Idempotency-Key' }] },
      });
      expect(setting.worker.log).toEqual([]);
    }),
  );
});

describe('requests that bear one key at once', () => {
  /** Holds the replies of the next two commands back, and tells them once both are decided. */
  const holdTwo = ({ worker }: Setting, order: (tells: (() => void)[]) => (() => void)[]): void => {
    const tells: (() => void)[] = [];
    worker.onReply = (tell) => {
      tells.push(tell);
      if (tells.length === 2) for (const each of order(tells)) each();
    };
  };

  test('are all answered by one reply', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        holdTwo(setting, (tells) => tells.slice(0, 1));
        const both = await Promise.all([register(setting, 1, key), register(setting, 1, key)]);
        expect(both.map(({ status }) => status)).toEqual([201, 201]);
        expect(both[0].text).toBe(both[1].text);
      },
      { timing: patient },
    ));

  test.each([
    ['in order', (tells: (() => void)[]) => tells],
    ['the other way round', (tells: (() => void)[]) => tells.toReversed()],
  ])('with two bodies: one is answered, the other refused, replies coming %s', (_name, order) =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        holdTwo(setting, order);
        const both = await Promise.all([
          register(setting, 1, key, { userCount: 2 }),
          register(setting, 1, key, { userCount: 3 }),
        ]);
        expect(both.map(({ status }) => status).sort()).toEqual([201, 422]);
        const [accepted] = both.filter(({ status }) => status === 201);
        const read = await setting.call('GET', '/waitings/10000001');
        expect(accepted?.body).toEqual({ ...read.body, token: expect.any(String) });
      },
      { timing: patient },
    ),
  );

  test('a late reply to one body does not answer the other', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        const { worker } = setting;
        const late: (() => void)[] = [];
        worker.onReply = (tell) => void late.push(tell);
        const first = register(setting, 1, key);
        await until(() => late.length === 1);
        worker.onAppend = () => Promise.resolve();
        const appended = worker.log.length;
        const second = register(setting, 1, key, { userCount: 3 });
        await until(() => setting.ingress.waiting() === 2);
        late[0]?.();
        expect(await first).toMatchObject({ status: 201, body: { userCount: 2 } });
        expect(await second).toMatchObject({ status: 422, body: { code: 'COMMAND_REUSED' } });
        expect(worker.log.length).toBe(appended);
      },
      { timing: patient },
    ));
});

describe('a reply that does not come', () => {
  test('is looked up after a moment', () =>
    withIngress(
      async (setting) => {
        setting.worker.onReply = () => undefined;
        await openRestaurant(setting);
        expect(await register(setting, 1)).toMatchObject({ status: 201, body: { waitingId: 10_000_001 } });
      },
      { timing: quickLook },
    ));

  test('is looked up when the channel is back', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        setting.worker.onReply = () => void setImmediate(setting.worker.reconnect);
        expect(await register(setting, 1)).toMatchObject({ status: 201 });
      },
      { timing: patient },
    ));

  test('is looked up before a client is sent away', () =>
    withIngress(
      async (setting) => {
        setting.worker.onReply = () => undefined;
        await openRestaurant(setting);
        expect(await register(setting, 1)).toMatchObject({ status: 201 });
      },
      { timing: quickDeadline },
    ));

  test('may be one that cannot be read', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        setting.worker.onReply = () => setting.worker.tell(Buffer.from([1, 2, 3]));
        expect(await register(setting, 1)).toMatchObject({ status: 201 });
        expect(setting.lines.join('')).toContain('a reply could not be read');
      },
      { timing: quickLook },
    ));

  test('no outcome at all: 202, and its Location tells when there is one', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        const held: (() => void)[] = [];
        setting.worker.onAppend = (take) => {
          held.push(take);
          return Promise.resolve();
        };
        const { status, body, headers } = await register(setting, 1);
        expect({ status, body }).toMatchObject({ status: 202, body: { status: 'PENDING' } });
        const location = headers.get('location') ?? '';
        expect(location).toBe(`/commands/${String(body?.['commandId'])}?restaurantId=1`);

        const pending = await setting.call('GET', location);
        expect(pending).toMatchObject({ status: 202, body: { status: 'PENDING', restaurantId: 1 } });
        expect(pending.headers.get('retry-after')).toBe('1');

        held[0]?.();
        const done = await setting.call('GET', location);
        expect(done).toMatchObject({ status: 200 });
        expect(done.body).toEqual({
          commandId: body?.['commandId'],
          restaurantId: 1,
          status: 'ACCEPTED',
          code: null,
          detail: null,
          version: 3,
          waiting: (await setting.call('GET', '/waitings/10000001')).body,
          noShow: null,
          token: expect.any(String),
        });
        expect(await answers(setting)).toEqual({ pending: 1 });
      },
      { timing: quickDeadline },
    ));

  test('a state that does not answer either: 202 all the same', () =>
    withIngress(
      async (setting) => {
        setting.worker.onReply = () => undefined;
        setting.worker.onRead = () => never;
        expect(await register(setting, 1)).toMatchObject({ status: 202 });
      },
      { timing: { lookUpAfterMillis: 10, answerWithinMillis: 20 } },
    ));
});

describe('a state that cannot be seen when the reply comes', () => {
  const away = (setting: Setting): void => {
    setting.worker.onRead = () => Promise.reject(new Error('away'));
  };

  test('is not needed by a command without a key', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        away(setting);
        expect(await register(setting, 1)).toMatchObject({
          status: 201,
          body: { createdAt: '2025-10-02T12:00:00+09:00' },
        });
        const closed = await setting.call('POST', '/restaurants/1/dates/1/actions/close');
        expect(closed).toMatchObject({
          status: 200,
          body: { datesId: 1, closedAt: '2025-10-02T12:00:00+09:00' },
        });
      },
      { timing: patient },
    ));

  test('leaves open whose outcome it is where there is a key', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        away(setting);
        expect(await register(setting, 1, key)).toMatchObject({ status: 202 });
      },
      { timing: quickDeadline },
    ));
});

describe('an append that fails', () => {
  test('certainly: 503 with Retry-After, and nothing waits', () =>
    withIngress(
      async (setting) => {
        setting.worker.onAppend = () => Promise.reject(new NotSentError('no broker'));
        const { status, body, headers } = await register(setting, 1);
        expect({ status, body }).toMatchObject({ status: 503, body: { code: 'COMMAND_NOT_SENT' } });
        expect(headers.get('retry-after')).toBe('1');
        expect(setting.ingress.waiting()).toBe(0);
        expect(await answers(setting)).toEqual({ not_sent: 1 });
      },
      { timing: patient },
    ));

  test('in an unknown way, but the log has it: 201', () =>
    withIngress(
      async (setting) => {
        await openRestaurant(setting);
        setting.worker.onAppend = (take) => {
          take();
          return Promise.reject(new Error('connection lost'));
        };
        expect(await register(setting, 1)).toMatchObject({ status: 201 });
      },
      { timing: patient },
    ));

  test('in an unknown way, and the log has it not: 202', () =>
    withIngress(
      async (setting) => {
        setting.worker.onAppend = () => Promise.reject(new Error('connection lost'));
        const { status, headers } = await register(setting, 1);
        expect(status).toBe(202);
        expect(headers.get('retry-after')).toBeNull();
      },
      { timing: quickDeadline },
    ));

  test('by not coming back at all: 202', () =>
    withIngress(
      async (setting) => {
        setting.worker.onAppend = () => never;
        expect(await register(setting, 1)).toMatchObject({ status: 202 });
      },
      { timing: quickDeadline },
    ));
});

test('a client that goes away leaves nothing behind', () =>
  withIngress(
    async (setting) => {
      const { url, worker, ingress } = setting;
      const gone = new AbortController();
      worker.onAppend = () => {
        gone.abort();
        return Promise.resolve();
      };
      const body = JSON.stringify({ datesId: 1, userId: 1, userCount: 2, restaurantId: 1 });
      const headers = { 'content-type': 'application/json' };
      const request = fetch(`${url}/waitings`, { method: 'POST', headers, body, signal: gone.signal });
      await expect(request).rejects.toThrow('aborted');
      await until(() => ingress.waiting() === 0);
      expect(await setting.call('GET', '/health/live')).toMatchObject({ status: 200 });
    },
    { timing: { lookUpAfterMillis: 10, answerWithinMillis: 20 } },
  ));

test('what a newer worker writes is read once its schemas are learnt', async () => {
  const [older, newer] = [schemaIds(1), schemaIds(1_001)];
  const schemas = loadSchemas().filter(({ kind }) => kind !== 'types');
  const find = (id: number) => {
    const schema = schemas[(id - 1) % 1_000];
    return Promise.resolve(schema ? avsc.Type.forSchema(schema.schema as avsc.Schema) : null);
  };
  const workers = createCodec(newer, { find });
  for (const id of older.values()) await workers.learn(id);
  await withIngress(
    async (setting) => {
      await openRestaurant(setting);
      expect(await register(setting, 1)).toMatchObject({ status: 201 });
      expect(await setting.call('GET', '/waitings/10000001')).toMatchObject({ status: 200 });
    },
    { worker: inMemoryWorker(workers), codec: createCodec(older, { find }), timing: patient },
  );
  await withIngress(
    async (setting) => {
      await register(setting, 1);
      expect(await setting.call('GET', '/waitings/10000001')).toMatchObject({
        status: 503,
        body: { code: 'STATE_UNAVAILABLE' },
      });
    },
    {
      worker: inMemoryWorker(workers),
      codec: createCodec(older, { find: () => Promise.reject(new Error('no registry')) }),
      timing: quickDeadline,
    },
  );
});
