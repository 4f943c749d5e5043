/** What is said in logs while things go well and while they fail: never whom it is about, nor what anybody wrote or held. */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Client as Database } from 'pg';
import { topics } from '../src/schemas/topics.ts';
import { type Application, type Setting, withSetting } from './application.ts';
import { eventually, newRestaurant, numberIn, openRestaurant } from './http.ts';
import { readTopics } from './logs.ts';

/** Ids of users, and words that clients send, which occur nowhere by chance. */
const users = Array.from({ length: 8 }, (_, n) => 8_123_456_789_012_000 + n);
const [first = 0, second = 0, third = 0, refused = 0, unheard = 0, published = 0] = users;
const word = `word${randomUUID().replaceAll('-', '')}`;
const token = `eyJhbGciOiJFUzI1NiJ9.${word}.${word}`;

test('no line of a log names a user, a token or what somebody wrote, whatever fails', async () => {
  await withSetting(async (setting) => {
    const app = await setting.application({ LOG_LEVEL: 'trace' });
    await app.start();
    const restaurantId = newRestaurant();
    await openRestaurant(app, restaurantId);
    const link = await goWell(app, restaurantId);
    await askWrongly(app, restaurantId);
    await publishWrongly(setting, restaurantId);
    await withRefusingPostgres(setting, async () => {
      await register(app, restaurantId, refused);
      await eventually('the history could not be written', () => app.logged().includes('refuses_a_user'));
    });
    await withFullRedis(setting, async () => {
      await register(app, restaurantId, unheard).catch(() => null);
      await eventually('Redis has refused a queue', () => app.logged().includes('OOM command not allowed'));
    });
    await app.server.stop();

    const lines = app.logged().split('\n');
    expect(lines.filter((line) => line.includes('"msg":"request completed"')).length).toBeGreaterThan(10);
    const personal = [...users.map(String), word, link];
    expect(lines.filter((line) => personal.some((each) => line.includes(each)))).toEqual([]);
    // Bytes of a record, as JSON has them.
    expect(lines.filter((line) => line.includes('"type":"Buffer"'))).toEqual([]);
  });
});

const register = (app: Application, restaurantId: number, userId: number) =>
  app.call('POST', '/waitings', { datesId: 1, userId, userCount: 2, restaurantId });

/** Answers the token of a customer's link, which was used where it belongs and where it does not. */
async function goWell(app: Application, restaurantId: number): Promise<string> {
  const path = (waitingId: number, action: string): string =>
    `/waitings/${restaurantId}/${waitingId}/actions/${action}`;
  const registered = await register(app, restaurantId, first);
  const seated = numberIn(registered, 'waitingId');
  const link = String(registered.body?.['token']);
  expect(link).toMatch(/^eyJ/);
  const authorization = { authorization: `Bearer ${link}` };
  expect(await app.call('GET', `/waitings/${seated}`, undefined, authorization)).toMatchObject({
    status: 200,
  });
  await app.call('GET', `/waitings/${seated}?token=${link}`);
  const leaves = numberIn(await register(app, restaurantId, second), 'waitingId');
  expect(await register(app, restaurantId, second)).toMatchObject({ status: 409 });
  await app.call('POST', path(seated, 'waiting_entered'));
  await app.call('POST', path(leaves, 'waiting_cancel'), { actor: 'CUSTOMER', reason: word });
  const noShow = await app.call('POST', '/noShows', { restaurantId, userId: third, reason: word });
  expect(noShow).toMatchObject({ status: 201 });
  await app.call('GET', `/waitings?restaurantId=${restaurantId}`);
  return link;
}

/** Requests that put things where they do not belong. */
async function askWrongly(app: Application, restaurantId: number): Promise<void> {
  const raw = async (path: string, body?: string, headers: Record<string, string> = {}): Promise<number> => {
    const method = body === undefined ? 'GET' : 'POST';
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  const json = { 'content-type': 'application/json' };
  const asked = [
    await raw('/waitings', `{"userId": ${first}, "reason": "${word}"`, json),
    await raw('/waitings', JSON.stringify({ userId: String(first), [word]: word, restaurantId }), json),
    await raw(`/waitings?restaurantId=${restaurantId}&userId=${first}&${word}`),
    await raw(`/waitings?restaurantId=${restaurantId}&access_token=${token}`),
    await raw(`/waitings/${token}/stream`),
    await raw('/waitings', '{}', { ...json, authorization: `Bearer ${token}`, cookie: `session=${word}` }),
  ];
  expect(asked.every((status) => status >= 400 && status < 500)).toBe(true);
}

/** A registration under the key of another restaurant: a dead letter. */
async function publishWrongly({ upstream, kafka }: Setting, restaurantId: number): Promise<void> {
  const { message } = await upstream.registration(restaurantId, published);
  await upstream.send({ ...message, key: String(restaurantId + 1) });
  await eventually('it is a dead letter', async () => {
    const { [topics.dlq]: letters } = await readTopics(kafka, topics.dlq);
    return letters.some(({ value }) => value?.includes(message.value) ?? false);
  });
}

/** Runs the callback while Postgres refuses a user's rows, and shows them in its errors. */
async function withRefusingPostgres({ urls }: Setting, callback: () => Promise<void>): Promise<void> {
  const database = new Database({ connectionString: urls.DATABASE_URL });
  await database.connect();
  try {
    await database.query(
      `ALTER TABLE waitings ADD CONSTRAINT refuses_a_user CHECK (user_id <> ${refused}) NOT VALID`,
    );
    await callback();
  } finally {
    await database.query('ALTER TABLE waitings DROP CONSTRAINT IF EXISTS refuses_a_user');
    await database.end();
  }
}

/** Runs the callback while Redis takes nothing any more. */
async function withFullRedis({ redis }: Setting, callback: () => Promise<void>): Promise<void> {
  try {
    await redis.config('SET', 'maxmemory', '1');
    await callback();
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
}
