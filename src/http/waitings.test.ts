import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, type Setting, withIngress } from '../../test/httpIngress.ts';
import { commandRecord } from './commands.ts';

const minute = 60_000;
const act = ({ call }: Setting, name: string, body?: object) =>
  call('POST', `/waitings/1/10000001/actions/${name}`, body);

describe("the original service's request", () => {
  test('is answered 201 with its seven fields, then ours', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const { status, body, headers } = await register(setting, 1);
      expect(status).toBe(201);
      const { token, ...waiting } = body ?? {};
      expect(token).toEqual(expect.any(String));
      expect(Object.entries(waiting)).toEqual(
        Object.entries({
          waitingId: 10_000_001,
          restaurantId: 1,
          ticketNo: 1,
          status: 'WAITING',
          position: 1,
          estimatedWaitMinutes: 0,
          createdAt: '2025-10-02T12:00:00+09:00',
          userId: 1,
          userCount: 2,
          datesId: 1,
          calledAt: null,
          deadlineAt: null,
          moveMinutes: null,
          finishedAt: null,
          reason: null,
        }),
      );
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('etag')).toBeNull();
      const read = await setting.call('GET', '/waitings/10000001');
      expect(read).toMatchObject({ status: 200, body: waiting });
    }));

  test('travels as an Avro record with CloudEvents headers', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      const { headers } = await register(setting, 7, { 'x-request-id': 'tablet-7', traceparent });
      const record = setting.worker.log.at(-1);
      const decoded = setting.worker.codec.decode(record?.value ?? null);
      expect(record).toMatchObject({ topic: 'waiting.commands', key: '1' });
      expect(record).not.toHaveProperty('partition');
      expect(decoded).toMatchObject({
        name: 'RegisterWaiting',
        value: {
          restaurantId: 1,
          userId: 7,
          actor: { role: 'CUSTOMER', id: '7' },
          issuedAt: setting.worker.now,
        },
      });
      expect(record?.headers).toEqual({
        ce_specversion: '1.0',
        ce_id: 'commandId' in decoded.value ? decoded.value.commandId : null,
        ce_type: 'waiting.commands.RegisterWaiting',
        ce_source: '/waiting/ingress',
        ce_time: '2025-10-02T03:00:00.000Z',
        'content-type': 'application/avro',
        correlationid: 'tablet-7',
        traceparent,
        replyto: 'waiting:replies:test',
      });
      expect(headers.get('x-request-id')).toBe('tablet-7');
    }));

  test.each([
    '00-0-0-00',
    `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    `01-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  ])('does not pass on the trace context %p, nor an id that has no place in a log', (traceparent) =>
    withIngress(async (setting) => {
      const { headers } = await register(setting, 7, { 'x-request-id': 'a b{}', traceparent });
      const sent = setting.worker.log.at(-1)?.headers;
      expect(sent?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      expect(sent?.['correlationid']).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-request-id')).toBe(sent?.['correlationid']);
    }),
  );
});

describe('a waiting lives through its states', () => {
  test('called, on the way, at the door, seated', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      expect(await act(setting, 'waiting_call')).toMatchObject({
        status: 200,
        body: {
          status: 'FIRST_CALLED',
          position: 1,
          calledAt: '2025-10-02T12:00:00+09:00',
          deadlineAt: '2025-10-02T12:10:00+09:00',
        },
      });
      setting.worker.now += minute;
      expect(await act(setting, 'waiting_user_coming', { moveTime: 10 })).toMatchObject({
        status: 200,
        body: { status: 'COMMING', moveMinutes: 10, deadlineAt: '2025-10-02T12:11:00+09:00' },
      });
      expect(await act(setting, 'waiting_user_arrived')).toMatchObject({
        status: 200,
        body: { status: 'ARRIVED', moveMinutes: 10, deadlineAt: null, position: 1 },
      });
      expect(await act(setting, 'waiting_entered', {})).toMatchObject({
        status: 200,
        body: { status: 'ENTERED', position: null, finishedAt: '2025-10-02T12:01:00+09:00' },
      });
      expect(await setting.call('GET', '/waitings/10000001')).toMatchObject({ body: { status: 'ENTERED' } });
    }));

  test.each([
    ['FIRST', 200],
    ['FINAL', 409],
    [null, 200],
  ])('a tablet that names the call %p while the first is due: %i', (call, status) =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      expect(await act(setting, 'waiting_call', { call })).toMatchObject({ status });
    }),
  );

  test.each([
    [{ actor: 'CUSTOMER' }, { status: 'CANCEL', reason: null }, { role: 'CUSTOMER', id: null }],
    [
      { actor: 'OWNER', reason: '재료 소진' },
      { status: 'OWNER_CANCEL', reason: '재료 소진' },
      { role: 'OWNER', id: '1' },
    ],
  ])('cancelled by %j', (body, waiting, actor) =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await register(setting, 1);
      expect(await act(setting, 'waiting_cancel', body)).toMatchObject({ status: 200, body: waiting });
      const { value } = setting.worker.codec.decode(setting.worker.log.at(-1)?.value ?? null);
      expect(value).toMatchObject({ actor });
    }),
  );

  test('not answered: the call lapses, and the tablet shows whom to call once more', () =>
    withIngress(async (setting) => {
      const { worker, call } = setting;
      await openRestaurant(setting);
      await register(setting, 1);
      await act(setting, 'waiting_call');
      worker.now += 10 * minute;
      const lapse = {
        type: 'ExpireTimer',
        commandId: '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10',
        restaurantId: 1,
        actor: { role: 'SYSTEM', id: null },
        issuedAt: worker.now,
        waitingId: 10_000_001,
        kind: 'ANSWER',
        deadline: worker.now,
        validUntil: null,
      } as const;
      const trace = { correlationId: 'a timer', traceparent: undefined };
      await worker.appender.append(commandRecord(worker.codec, lapse, 'nobody', trace));
      expect(await act(setting, 'waiting_user_coming', { moveTime: 5 })).toMatchObject({
        status: 409,
        body: { code: 'CALL_LAPSED' },
      });
      expect(await call('GET', '/restaurants/1/queue')).toMatchObject({
        body: {
          teams: 0,
          items: [],
          unanswered: [{ waitingId: 10_000_001, status: 'NO_ANSWER', position: null }],
        },
      });
      expect(await act(setting, 'waiting_call', { call: 'FINAL' })).toMatchObject({
        status: 200,
        body: { status: 'FINAL_CALLED', position: 1 },
      });
    }));

  test('deleted, one and all; again is as good as once', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      for (const user of [1, 2, 3]) await register(setting, user);
      for (const path of ['/waitings/10000002', '/waitings/10000002', '/waitings/all/1', '/waitings/all/1']) {
        expect(await setting.call('DELETE', path)).toMatchObject({ status: 204, body: null });
      }
      expect(await setting.call('GET', '/waitings/10000002')).toMatchObject({ status: 404 });
      expect(await setting.call('GET', '/waitings?restaurantId=1')).toMatchObject({ body: { items: [] } });
    }));
});

describe('every refusal of the queue', () => {
  const refused = async (
    answer: Promise<{ status: number; body: unknown }>,
    status: number,
    code: string,
  ) => {
    expect(await answer).toMatchObject({ status, body: { status, code, type: 'about:blank' } });
  };

  test('of a registration', () =>
    withIngress(async (setting) => {
      await refused(register(setting, 1), 404, 'RESTAURANT_NOT_FOUND');
      await openRestaurant(setting, { maxTeams: 1 });
      await refused(register(setting, 1, {}, { datesId: 2 }), 404, 'DATES_NOT_FOUND');
      await refused(register(setting, 1, {}, { userCount: 21 }), 422, 'PARTY_SIZE');
      await register(setting, 1);
      await refused(register(setting, 1), 409, 'ALREADY_WAITING');
      await refused(register(setting, 2), 409, 'QUEUE_FULL');
      setting.worker.now += 10 * 60 * minute;
      await refused(register(setting, 2), 422, 'OUTSIDE_BUSINESS_HOURS');
    }));

  test('of an action', () =>
    withIngress(async (setting) => {
      await openRestaurant(setting);
      await refused(act(setting, 'waiting_call'), 404, 'WAITING_NOT_FOUND');
      await register(setting, 1);
      await refused(act(setting, 'waiting_user_arrived'), 409, 'INVALID_TRANSITION');
      await act(setting, 'waiting_call');
      await refused(act(setting, 'waiting_call'), 409, 'CALL_PENDING');
      await refused(act(setting, 'waiting_user_coming', { moveTime: 16 }), 422, 'MOVE_TIME');
      await openRestaurant(setting, {}, 2);
      await refused(
        setting.call('POST', '/waitings/2/10000001/actions/waiting_call'),
        404,
        'WAITING_NOT_FOUND',
      );
      await refused(setting.call('DELETE', '/waitings/10000009'), 404, 'WAITING_NOT_FOUND');
    }));
});
