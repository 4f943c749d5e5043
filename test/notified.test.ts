/** Who is told what: the table of docs/domain.md lived through once, on the streams and on the topic. */
import { expect, test } from '@jest/globals';
import type { Records } from '../src/schemas/generated/records.ts';
import { topics } from '../src/schemas/topics.ts';
import { type Application, sharedApplication } from './application.ts';
import { type EventStream, openStream } from './eventStream.ts';
import { eventually, insist, newRestaurant, numberIn, openRestaurant } from './http.ts';
import type { Json } from './httpIngress.ts';
import { decodeAll, header, of, readTopics } from './logs.ts';

const shared = sharedApplication();

type Notification = Records['Notification'];

/** A notification as a stream has it, but for the length of its times: the stream's are to the second. */
type Told = Pick<
  Notification,
  | 'template'
  | 'version'
  | 'restaurantId'
  | 'waitingId'
  | 'ticketNo'
  | 'userCount'
  | 'status'
  | 'position'
  | 'estimatedWaitMinutes'
  | 'moveMinutes'
  | 'reason'
> & { readonly at: number; readonly deadlineAt: number | null };

const seconds = (millis: number): number => Math.floor(millis / 1000);

function onTopic({ recipient: _kind, recipientId: _id, at, deadlineAt, ...rest }: Notification): Told {
  return { ...rest, at: seconds(at), deadlineAt: deadlineAt === null ? null : seconds(deadlineAt) };
}

const onStream = (data: Json): Told => {
  const { at, deadlineAt, ...rest } = data as Record<string, unknown>;
  const time = (iso: unknown): number => seconds(Date.parse(String(iso)));
  return { ...rest, at: time(at), deadlineAt: deadlineAt === null ? null : time(deadlineAt) } as Told;
};

const heard = ({ notifications }: EventStream): Told[] => notifications.map(({ data }) => onStream(data));

/** A notification in short: to whom its ticket belongs, the template, and the variables that it has. */
function short({ ticketNo, template, ...told }: Told): string {
  const { position, estimatedWaitMinutes, moveMinutes, reason } = told;
  const variables = { position, estimatedWaitMinutes, moveMinutes, reason };
  const given = Object.entries(variables).filter(([, value]) => value !== null);
  const due = told.deadlineAt === null ? [] : [`in ${told.deadlineAt - told.at} s`];
  return [`#${ticketNo} ${template}`, ...given.map(([name, value]) => `${name} ${value}`), ...due].join(', ');
}

interface Life {
  readonly restaurantId: number;
  readonly one: EventStream;
  readonly two: EventStream;
  readonly owner: EventStream;
}

/** Customer 1 is seated, customer 2 never comes; others cancel, are turned away, deleted, and there when the day closes. */
async function live(app: Application): Promise<Life> {
  const restaurantId = newRestaurant();
  const ok = async (method: string, path: string, body?: object): Promise<void> =>
    expect((await insist(app.call, method, path, body)).status).toBeLessThan(300);
  const register = async (userId: number): Promise<number> => {
    const body = { datesId: 1, userId, userCount: 2, restaurantId };
    return numberIn(await insist(app.call, 'POST', '/waitings', body), 'waitingId');
  };
  const act = (waitingId: number, action: string, body?: object): Promise<void> =>
    ok('POST', `/waitings/${restaurantId}/${waitingId}/actions/${action}`, body);
  const streamOf = (waitingId: number) => openStream(app.url, `/waitings/${waitingId}/stream`);
  const hears = (stream: EventStream, template: string): Promise<void> =>
    eventually(template, () => heard(stream).at(-1)?.template === template);

  await openRestaurant(app, restaurantId);
  const owner = await openStream(app.url, `/restaurants/${restaurantId}/stream`);
  const [first, third, fourth, second] = [
    await register(1),
    await register(3),
    await register(4),
    await register(2),
  ];
  const [one, two] = [await streamOf(first), await streamOf(second)];
  await eventually('the snapshots', () => [one, two].every(({ events }) => events.length > 0));

  await act(first, 'waiting_call');
  await act(first, 'waiting_user_coming', { moveTime: 10 });
  await act(first, 'waiting_user_arrived');
  await act(first, 'waiting_entered');
  await act(third, 'waiting_cancel', { actor: 'CUSTOMER', reason: '일정 변경' });
  await act(fourth, 'waiting_cancel', { actor: 'OWNER', reason: '재료 소진' });
  await act(second, 'waiting_call');
  // From here on minutes are tenths of a second.
  await openRestaurant(app, restaurantId, { minuteMillis: 100 });
  await act(second, 'waiting_user_coming', { moveTime: 10 });
  await hears(two, 'MOVE_TIME_OVER');
  await act(second, 'waiting_call', { call: 'FINAL' });
  await hears(two, 'NO_ANSWER');
  await act(second, 'waiting_call', { call: 'FINAL' });
  await ok('DELETE', `/waitings/${await register(5)}`);
  await register(6);
  const arrived = await register(7);
  await openRestaurant(app, restaurantId);
  await act(arrived, 'waiting_call');
  await act(arrived, 'waiting_user_arrived');
  await Promise.all([one.ended, two.ended]);
  await ok('POST', `/restaurants/${restaurantId}/dates/1/actions/close`);
  await eventually('the end of the day', () => heard(owner).at(-1)?.reason === 'DAY_CLOSED');
  return { restaurantId, one, two, owner };
}

test('two customers and the owner are told what the table says, in order and once, wherever they listen', async () => {
  const { app } = shared();
  const { restaurantId, one, two, owner } = await live(app);
  const ofOwner = [
    '#1 REGISTERED',
    '#2 REGISTERED',
    '#3 REGISTERED',
    '#4 REGISTERED',
    '#1 FIRST_CALL',
    '#1 ANSWERED, moveMinutes 10',
    '#1 ARRIVED',
    '#1 ENTERED',
    '#2 CANCELLED, reason 일정 변경',
    '#3 CANCELLED, reason 재료 소진',
    '#4 FIRST_CALL',
    '#4 ANSWERED, moveMinutes 10',
    '#4 MOVE_TIME_OVER, moveMinutes 10',
    '#4 FINAL_CALL',
    '#4 NO_ANSWER',
    '#4 FINAL_CALL',
  ];
  const ofOne = ['#1 FIRST_CALL, in 600 s', '#1 ANSWERED, moveMinutes 10', '#1 ARRIVED', '#1 ENTERED'];
  const ofTwo = [
    '#4 TURN_NEAR, position 3',
    '#4 FIRST_CALL, in 600 s',
    '#4 ANSWERED, moveMinutes 10',
    '#4 MOVE_TIME_OVER, moveMinutes 10',
    '#4 FINAL_CALL, in 1 s',
    '#4 NO_ANSWER',
    '#4 FINAL_CALL, in 1 s',
    '#4 NO_SHOW',
  ];
  expect(heard(one).map(short)).toEqual(ofOne);
  expect(heard(two).map(short)).toEqual(ofTwo);
  const told = heard(owner).map(short);
  expect(told.slice(0, ofOwner.length)).toEqual(ofOwner);
  // The second call runs out while the others come and go.
  expect(told.slice(ofOwner.length).filter((each) => each !== '#4 NO_SHOW')).toEqual([
    '#5 REGISTERED',
    '#5 CANCELLED, reason DELETED',
    '#6 REGISTERED',
    '#7 REGISTERED',
    '#7 FIRST_CALL',
    '#7 ARRIVED',
    '#6 CANCELLED, reason DAY_CLOSED',
    '#7 ENTERED, reason DAY_CLOSED',
  ]);
  expect(told.filter((each) => each === '#4 NO_SHOW')).toHaveLength(1);

  const records = await notificationsOf(restaurantId, told.length);
  const to = (recipient: Notification['recipient'], id: number): Told[] =>
    records
      .filter((each) => each.recipient === recipient && each.recipientId === String(id))
      .map((each) => onTopic(each));
  expect(to('OWNER', restaurantId)).toEqual(heard(owner));
  const [registeredOne, ...afterOne] = to('CUSTOMER', 1);
  const [registeredTwo, ...afterTwo] = to('CUSTOMER', 2);
  expect(afterOne).toEqual(heard(one));
  expect(afterTwo).toEqual(heard(two));
  // Told by the answer to the registration: there is no stream before it.
  expect([registeredOne, registeredTwo].map((each) => each && short(each))).toEqual([
    '#1 REGISTERED, position 1, estimatedWaitMinutes 0',
    '#4 REGISTERED, position 4, estimatedWaitMinutes 9',
  ]);
  expect(one.events[0]?.data).toMatchObject({ status: 'WAITING', position: 1, estimatedWaitMinutes: 0 });
  expect(two.events[0]?.data).toMatchObject({ status: 'WAITING', position: 4, estimatedWaitMinutes: 9 });
  owner.close();
});

/** What the topic has of a restaurant, read committed, once it has so many for the owner. */
async function notificationsOf(restaurantId: number, toOwner: number): Promise<Notification[]> {
  const { kafka, codec } = shared();
  let found: Notification[] = [];
  await eventually('the topic has the last', async () => {
    const read = await readTopics(kafka, topics.notifications);
    const records = decodeAll(codec, read[topics.notifications].filter(of(restaurantId)));
    expect(new Set(records.map((record) => header(record, 'ce_id'))).size).toBe(records.length);
    expect(records.map((record) => header(record, 'ce_type'))).toEqual(
      records.map(() => 'waiting.notifications.Notification'),
    );
    found = records.flatMap(({ decoded }) => (decoded.name === 'Notification' ? [decoded.value] : []));
    return found.filter(({ recipient }) => recipient === 'OWNER').length >= toOwner;
  });
  return found;
}
