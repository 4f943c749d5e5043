/** A waiting's life over real HTTP, on real Kafka, registry, Redis and Postgres. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { seed } from '../infra/application/seed.ts';
import { topics } from '../src/schemas/topics.ts';
import { type Application, sharedApplication } from './application.ts';
import { eventually, newRestaurant, numberIn, openRestaurant } from './http.ts';
import type { Answer, Json } from './httpIngress.ts';
import { decodeAll, header, of, readTopics } from './logs.ts';

const shared = sharedApplication();

const register = (
  { call }: Application,
  restaurantId: number,
  userId: number,
  headers: Record<string, string> = {},
): Promise<Answer> => call('POST', '/waitings', { datesId: 1, userId, userCount: 2, restaurantId }, headers);

const statusOf = async ({ call }: Application, waitingId: number): Promise<unknown> =>
  (await call('GET', `/waitings/${waitingId}`)).body?.['status'];

/** What was written is what is read, by every read of a waiting. */
async function expectRead({ call }: Application, answered: Json): Promise<void> {
  // A registration's answer has the link, too, which no read shows again.
  const { token: _link, ...written } = answered ?? {};
  const waitingId = Number(written['waitingId']);
  const restaurantId = Number(written['restaurantId']);
  const [single, order, list] = await Promise.all([
    call('GET', `/waitings/${waitingId}`),
    call('GET', `/waitings/order/${restaurantId}/${waitingId}`),
    call('GET', `/waitings?restaurantId=${restaurantId}`),
  ]);
  expect(single).toMatchObject({ status: 200, body: written });
  const { position, ticketNo, status, estimatedWaitMinutes } = written;
  const teamsAhead = typeof position === 'number' ? position - 1 : null;
  const expected = { waitingId, restaurantId, ticketNo, status, position, teamsAhead, estimatedWaitMinutes };
  expect(order).toMatchObject({ status: 200, body: expected });
  expect(list.body?.['items']).toContainEqual(written);
}

describe('a waiting over HTTP', () => {
  test('the curl of the original document answers 201 with its seven fields, and the same again', async () => {
    const { app } = shared();
    await seed(app.url, AbortSignal.timeout(30_000));
    const body = { datesId: 1, userId: 1, userCount: 2, restaurantId: 1 };
    const key = { 'Idempotency-Key': '8f6b7d2c-5a3a-4b3a-a2b9-9e2e0f8c9a10' };

    const first = await app.call('POST', '/waitings', body, key);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      waitingId: 10_000_001,
      restaurantId: 1,
      ticketNo: 1,
      status: 'WAITING',
      position: 1,
      estimatedWaitMinutes: 0,
      createdAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+09:00$/),
    });

    const again = await app.call('POST', '/waitings', body, key);
    expect([again.status, again.body]).toEqual([first.status, first.body]);

    const without = await app.call('POST', '/waitings', body);
    expect(without).toMatchObject({ status: 409, body: { code: 'ALREADY_WAITING' } });
  });

  test('from the call to the table: every write is read at once, and others move up', async () => {
    const { app } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const [one, two] = [await register(app, restaurantId, 1), await register(app, restaurantId, 2)];
    expect(one).toMatchObject({ status: 201, body: { ticketNo: 1, position: 1 } });
    expect(two).toMatchObject({ status: 201, body: { ticketNo: 2, position: 2, estimatedWaitMinutes: 3 } });
    await expectRead(app, one.body);
    await expectRead(app, two.body);

    const waitingId = numberIn(one, 'waitingId');
    const act = (action: string, body?: object): Promise<Answer> =>
      app.call('POST', `/waitings/${restaurantId}/${waitingId}/actions/${action}`, body);

    expect(await act('waiting_call', { call: 'FINAL' })).toMatchObject({
      status: 409,
      body: { code: 'INVALID_TRANSITION' },
    });
    const called = await act('waiting_call');
    expect(called).toMatchObject({ status: 200, body: { status: 'FIRST_CALLED', position: 1 } });
    const [calledAt, deadlineAt] = [called.body?.['calledAt'], called.body?.['deadlineAt']].map((time) =>
      Date.parse(String(time)),
    );
    expect(Number(deadlineAt) - Number(calledAt)).toBe(10 * 60_000);
    await expectRead(app, called.body);
    expect(await act('waiting_call')).toMatchObject({ status: 409, body: { code: 'CALL_PENDING' } });

    expect(await act('waiting_user_coming', { moveTime: 16 })).toMatchObject({
      status: 422,
      body: { code: 'MOVE_TIME' },
    });
    const coming = await act('waiting_user_coming', { moveTime: 10 });
    expect(coming).toMatchObject({ status: 200, body: { status: 'COMMING', moveMinutes: 10 } });
    await expectRead(app, coming.body);

    const arrived = await act('waiting_user_arrived');
    expect(arrived).toMatchObject({
      status: 200,
      body: { status: 'ARRIVED', position: 1, deadlineAt: null },
    });
    await expectRead(app, arrived.body);

    const entered = await act('waiting_entered');
    expect(entered).toMatchObject({
      status: 200,
      body: { status: 'ENTERED', position: null, finishedAt: expect.any(String) },
    });
    await expectRead(app, entered.body);
    await expectRead(app, { ...two.body, position: 1, estimatedWaitMinutes: 0 });
    expect(await act('waiting_entered')).toMatchObject({ status: 409, body: { code: 'INVALID_TRANSITION' } });
  });

  test('cancelled by the owner, by the customer, deleted alone, deleted with all', async () => {
    const { app } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const ids: number[] = [];
    for (let userId = 1; userId <= 5; userId += 1) {
      ids.push(numberIn(await register(app, restaurantId, userId), 'waitingId'));
    }
    const [byOwner = 0, byCustomer = 0, alone = 0, fourth = 0, fifth = 0] = ids;
    const cancel = (waitingId: number, body: object): Promise<Answer> =>
      app.call('POST', `/waitings/${restaurantId}/${waitingId}/actions/waiting_cancel`, body);

    const first = await cancel(byOwner, { actor: 'OWNER', reason: '재료 소진' });
    expect(first).toMatchObject({ status: 200, body: { status: 'OWNER_CANCEL', reason: '재료 소진' } });
    await expectRead(app, first.body);
    const second = await cancel(byCustomer, { actor: 'CUSTOMER' });
    expect(second).toMatchObject({ status: 200, body: { status: 'CANCEL', reason: null, position: null } });
    await expectRead(app, second.body);

    for (const time of ['once', 'and again']) {
      const deleted = await app.call('DELETE', `/waitings/${alone}`);
      expect([time, deleted.status, deleted.text]).toEqual([time, 204, '']);
    }
    const gone = { status: 404, body: { code: 'WAITING_NOT_FOUND' } };
    expect(await app.call('GET', `/waitings/${alone}`)).toMatchObject(gone);
    expect(await app.call('GET', `/waitings/order/${restaurantId}/${alone}`)).toMatchObject(gone);
    expect(await app.call('GET', `/waitings?restaurantId=${restaurantId}&status=WAITING`)).toMatchObject({
      body: {
        items: [
          { waitingId: fourth, position: 1 },
          { waitingId: fifth, position: 2 },
        ],
        nextCursor: null,
      },
    });

    expect(await app.call('DELETE', `/waitings/all/${restaurantId}`)).toMatchObject({ status: 204 });
    for (const waitingId of ids) {
      expect(await app.call('GET', `/waitings/${waitingId}`)).toMatchObject(gone);
    }
    expect(await app.call('GET', `/waitings?restaurantId=${restaurantId}`)).toMatchObject({
      status: 200,
      body: { items: [], nextCursor: null },
    });
    // The next ticket goes on where the last one was.
    expect(await register(app, restaurantId, 1)).toMatchObject({
      status: 201,
      body: { ticketNo: 6, position: 1, waitingId: fifth + 1 },
    });
  });

  test('a key is good for one request, and every refusal has its code', async () => {
    const { app } = shared();
    const restaurantId = newRestaurant();
    expect(await register(app, restaurantId, 1)).toMatchObject({
      status: 404,
      body: { code: 'RESTAURANT_NOT_FOUND' },
    });
    await openRestaurant(app, restaurantId, { maxTeams: 1, maxUserCount: 4 });
    const key = { 'Idempotency-Key': randomUUID() };
    const first = await register(app, restaurantId, 1, key);
    expect(first.status).toBe(201);
    const other = { datesId: 1, userId: 1, userCount: 3, restaurantId };
    expect(await app.call('POST', '/waitings', other, key)).toMatchObject({
      status: 422,
      body: { code: 'COMMAND_REUSED' },
    });
    expect(await register(app, restaurantId, 2)).toMatchObject({ status: 409, body: { code: 'QUEUE_FULL' } });
    expect(await app.call('POST', '/waitings', { ...other, userCount: 5 })).toMatchObject({
      status: 422,
      body: { code: 'PARTY_SIZE' },
    });
    expect(await app.call('POST', '/waitings', { ...other, datesId: 2 })).toMatchObject({
      status: 404,
      body: { code: 'DATES_NOT_FOUND' },
    });
    const never = `/waitings/${restaurantId}/${numberIn(first, 'waitingId') + 1}/actions/waiting_call`;
    expect(await app.call('POST', never)).toMatchObject({ status: 404, body: { code: 'WAITING_NOT_FOUND' } });
  });
});

describe('time', () => {
  /** A minute of such a restaurant is a tenth of a second. */
  const quick = { minuteMillis: 100, answerMinutes: 10 };

  test('calls without an answer run into the no-show by themselves, and every event is told once', async () => {
    const { app, kafka, codec } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId, quick);
    const waitingId = numberIn(await register(app, restaurantId, 7), 'waitingId');
    const call = `/waitings/${restaurantId}/${waitingId}/actions/waiting_call`;

    expect(await app.call('POST', call)).toMatchObject({ body: { status: 'FIRST_CALLED' } });
    await eventually('NO_ANSWER', async () => (await statusOf(app, waitingId)) === 'NO_ANSWER');
    const late = `/waitings/${restaurantId}/${waitingId}/actions/waiting_user_coming`;
    expect(await app.call('POST', late, { moveTime: 5 })).toMatchObject({
      status: 409,
      body: { code: 'CALL_LAPSED' },
    });
    // Finished for the customer, but it still counts.
    expect(await register(app, restaurantId, 7)).toMatchObject({ body: { code: 'ALREADY_WAITING' } });
    expect(await app.call('POST', call, { call: 'FINAL' })).toMatchObject({
      body: { status: 'FINAL_CALLED', position: 1 },
    });
    await eventually('NO_ANSWER2', async () => (await statusOf(app, waitingId)) === 'NO_ANSWER2');

    let events: ReturnType<typeof decodeAll> = [];
    await eventually('the no-show is told', async () => {
      const read = await readTopics(kafka, topics.events);
      events = decodeAll(codec, read[topics.events].filter(of(restaurantId)));
      return events.some(({ decoded }) => decoded.name === 'NoShowRegistered');
    });
    const told = events.map(({ decoded: { name, value } }) => {
      if (name === 'CommandRejected') return [name, value.code];
      return [name, 'waiting' in value ? (value.waiting?.status ?? null) : null];
    });
    expect(told).toEqual([
      ['RestaurantConfigured', null],
      ['BusinessDayOpened', null],
      ['WaitingRegistered', 'WAITING'],
      ['WaitingCalled', 'FIRST_CALLED'],
      ['CallLapsed', 'NO_ANSWER'],
      ['CommandRejected', 'CALL_LAPSED'],
      ['CommandRejected', 'ALREADY_WAITING'],
      ['WaitingCalled', 'FINAL_CALLED'],
      ['CallLapsed', 'NO_ANSWER2'],
      ['NoShowRegistered', null],
    ]);
    const versions = events.flatMap(({ decoded: { value } }) => ('version' in value ? [value.version] : []));
    expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(events.map((event) => header(event, 'ce_id'))).size).toBe(events.length);
    for (const event of events) {
      expect(header(event, 'ce_type')).toBe(`waiting.events.${event.decoded.name}`);
      expect(header(event, 'ce_specversion')).toBe('1.0');
    }

    const timers = await readTopics(kafka, topics.timers);
    const scheduled = decodeAll(codec, timers[topics.timers].filter(of(restaurantId)));
    expect(scheduled.map(({ decoded }) => decoded.value)).toMatchObject([
      { kind: 'CLOSE', subjectId: 1 },
      { kind: 'ANSWER', subjectId: waitingId },
      { kind: 'ANSWER', subjectId: waitingId },
    ]);
  });

  test('a move time that runs out is told, changes no state, and allows the final call', async () => {
    const { app } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const [one, other] = [
      numberIn(await register(app, restaurantId, 1), 'waitingId'),
      numberIn(await register(app, restaurantId, 2), 'waitingId'),
    ];
    const act = (waitingId: number, action: string, body?: object): Promise<Answer> =>
      app.call('POST', `/waitings/${restaurantId}/${waitingId}/actions/${action}`, body);
    const configure = (settings: object): Promise<Answer> =>
      app.call('PUT', `/restaurants/${restaurantId}`, { name: '식당', ...settings });
    const version = async (): Promise<number> =>
      numberIn(await app.call('GET', `/restaurants/${restaurantId}/queue`), 'version');

    for (const waitingId of [one, other]) await act(waitingId, 'waiting_call');
    const coming = { status: 200, body: { status: 'COMMING' } };
    expect(await act(other, 'waiting_user_coming', { moveTime: 10 })).toMatchObject(coming);
    expect(await act(other, 'waiting_call')).toMatchObject({
      status: 409,
      body: { code: 'INVALID_TRANSITION' },
    });
    // Only the time that is chosen now is short.
    await configure(quick);
    const before = await version();
    expect(await act(one, 'waiting_user_coming', { moveTime: 10 })).toMatchObject(coming);
    await eventually('the move time runs out', async () => (await version()) === before + 2);
    expect(await statusOf(app, one)).toBe('COMMING');
    await configure({});
    expect(await act(one, 'waiting_call')).toMatchObject({ status: 200, body: { status: 'FINAL_CALLED' } });
    expect(await act(one, 'waiting_user_arrived')).toMatchObject({
      status: 200,
      body: { status: 'ARRIVED' },
    });
  });
});

describe('operations', () => {
  test('ready names every dependency', async () => {
    const { app } = shared();
    expect(await app.call('GET', '/health/live')).toMatchObject({ status: 200 });
    expect(await app.call('GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok', checks: { redis: 'ok', queue: 'ok' } },
    });
  });

  test('metrics parse, and count commands by type and outcome', async () => {
    const { app, partitions } = shared();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    await register(app, restaurantId, 1);
    await register(app, restaurantId, 1);
    const { status, text } = await app.call('GET', '/metrics');
    expect(status).toBe(200);
    const samples = parseMetrics(text);
    const value = (name: string): number => samples.get(name) ?? Number.NaN;
    expect(value('waiting_commands_total{type="RegisterWaiting",outcome="ACCEPTED"}')).toBeGreaterThan(0);
    expect(value('waiting_commands_total{type="RegisterWaiting",outcome="ALREADY_WAITING"}')).toBeGreaterThan(
      0,
    );
    expect(value('waiting_command_duration_seconds_count{type="RegisterWaiting"}')).toBeGreaterThan(0);
    for (const stage of ['decode', 'fetch', 'process', 'commit', 'emit', 'takeover']) {
      expect(value(`waiting_stage_duration_seconds_count{stage="${stage}"}`)).toBeGreaterThan(0);
    }
    for (let partition = 0; partition < partitions; partition += 1) {
      expect(value(`waiting_task_state{partition="${partition}",state="running"}`)).toBe(1);
    }
    const lags = [...samples.keys()].filter((name) => name.startsWith('waiting_consumer_lag_records{'));
    expect(lags.length).toBeGreaterThan(0);
    expect(
      [...samples.keys()].filter((name) => name.startsWith('waiting_task_unemitted_commands{')),
    ).toHaveLength(lags.length);
  });
});

/** Prometheus text format: every line is a comment or a sample with a number. Throws at the first that is neither. */
function parseMetrics(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) /.test(line)) continue;
    const sample = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line);
    const value = sample?.[2] === '+Inf' ? Infinity : Number(sample?.[2]);
    if (!sample?.[1] || Number.isNaN(value)) throw new Error(`not a sample: ${line}`);
    samples.set(sample[1], value);
  }
  return samples;
}
