/**
 * The people: each customer and each owner looks at the service, does what the script makes of what is shown, and looks
 * again. Nobody relies on anything that was not answered, so the service may be killed at any moment.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DateTime } from 'luxon';
import { z } from 'zod';
import type { Answer, Client } from './client.ts';
import type { Recorder, Step } from './record.ts';
import { answerMinutes, type Customer, moveMinutes, type Restaurant, type Script } from './script.ts';

/** What the people know of how far they are, for whoever shows it. */
export interface Tally {
  readonly customers: number;
  over: number;
  /** By code. */
  readonly refusals: Map<string, number>;
}

const waiting = z.object({
  waitingId: z.int(),
  userId: z.int(),
  ticketNo: z.int(),
  status: z.string(),
  deadlineAt: z.iso.datetime({ offset: true }).nullable(),
});
const queue = z.object({ items: z.array(waiting), unanswered: z.array(waiting) });
type Waiting = z.infer<typeof waiting>;

export const finished: ReadonlySet<string> = new Set(['ENTERED', 'CANCEL', 'OWNER_CANCEL', 'NO_ANSWER2']);
const underWay = new Set(['FIRST_CALLED', 'FINAL_CALLED', 'COMMING', 'ARRIVED']);

/** How often people look (ms), and how often a customer who found the queue full tries again. */
const customerLooks = 350;
const ownerLooks = 250;
const attempts = 4;
/** Times in answers are to the second. */
const second = 1_000;

export const path = (restaurantId: number): string => `/restaurants/${restaurantId}`;

/** Opens a restaurant's queue. Rejects when that is refused. */
export async function open(client: Client, { minuteMillis }: Script, place: Restaurant): Promise<void> {
  const { restaurantId, name, maxTeams } = place;
  const settings = { name, maxTeams, answerMinutes, minuteMillis };
  expectOk(await client.write('PUT', path(restaurantId), settings, randomUUID()));
  const now = DateTime.now().setZone('Asia/Seoul');
  const day = { date: now.toISODate(), opensAt: now.toISO(), closesAt: now.plus({ years: 10 }).toISO() };
  expectOk(await client.write('PUT', `${path(restaurantId)}/dates/1`, day, randomUUID()));
}

function expectOk({ status, body }: Answer): void {
  if (status !== 200) throw new Error(`expected 200, not ${status} ${JSON.stringify(body)}`);
}

/** Resolves when every customer's life is over. Rejects with the first answer that nobody should get. */
export async function rush(client: Client, recorder: Recorder, script: Script, tally: Tally): Promise<void> {
  /** One write of one waiting. Answers the waiting as it then is; null: refused. */
  async function take(
    step: Step,
    restaurantId: number,
    { userId, waitingId }: { readonly userId: number; readonly waitingId: number | null },
    request: string,
    body: object,
    twice = false,
  ): Promise<Waiting | null> {
    const key = randomUUID();
    recorder.write({ line: 'asked', key, step, restaurantId, userId, waitingId });
    const [answer, again] = await Promise.all([
      client.write('POST', request, body, key),
      twice ? client.write('POST', request, body, key) : null,
    ]);
    if (again && JSON.stringify(again) !== JSON.stringify(answer)) {
      throw new Error(`one key, two answers: ${JSON.stringify(answer)} ${JSON.stringify(again)}`);
    }
    const done = answer.status < 300 ? waiting.parse(answer.body) : null;
    const { code } = answer.body;
    recorder.write({
      line: 'answered',
      key,
      status: answer.status,
      code: typeof code === 'string' ? code : null,
      waitingId: done?.waitingId ?? null,
      ticketNo: done?.ticketNo ?? null,
      state: done?.status ?? null,
    });
    if (done) return done;
    if (answer.status !== 409) throw new Error(`${step}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const refusal = String(code);
    tally.refusals.set(refusal, (tally.refusals.get(refusal) ?? 0) + 1);
    return null;
  }

  const act = (step: Step, restaurantId: number, team: Waiting, action: string, body: object = {}) =>
    take(step, restaurantId, team, `/waitings/${restaurantId}/${team.waitingId}/actions/${action}`, body);

  const since = Date.now();
  const people = script.restaurants.map(async (restaurant) => {
    let left = restaurant.customers.length;
    const customers = restaurant.customers.map(async (customer) => {
      await sleep(Math.max(0, since + customer.comesAfter - Date.now()));
      await live(restaurant, customer);
      left -= 1;
      tally.over += 1;
    });
    await Promise.all([...customers, own(restaurant, () => left > 0)]);
  });
  await Promise.all(people);

  /** A customer's life. */
  async function live({ restaurantId }: Restaurant, customer: Customer): Promise<void> {
    const { userId, userCount, temper, doubleTaps } = customer;
    let own: Waiting | null = null;
    for (let attempt = 0; own === null; attempt += 1) {
      if (attempt === attempts) return;
      if (attempt > 0) await sleep(4 * customerLooks);
      const body = { datesId: 1, userId, userCount, restaurantId };
      own = await take('REGISTER', restaurantId, { userId, waitingId: null }, '/waitings', body, doubleTaps);
    }
    const leavesAt = Date.now() + 4 * customerLooks + (userId % 5) * second;
    while (!finished.has(own.status)) {
      await sleep(customerLooks * (0.75 + (userId % 50) / 100));
      const { status, body } = await client.read(`/waitings/${own.waitingId}`);
      if (status !== 200) throw new Error(`waiting ${own.waitingId}: ${status} ${JSON.stringify(body)}`);
      const shown: Waiting = waiting.parse(body);
      own = (await react(restaurantId, temper, shown, Date.now() > leavesAt)) ?? shown;
    }
  }

  function react(
    restaurantId: number,
    temper: Customer['temper'],
    team: Waiting,
    impatient: boolean,
  ): Promise<Waiting | null> | null {
    const answer = () => act('ANSWER', restaurantId, team, 'waiting_user_coming', { moveTime: moveMinutes });
    const arrive = () => act('ARRIVE', restaurantId, team, 'waiting_user_arrived');
    const cancel = () =>
      act('CANCEL', restaurantId, team, 'waiting_cancel', { actor: 'CUSTOMER', reason: 'changed plans' });
    switch (team.status) {
      case 'WAITING':
        return temper === 'LEAVES' && impatient ? cancel() : null;
      case 'FIRST_CALLED':
        if (temper === 'ABSENT' || temper === 'SLOW') return null;
        return temper === 'STRAIGHT' ? arrive() : answer();
      case 'FINAL_CALLED':
        if (temper === 'ABSENT') return null;
        return temper === 'LATE' || temper === 'STRAIGHT' ? arrive() : answer();
      case 'COMMING':
        if (temper === 'LATE') return null;
        return temper === 'REGRETS' ? cancel() : arrive();
      default:
        return null;
    }
  }

  /** The owner at the tablet, until no customer is left. */
  async function own(restaurant: Restaurant, open: () => boolean): Promise<void> {
    const { restaurantId, tables, customers } = restaurant;
    const tempers = new Map(customers.map(({ userId, temper }) => [userId, temper]));
    const call = (team: Waiting, which: 'FIRST' | 'FINAL') =>
      act(`${which}_CALL`, restaurantId, team, 'waiting_call', { call: which });
    while (open()) {
      const shown = await client.read(`${path(restaurantId)}/queue`);
      const { items, unanswered } = queue.parse(shown.body);
      let free = tables - items.filter(({ status }) => underWay.has(status)).length;
      for (const team of items) {
        if (team.status === 'ARRIVED') {
          await act('ENTER', restaurantId, team, 'waiting_entered');
          free += 1;
        } else if (team.status === 'COMMING' && isOver(team)) {
          await call(team, 'FINAL');
        } else if (team.status === 'WAITING' && tempers.get(team.userId) === 'TURNED_AWAY') {
          const body = { actor: 'OWNER', reason: 'no table of that size' };
          await act('TURN_AWAY', restaurantId, team, 'waiting_cancel', body);
        } else if (team.status === 'WAITING' && free > 0) {
          await call(team, 'FIRST');
          free -= 1;
        }
      }
      for (const team of unanswered) await call(team, 'FINAL');
      await sleep(ownerLooks);
    }
  }
}

const isOver = ({ deadlineAt }: Waiting): boolean =>
  deadlineAt !== null && Date.now() > Date.parse(deadlineAt) + second;
