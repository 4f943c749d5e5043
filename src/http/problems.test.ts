import { describe, expect, test } from '@jest/globals';
import { openRestaurant, register, withIngress } from '../../test/httpIngress.ts';
import { rejectionCodes } from '../domain/decision.ts';
import { statusOfRejection } from './problems.ts';

const team = { datesId: 1, userId: 1, userCount: 2, restaurantId: 1 };
const positive = 'must be a positive integer';

test('every refusal of a queue has a status', () => {
  expect(Object.keys(statusOfRejection).sort()).toEqual([...rejectionCodes].sort());
});

test('a problem is as RFC 9457 has it', () =>
  withIngress(async (setting) => {
    const { status, headers, body } = await register(setting, 1);
    expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'restaurant 1 is not configured',
      instance: '/waitings',
      code: 'RESTAURANT_NOT_FOUND',
    });
  }));

describe('a body that is not as it must be names its fields', () => {
  test.each<[string, object, { field: string; message: string }[]]>([
    ['unknown', { ...team, phone: '010' }, [{ field: 'phone', message: 'is unknown' }]],
    [
      'missing',
      { userId: 1 },
      ['datesId', 'userCount', 'restaurantId'].map((field) => ({ field, message: 'is missing' })),
    ],
    ['of a wrong type', { ...team, userId: '1' }, [{ field: 'userId', message: positive }]],
    ['null', { ...team, userId: null }, [{ field: 'userId', message: positive }]],
    ['zero', { ...team, userId: 0 }, [{ field: 'userId', message: positive }]],
    [
      'negative',
      { ...team, userCount: -2 },
      [{ field: 'userCount', message: `${positive} up to 2147483647` }],
    ],
    ['broken', { ...team, userId: 1.5 }, [{ field: 'userId', message: positive }]],
    ['beyond safe', { ...team, userId: 2 ** 53 }, [{ field: 'userId', message: positive }]],
    ['beyond what Avro takes', { ...team, datesId: 2 ** 53 - 1 }, [{ field: 'datesId', message: positive }]],
    [
      'beyond an int',
      { ...team, userCount: 2 ** 31 },
      [{ field: 'userCount', message: `${positive} up to 2147483647` }],
    ],
    [
      'of a restaurant beyond safe ids',
      { ...team, restaurantId: 900_719_925 },
      [{ field: 'restaurantId', message: `${positive} up to 900719924` }],
    ],
    ['a list', [team], [{ field: 'body', message: 'Invalid input: expected object, received array' }]],
  ])('%s', (_name, body, errors) =>
    withIngress(async ({ call, worker }) => {
      const answer = await call('POST', '/waitings', body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
      expect(answer.body?.['errors']).toEqual(errors);
      expect(worker.log).toEqual([]);
    }),
  );

  test.each<[string, object | undefined, string]>([
    ['waiting_call', { call: 'SECOND' }, 'call'],
    ['waiting_user_coming', undefined, 'moveTime'],
    ['waiting_user_coming', { moveTime: -1 }, 'moveTime'],
    ['waiting_user_coming', { moveTime: '10' }, 'moveTime'],
    ['waiting_user_arrived', { at: 1 }, 'at'],
    ['waiting_entered', { at: 1 }, 'at'],
    ['waiting_cancel', undefined, 'actor'],
    ['waiting_cancel', { actor: 'SYSTEM' }, 'actor'],
    ['waiting_cancel', { actor: 'OWNER', reason: 'a'.repeat(201) }, 'reason'],
  ])('%s %j', (action, body, field) =>
    withIngress(async ({ call }) => {
      const answer = await call('POST', `/waitings/1/10000001/actions/${action}`, body);
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    }),
  );
});

describe('ids of paths and queries are positive safe integers', () => {
  test.each([
    ['GET', '/waitings/0', 'waitingId'],
    ['GET', '/waitings/-1', 'waitingId'],
    ['GET', '/waitings/abc', 'waitingId'],
    ['GET', '/waitings/1e9', 'waitingId'],
    ['GET', '/waitings/007', 'waitingId'],
    ['GET', '/waitings/9007199254740993', 'waitingId'],
    ['GET', '/waitings/99999999999999999999999999', 'waitingId'],
    ['GET', '/waitings/order/900719925/1', 'restaurantId'],
    ['DELETE', '/waitings/-1', 'waitingId'],
    ['DELETE', '/waitings/all/0', 'restaurantId'],
    ['POST', '/waitings/1/x/actions/waiting_call', 'waitingId'],
    ['PUT', '/restaurants/900719925', 'restaurantId'],
    ['PUT', '/restaurants/1/dates/0', 'datesId'],
    ['GET', '/restaurants/-1/queue', 'restaurantId'],
    ['GET', '/waitings', 'restaurantId'],
    ['GET', '/waitings?restaurantId=1&restaurantId=2', 'restaurantId'],
    ['GET', '/waitings?restaurantId=1&status=GONE', 'status.0'],
    ['GET', '/waitings?restaurantId=1&limit=101', 'limit'],
    ['GET', '/waitings?restaurantId=1&limit=0', 'limit'],
    ['GET', '/waitings?restaurantId=1&datesId=x', 'datesId'],
    ['GET', '/waitings?restaurantId=1&page=2', 'page'],
    ['GET', '/commands/1?restaurantId=1', 'commandId'],
    ['GET', '/commands/8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10', 'restaurantId'],
  ])('%s %s', (method, path, field) =>
    withIngress(async ({ call }) => {
      const answer = await call(method, path);
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } });
      expect(answer.body?.['errors']).toMatchObject([{ field }]);
    }),
  );
});

describe('a request that cannot be read', () => {
  const json = { 'content-type': 'application/json' };
  test.each<[string, string, Record<string, string>, number, string]>([
    ['half a body', '{"datesId":', json, 400, 'MALFORMED_JSON'],
    ['no object', '1', json, 400, 'MALFORMED_JSON'],
    ['too large', JSON.stringify({ ...team, reason: 'a'.repeat(9_000) }), json, 413, 'BODY_TOO_LARGE'],
    ['a form', 'datesId=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'NOT_JSON'],
    ['plain text', JSON.stringify(team), { 'content-type': 'text/plain' }, 415, 'NOT_JSON'],
    [
      'another charset',
      JSON.stringify(team),
      { 'content-type': 'application/json; charset=euc-kr' },
      415,
      'NOT_JSON',
    ],
    ['another encoding', JSON.stringify(team), { ...json, 'content-encoding': 'lzma' }, 415, 'NOT_JSON'],
  ])('%s', (_name, body, headers, status, code) =>
    withIngress(async ({ call, worker }) => {
      expect(await call('POST', '/waitings', body, headers)).toMatchObject({
        status,
        body: { status, code },
      });
      expect(worker.log).toEqual([]);
    }),
  );

  test('a path that is no UTF-8', () =>
    withIngress(async ({ call }) => {
      expect(await call('GET', '/waitings/%ff')).toMatchObject({
        status: 400,
        body: { code: 'MALFORMED_REQUEST' },
      });
    }));
});

describe('a path', () => {
  test.each(['/', '/waiting', '/waitings/1/10000001/actions/waiting_fly', '/noShow'])(
    '%s is not known',
    (path) =>
      withIngress(async ({ call }) => {
        expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      }),
  );

  test.each([
    ['PATCH', '/waitings', 'GET, HEAD, POST'],
    ['PUT', '/waitings/10000001', 'GET, HEAD, DELETE'],
    ['GET', '/waitings/1/10000001/actions/waiting_call', 'POST'],
    ['POST', '/restaurants/1', 'PUT'],
    ['DELETE', '/health/live', 'GET, HEAD'],
  ])('is known, but not under %s: %s allows %s', (method, path, allow) =>
    withIngress(async ({ call }) => {
      const { status, body, headers } = await call(method, path);
      expect({ status, body }).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } });
      expect(headers.get('allow')).toBe(allow);
    }),
  );
});

test('a bug is a 500 that tells nothing, and is on record with the id of the request', () =>
  withIngress(async (setting) => {
    await openRestaurant(setting);
    setting.worker.onRead = ({ next }) => ({ next, values: [Buffer.from([9, 9, 9, 9, 9, 9])] });
    const { status, body, headers } = await setting.call('GET', '/waitings/10000001');
    expect([status, body]).toEqual([
      500,
      {
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        detail: 'something went wrong here; it is on record',
        instance: '/waitings/10000001',
        code: 'INTERNAL',
      },
    ]);
    const record = setting.lines.find((line) => line.includes('UndecodableError')) ?? '';
    expect(record).toContain(headers.get('x-request-id'));
  }));
