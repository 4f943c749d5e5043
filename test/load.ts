/**
 * Customers and kiosks that go on whatever happens to the application: over HTTP each lives through waitings, asking
 * with the same Idempotency-Key until it is answered; straight to Kafka registrations come at a steady pace. What they
 * were told is kept, to be held against the topics.
 */
import { randomUUID } from 'node:crypto';
import { type Client, insist, numberIn } from './http.ts';
import type { Answer } from './httpIngress.ts';
import type { Upstream } from './upstream.ts';

/** A registration that was answered 201. */
export interface Acknowledged {
  readonly key: string;
  readonly restaurantId: number;
  readonly userId: number;
  readonly answer: Answer;
}

export interface Told {
  readonly restaurants: readonly number[];
  readonly acknowledged: readonly Acknowledged[];
  /** Command ids that Kafka has taken from the kiosks, with their restaurants. */
  readonly appended: readonly { readonly commandId: string; readonly restaurantId: number }[];
}

export interface Load {
  readonly told: Told;
  /** Lets everyone finish the request that they are at. Rejects with the first answer that nobody should get. */
  readonly stop: () => Promise<void>;
}

interface LoadOptions {
  /** Whom to ask; looked at before every request, since an application may be replaced. */
  readonly call: Client['call'];
  readonly upstream: Upstream;
  readonly restaurants: readonly number[];
  readonly random: () => number;
  readonly customers?: number;
}

/** Between two of the kiosk's registrations, and a customer's requests (ms): hundreds a second are load enough. */
const kioskPause = 30;
const customerPause = 20;

/** Starts them. The restaurants are open, and have room. */
export function startLoad({ call, upstream, restaurants, random, customers = 12 }: LoadOptions): Load {
  const acknowledged: Acknowledged[] = [];
  const appended: { commandId: string; restaurantId: number }[] = [];
  const stopping = new AbortController();
  const stopped = (): boolean => stopping.signal.aborted;
  const failures: unknown[] = [];
  /** Users of this load alone: another on the same restaurants has others. */
  let users = Math.floor(random() * 1e12);

  const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
  const anyRestaurant = (): number => restaurants[Math.floor(random() * restaurants.length)] ?? 0;

  async function customer(): Promise<void> {
    while (!stopped()) {
      const restaurantId = anyRestaurant();
      const userId = (users += 1);
      const key = randomUUID();
      const body = { datesId: 1, userId, userCount: 1 + (userId % 4), restaurantId };
      const answer = await insist(call, 'POST', '/waitings', body, key);
      if (answer.status !== 201) throw new Error(`user ${userId}: ${answer.status} ${answer.text}`);
      acknowledged.push({ key, restaurantId, userId, answer });
      const actions = `/waitings/${restaurantId}/${numberIn(answer, 'waitingId')}/actions`;
      for (const [action, request] of random() < 0.7 ? seated : cancelled) {
        await pause(customerPause);
        if (stopped()) return;
        const acted = await insist(call, 'POST', `${actions}/${action}`, request);
        if (acted.status !== 200)
          throw new Error(`${action} of user ${userId}: ${acted.status} ${acted.text}`);
      }
    }
  }

  async function kiosk(): Promise<void> {
    while (!stopped()) {
      const restaurantId = anyRestaurant();
      // One in ten comes twice, and is refused. None is a customer.
      const userId = 1e13 + (random() < 0.9 ? (users += 1) : users);
      const { commandId, message } = await upstream.registration(restaurantId, userId);
      const taken = await upstream.send(message).then(
        () => true,
        () => false, // nobody knows; then nothing is claimed of it
      );
      if (taken) appended.push({ commandId, restaurantId });
      await pause(kioskPause);
    }
  }

  const all = [kiosk(), ...Array.from({ length: customers }, customer)].map((one) =>
    one.catch((error: unknown) => {
      failures.push(error);
      stopping.abort();
    }),
  );
  return {
    told: { restaurants, acknowledged, appended },
    stop: async () => {
      stopping.abort();
      await Promise.all(all);
      if (failures.length > 0) throw failures[0];
    },
  };
}

type Life = readonly (readonly [action: string, body: object])[];
const seated: Life = [
  ['waiting_call', { call: 'FIRST' }],
  ['waiting_user_coming', { moveTime: 5 }],
  ['waiting_user_arrived', {}],
  ['waiting_entered', {}],
];
const cancelled: Life = [['waiting_cancel', { actor: 'CUSTOMER' }]];
