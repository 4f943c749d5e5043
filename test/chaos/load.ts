/**
 * People of some restaurants who go on whatever happens: customers over HTTP who live through all that the rules allow,
 * some of whom never answer a call; kiosks that send straight to Kafka, now and then twice, now and then garbage, or what
 * they may not ask; and tablets that look at queues through one process each.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Upstream } from '../upstream.ts';
import { type Answer, ask, type Clients } from './client.ts';
import type { Appended, Shown } from './evidence.ts';
import type { Fleet, Worker } from './fleet.ts';

export interface Load {
  readonly appended: readonly Appended[];
  readonly shown: readonly Shown[];
  /** Lets everyone finish the request that they are at. */
  readonly stop: () => Promise<void>;
}

interface LoadOptions {
  readonly fleet: Fleet;
  readonly clients: Clients;
  readonly upstream: Upstream;
  readonly restaurants: readonly number[];
  readonly random: () => number;
}

/**
 * A call is to be answered within 10 or 30 s, a move takes 5 s: longer than a stall that counts, so that a deadline
 * which gives a stall back can be told from one that does not. Minutes of half a second.
 */
const settings = { minuteMillis: 500, maxMoveMinutes: 15 };
const answerMinutesOf = (restaurantId: number): number => (restaurantId % 4 === 1 ? 60 : 20);
const moveTime = 10;
/** Longer than a call or a move time, so that its end is seen (ms). */
const lapsesAfter = (restaurantId: number): number =>
  answerMinutesOf(restaurantId) * settings.minuteMillis + 600;

const customers = 24;
/** Between two of a customer's requests, a kiosk's registrations, and a tablet's looks (ms). */
const customerPause = { least: 30, most: 250 };
const kioskPause = 150;
const tabletPause = 120;

/** Configures the restaurants and opens their business day 1 for years. */
export async function openRestaurants(clients: Clients, restaurants: readonly number[]): Promise<void> {
  const now = Date.now();
  const day = {
    date: new Date(now + 9 * 3_600_000).toISOString().slice(0, 10),
    opensAt: new Date(now).toISOString(),
    closesAt: new Date(now + 10 * 365 * 86_400_000).toISOString(),
  };
  await Promise.all(
    restaurants.map(async (id, n) => {
      // Some have little room, and refuse.
      const maxTeams = n % 4 === 0 ? 6 : 500;
      const name = `다예약 ${id}`;
      const configured = await clients.insist('PUT', `/restaurants/${id}`, id, {
        name,
        maxTeams,
        ...settings,
        answerMinutes: answerMinutesOf(id),
      });
      const opened = await clients.insist('PUT', `/restaurants/${id}/dates/1`, id, day);
      if (configured?.status !== 200 || opened?.status !== 200) {
        throw new Error(`restaurant ${id} did not open: ${JSON.stringify([configured, opened])}`);
      }
    }),
  );
}

export function startLoad({ fleet, clients, upstream, restaurants, random }: LoadOptions): Load {
  const appended: Appended[] = [];
  const shown: Shown[] = [];
  let stopped = false;
  const isStopped = (): boolean => stopped;
  let users = 0;
  const anyRestaurant = (): number => restaurants[Math.floor(random() * restaurants.length)] ?? 0;

  async function customer(): Promise<void> {
    while (!isStopped()) {
      const restaurantId = anyRestaurant();
      const userId = (users += 1);
      const body = { datesId: 1, userId, userCount: 1 + (userId % 4), restaurantId };
      const key = randomUUID();
      const registered = await clients.insist('POST', '/waitings', restaurantId, body, key);
      // One in eight taps twice.
      if (random() < 0.125) await clients.insist('POST', '/waitings', restaurantId, body, key);
      const waitingId = registered?.status === 201 ? registered.body['waitingId'] : null;
      if (typeof waitingId === 'number') await live(restaurantId, waitingId);
      await pause();
    }
  }

  /** A life is over with the first answer that it did not expect: then the owner takes the team off the list. */
  async function live(restaurantId: number, waitingId: number): Promise<void> {
    const lived = lives[Math.floor(random() * lives.length)] ?? [];
    for (const step of lived) {
      await pause();
      if (isStopped()) return;
      if (step === 'lapse') await sleep(lapsesAfter(restaurantId));
      else if ((await act(restaurantId, waitingId, step))?.status === 409) {
        await act(restaurantId, waitingId, 'turned away');
        return;
      }
    }
  }

  function act(restaurantId: number, waitingId: number, step: Action): Promise<Answer | null> {
    if (step === 'deleted') return clients.insist('DELETE', `/waitings/${waitingId}`, restaurantId);
    const [action, body] = actions[step];
    const path = `/waitings/${restaurantId}/${waitingId}/actions/${action}`;
    return clients.insist('POST', path, restaurantId, body);
  }

  async function kiosk(): Promise<void> {
    while (!isStopped()) {
      const restaurantId = anyRestaurant();
      const chance = random();
      // What is not an owner's to ask is refused.
      const fields = chance < 0.06 ? { actor: { role: 'OWNER', id: 'kiosk' } } : {};
      const { commandId, message } = await upstream.registration(restaurantId, 1e9 + (users += 1), fields);
      if (chance < 0.03) await taken(upstream.send({ key: String(restaurantId), value: Buffer.from('??') }));
      if (await taken(upstream.send(message))) {
        appended.push({ commandId, restaurantId });
        if (chance > 0.9) await taken(upstream.send(message));
      }
      await sleep(kioskPause);
    }
  }

  async function tablet(worker: Worker): Promise<void> {
    while (!isStopped()) {
      await sleep(tabletPause);
      if (!worker.isUp()) continue;
      const restaurantId = anyRestaurant();
      const reader = `${worker.name}/${worker.life()}`;
      const answer = await ask('GET', `${worker.url}/restaurants/${restaurantId}/queue`);
      // An answer that came in another life may be of either.
      if (answer?.status !== 200 || reader !== `${worker.name}/${worker.life()}`) continue;
      shown.push(shownBy(reader, restaurantId, answer));
    }
  }

  const pause = (): Promise<void> =>
    sleep(customerPause.least + random() * (customerPause.most - customerPause.least));

  const all = [kiosk(), ...fleet.workers.map(tablet), ...Array.from({ length: customers }, () => customer())];
  return {
    appended,
    shown,
    stop: async () => {
      stopped = true;
      await Promise.all(all);
    },
  };
}

/** Nobody knows of a record that was not acknowledged; then nothing is claimed of it. */
const taken = (sent: Promise<unknown>): Promise<boolean> =>
  sent.then(
    () => true,
    () => false,
  );

function shownBy(reader: string, restaurantId: number, { body }: Answer): Shown {
  const teams = [...(body['items'] as Team[]), ...(body['unanswered'] as Team[])];
  return {
    reader,
    restaurantId,
    version: Number(body['version']),
    teams: new Map(teams.map(({ waitingId, status }) => [waitingId, status])),
  };
}

interface Team {
  readonly waitingId: number;
  readonly status: string;
}

const actions = {
  'first call': ['waiting_call', { call: 'FIRST' }],
  'final call': ['waiting_call', { call: 'FINAL' }],
  answer: ['waiting_user_coming', { moveTime }],
  arrive: ['waiting_user_arrived', {}],
  enter: ['waiting_entered', {}],
  cancel: ['waiting_cancel', { actor: 'CUSTOMER' }],
  'turned away': ['waiting_cancel', { actor: 'OWNER', reason: 'gone' }],
} as const;

type Action = keyof typeof actions | 'deleted';

const seated = ['first call', 'answer', 'arrive', 'enter'] as const;
const lives: readonly (readonly (Action | 'lapse')[])[] = [
  seated,
  seated,
  seated,
  ['cancel'],
  ['first call', 'arrive', 'enter'],
  // Never answers, once and twice.
  ['first call', 'lapse', 'final call', 'answer', 'arrive', 'enter'],
  ['first call', 'lapse', 'final call', 'lapse'],
  // Is late.
  ['first call', 'answer', 'lapse', 'final call', 'arrive', 'enter'],
  ['first call', 'deleted', 'deleted'],
];
